"""Sliding windows: layers that see only the last tokens of a text, and the families known to be right with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

NAMES = ("sliding_window", "attention_chunk_size", "window_size")
# Every layer has the window, and the module takes one mask.
UNIFORM = frozenset({"mistral", "mixtral", "ministral3", "phi3", "phimoe", "starcoder2", "qwen3_moe"})
# Some layers see everything; `layer_types` says which, and the module takes one mask for each kind.
MIXED = frozenset(
    {"gemma2", "gemma3_text", "gpt_oss", "qwen2", "qwen2_moe", "qwen3", "smollm3", "olmo3", "cohere2", "exaone4",
     "ministral", "cwm"}
)  # fmt: skip
FULL, SLIDING = "full_attention", "sliding_attention"


def window_of(config: Mapping[str, Any]) -> int:
    """Tokens that the narrowest layer sees, the newest included; 0 where all layers see everything."""
    if config.get("use_sliding_window", True) is False:
        return 0
    kinds = config.get("layer_types")
    if config.get("model_type") in MIXED and kinds and SLIDING not in kinds:
        return 0
    sizes = [size for name in NAMES if isinstance(size := config.get(name), int) and size > 0]
    return min(sizes, default=0)


def is_handled(config: Mapping[str, Any]) -> bool:
    """Whether a tree pass past the window is known to be right for this family: the tests go past it with trees."""
    return config.get("model_type") in UNIFORM | MIXED


def masks(config: Any, allowed: np.ndarray) -> dict[str, np.ndarray]:
    """What each kind of layer may read, by the name that transformers gives it; one kind where all layers are alike.

    config: of the language model.  allowed: bool[n, columns], what a layer without a window may read.
    """
    settings = _settings(config)
    if not has_windows(config):
        return {FULL: allowed}
    near = within(allowed, window_of(settings))
    return {FULL: allowed, SLIDING: near} if settings["model_type"] in MIXED else {SLIDING: near}


def within(allowed: np.ndarray, window: int) -> np.ndarray:
    """bool[n, columns]: of the columns that a row may read, the last `window`.

    What a node may read is one path from the first token to itself, a column for each position and parents first; so
    the distance in the text is the number of readable columns from there to the end, wherever in the cache they are.
    """
    after = np.cumsum(allowed[:, ::-1], axis=1, dtype=np.int32)[:, ::-1]
    return allowed & (after <= window)


def has_windows(config: Any) -> bool:
    """Whether some layers of this model see a window only, and are given it."""
    settings = _settings(config)
    return bool(window_of(settings)) and is_handled(settings)


@contextmanager
def narrowed(config: Any, size: int) -> Iterator[None]:
    """The model with windows of `size` tokens, where it has windows that are handled: a short text goes past them."""
    if not has_windows(config):
        yield
        return
    before, config.sliding_window = config.sliding_window, size
    try:
        yield
    finally:
        config.sliding_window = before


def _settings(config: Any) -> dict[str, Any]:
    return {name: getattr(config, name, None) for name in ("model_type", "layer_types", *NAMES)}
