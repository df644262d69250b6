"""Which families cannot hold a tree of guesses, by name and reason. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specviz.models.preflight.shape import text_config
from specviz.models.preflight.troubles import ModelError, Trouble, shown

RECURRENT_LAYERS = ("linear_attention", "hybrid", "mamba", "recurrent", "conv", "minimax")
RECURRENT_FAMILIES = frozenset(
    {"bailing_hybrid", "bamba", "falcon_h1", "falcon_mamba", "granitemoehybrid", "jamba", "kimi_linear", "lfm2",
     "mamba", "mamba2", "minimax", "nemotron_h", "olmo_hybrid", "qwen3_5", "qwen3_5_moe", "qwen3_next",
     "recurrent_gemma", "rwkv", "xlstm", "zamba", "zamba2"}
)  # fmt: skip
ALIBI_FAMILIES = frozenset({"bloom", "mpt"})
UNBRANCHING = frozenset({Trouble.RECURRENT, Trouble.ALIBI})


def require_branching(name: str, config: Mapping[str, Any]) -> None:
    """ModelError for a model whose config.json says that a tree cannot be read in one pass."""
    if is_recurrent(config):
        refuse_recurrent(name)
    if has_alibi(config):
        raise ModelError(
            f"{shown(name)} tells positions apart by ALiBi, from a token's place in the cache: branches of a tree that "
            "stand side by side would get wrong distances.",
            Trouble.ALIBI,
        )


def refuse_recurrent(name: str) -> None:
    """ModelError for a model that keeps a state besides, or instead of, keys and values."""
    raise ModelError(f"{shown(name)} has recurrent layers, whose state cannot branch into a tree.", Trouble.RECURRENT)


def is_recurrent(config: Mapping[str, Any]) -> bool:
    """Whether some layer keeps a state instead of keys and values."""
    inner = text_config(config)
    kinds = inner.get("layer_types") or inner.get("layers_block_type") or ()
    return not RECURRENT_FAMILIES.isdisjoint((config.get("model_type"), inner.get("model_type"))) or any(
        word in str(kind) for kind in kinds for word in RECURRENT_LAYERS
    )


def has_alibi(config: Mapping[str, Any]) -> bool:
    """Whether attention is biased by the distance of cache columns instead of positions that can be given."""
    inner = text_config(config)
    return inner.get("model_type") in ALIBI_FAMILIES or inner.get("alibi") is True
