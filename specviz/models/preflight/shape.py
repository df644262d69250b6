"""The sizes in a config.json that decide memory, whatever a family calls them. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from specviz.models.windows import is_handled, window_of

LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
HEADS = ("num_attention_heads", "n_head", "num_heads", "n_heads")
WIDTH = ("hidden_size", "n_embd", "d_model")
CONTEXT = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")


@dataclass(frozen=True)
class Shape:
    """Sizes of one model.

    layers, kv_heads, head_dim: of its key-value cache, which keeps the whole text whatever a layer's window is.
    rows: rows of the embedding, padding included.  context: tokens it reads at once.
    window: tokens that its narrowest layer sees, 0 where all see everything.
    limit: where a text must end before the context does, 0 where it need not: at the window of a family whose windows
    are not known here, and at the length from which a LongRoPE model turns all positions anew, cached ones included.
    """

    layers: int
    kv_heads: int
    head_dim: int
    rows: int
    context: int
    window: int = 0
    limit: int = 0

    @property
    def reads(self) -> int:
        """Most tokens of one text."""
        return min(self.context, self.limit or self.context)


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part about the language model, where a model has other parts too."""
    inner = config.get("text_config")
    return inner if isinstance(inner, Mapping) else config


def shape_of(config: Mapping[str, Any]) -> Shape | None:
    """Shape from a config.json, or None where it does not tell the sizes of a decoder."""
    inner = text_config(config)
    layers, heads, width = (_first(inner, names) for names in (LAYERS, HEADS, WIDTH))
    rows = _first(inner, ("vocab_size",))
    if not (layers and heads and width and rows):
        return None
    kv_heads = _first(inner, ("num_key_value_heads", "num_kv_heads")) or heads
    head_dim = _first(inner, ("head_dim",)) or width // heads
    context = _first(inner, CONTEXT) or 1 << 20
    window = window_of(inner)
    limits = [size for size in (0 if is_handled(inner) else window, _long_rope(inner)) if size]
    return Shape(layers, kv_heads, head_dim, rows, context, window, min(limits, default=0))


def _long_rope(inner: Mapping[str, Any]) -> int:
    """Tokens up to which a LongRoPE model uses its short factors, 0 for other models."""
    rope = inner.get("rope_parameters") or inner.get("rope_scaling")
    if not isinstance(rope, Mapping) or "longrope" not in (rope.get("rope_type"), rope.get("type")):
        return 0
    return _first(rope, ("original_max_position_embeddings",)) or _first(inner, ("original_max_position_embeddings",))


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((value for n in names if isinstance(value := config.get(n), int) and 0 < value < 1 << 40), 0)
