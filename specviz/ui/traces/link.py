"""The link that replays a run: its settings as the controls of the Decode page write them."""

from __future__ import annotations

from typing import Any

from specviz.drafting import DRAFTERS
from specviz.presets import PRESETS
from specviz.records import DecodeTrace, RunSettings
from specviz.registry import parameters
from specviz.ui.controls import capacities, chat_query, offered_pairs
from specviz.verification import VERIFIERS

STANDARD = RunSettings()


def link_query(trace: DecodeTrace) -> dict[str, Any]:
    """Values for the link, by name; ValueError with the reason where the controls cannot say a setting."""
    return settings_query(trace.settings, trace.prompt)


def settings_query(settings: RunSettings, prompt: str, own: str = "") -> dict[str, Any]:
    """The same of settings and a prompt. own: what stands for a prompt that is not a preset; else it is an error."""
    presets = {text: f"{kind} {number}" for kind, texts in PRESETS.items() for number, text in enumerate(texts, 1)}
    pairs = {pair: name for name, pair in offered_pairs().items()}
    if prompt not in presets and not own:
        raise ValueError("its prompt is not a preset, and a link carries no long text")
    if (settings.target, settings.draft) not in pairs:
        raise ValueError("its models are no named pair of this server")
    if settings.capacity not in capacities():
        raise ValueError(f"no control has P = {settings.capacity}")
    if (settings.top_k, settings.top_p, settings.middle) != (STANDARD.top_k, STANDARD.top_p, STANDARD.middle):
        raise ValueError("top-k, top-p and the middle model have no control there")
    return {
        "prompt": presets.get(prompt, own),
        "pair": pairs[settings.target, settings.draft],
        "P": settings.capacity,
        "k": settings.drafts,
        "depth": settings.depth,
        "T": settings.temperature,
        "seed": settings.seed,
        "tokens": settings.max_new_tokens,
        **chat_query(settings.target, settings.chat),
        **_method("drafter", DRAFTERS.make(settings.drafter)),
        **_method("verifier", VERIFIERS.make(settings.verifier)),
    }


def _method(key: str, method: Any) -> dict[str, Any]:
    """A method's title, and each of its parameters that is not at its default."""
    values = {name: getattr(method, name) for name in parameters(type(method))}
    standard = {name: known.default for name, known in parameters(type(method)).items()}
    changed = {f"{method.name}_{name}": value for name, value in values.items() if value != standard[name]}
    return {key: method.title} | changed
