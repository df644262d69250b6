"""The sizes in a config.json that decide memory, whatever a family calls them. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
HEADS = ("num_attention_heads", "n_head", "num_heads", "n_heads")
WIDTH = ("hidden_size", "n_embd", "d_model")
CONTEXT = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")
WINDOWS = ("sliding_window", "attention_chunk_size")
RECURRENT = ("linear_attention", "hybrid", "mamba", "recurrent", "conv", "minimax")
RECURRENT_FAMILIES = ("mamba", "mamba2", "rwkv", "falcon_mamba", "xlstm", "recurrent_gemma")


@dataclass(frozen=True)
class Shape:
    """Sizes of one model.

    layers, kv_heads, head_dim: of its key-value cache.  rows: rows of the embedding, padding included.
    context: tokens it reads at once.  window: tokens that its narrowest layer sees, 0 where all see everything.
    """

    layers: int
    kv_heads: int
    head_dim: int
    rows: int
    context: int
    window: int = 0

    @property
    def reads(self) -> int:
        """Most tokens of one text: the tree pass needs every layer to see all of it."""
        return min(self.context, self.window or self.context)


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
    windowed = inner.get("use_sliding_window", True) is not False
    windows = [value for name in WINDOWS if windowed and (value := _first(inner, (name,)))]
    return Shape(layers, kv_heads, head_dim, rows, context, min(windows, default=0))


def is_recurrent(config: Mapping[str, Any]) -> bool:
    """Whether some layer keeps a state instead of keys and values."""
    inner = text_config(config)
    kinds = inner.get("layer_types") or inner.get("layers_block_type") or ()
    return inner.get("model_type") in RECURRENT_FAMILIES or any(
        word in str(kind) for kind in kinds for word in RECURRENT
    )


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((value for n in names if isinstance(value := config.get(n), int) and 0 < value < 1 << 40), 0)
