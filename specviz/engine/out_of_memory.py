"""A run that has, or would have, no room: said before it begins and when it breaks, with what fits instead."""

from __future__ import annotations

from typing import Any

from specviz.models.preflight.memory import BYTES, Size, free_memory
from specviz.models.preflight.room import Need, release
from specviz.models.preflight.shape import shape_of
from specviz.models.preflight.troubles import ModelError, Trouble, is_out_of_memory
from specviz.records import RunSettings

__all__ = ["is_out_of_memory", "release", "require_room", "what_happened"]


def require_room(models: Any, settings: RunSettings, prompt_tokens: int) -> None:
    """ModelError before the first pass where the run cannot fit into what is free now."""
    need = need_of(models, settings, prompt_tokens)
    free = None if need is None else free_memory(models.provenance.device)
    if need is not None and free is not None and (said := need.refusal(free, models.provenance.device)):
        raise ModelError(said, Trouble.MEMORY)


def what_happened(models: Any, settings: RunSettings | None, prompt: str, start: str) -> str:
    """One sentence after work broke off for want of memory; call `release` first, so that what is free is true.

    models: None where even they were not there.  settings: None where the work is no run.  start: what broke off, and
    what is kept of it.
    """
    if models is None:
        return "The memory does not hold this pair; choose a smaller one, 16-bit numbers or another device."
    if settings is None:
        return f"{start}; choose a smaller pair, a shorter text or 16-bit numbers."
    need = need_of(models, settings, len(models.encode(prompt, settings.chat)) if prompt.strip() else 0)
    free = None if need is None else free_memory(models.provenance.device)
    if need is None or free is None:
        return f"{start}; choose a smaller P, a shorter prompt or 16-bit numbers."
    if need.bytes() > free:
        return f"{start}. {need.refusal(free, models.provenance.device)}"
    halved = max(1, need.capacity // 2)
    return f"{start}. By the estimate it should have fitted; others may use this device. Try again, or P = {halved:,}."


def need_of(models: Any, settings: RunSettings, prompt_tokens: int) -> Need | None:
    """What a run takes, or None for models whose sizes are not known (a table of laws)."""
    sizes = [_size(model) for model in (models.target, models.draft)]
    target, draft = sizes
    if target is None or draft is None:
        return None
    dtype = models.provenance.dtype.split(",")[0]
    if dtype not in BYTES:
        return None
    tokens = min(prompt_tokens + settings.max_new_tokens, models.target.context)
    return Need(target, draft, dtype, tokens, settings.capacity)


def _size(model: Any) -> Size | None:
    module: Any = getattr(model, "module", None)
    if module is None:
        return None
    shape = shape_of(module.config.to_dict())
    return None if shape is None else Size("", sum(p.numel() for p in module.parameters()), shape)
