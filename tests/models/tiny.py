"""Tiny random models in memory: no file and no network."""

from __future__ import annotations

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from specviz.models.hf import HFModel

SIZES = {
    "llama": {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
              "num_key_value_heads": 2},
    "qwen2": {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
              "num_key_value_heads": 2},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4},
    "gpt_neox": {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4},
    "opt": {"hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
            "word_embed_proj_dim": 32},
}  # fmt: skip


def tiny_model(kind: str = "llama", vocabulary: int = 61, seed: int = 0) -> HFModel:
    """A random model of one family, with rows far from uniform."""
    torch.manual_seed(seed)
    config = AutoConfig.for_model(
        kind, vocab_size=vocabulary, max_position_embeddings=256, bos_token_id=0, eos_token_id=0, pad_token_id=0,
        **SIZES[kind],
    )  # fmt: skip
    module = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").eval().float()
    with torch.no_grad():
        module.get_output_embeddings().weight.mul_(12)
    return HFModel(module, vocabulary, 256)
