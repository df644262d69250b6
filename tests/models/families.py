"""Tiny random models of the families that people run, windows and odd layers included: no file and no network."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from specviz.models.hf import HFModel
from specviz.models.loading import context_of

VOCABULARY, CONTEXT, WINDOW = 61, 256, 9
BASE = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
        "num_key_value_heads": 2}  # fmt: skip
LLAMA3 = {"rope_type": "llama3", "rope_theta": 10_000.0, "factor": 8.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 32}  # fmt: skip
HALF = {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "sliding_window": WINDOW}
EXPERTS = {"num_experts_per_tok": 2}

# Name -> model type and settings.
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", BASE),
    "llama 3": ("llama", BASE | {"rope_parameters": LLAMA3}),
    "smollm2": ("llama", BASE | {"num_attention_heads": 4, "num_key_value_heads": 1}),
    "smollm3": ("smollm3", BASE | {"no_rope_layers": [1, 0, 1]}),
    "smollm3 window": ("smollm3", BASE | {"no_rope_layers": [1, 0, 1], "use_sliding_window": True} | HALF),
    "qwen2.5": ("qwen2", BASE),
    "qwen2.5 window": ("qwen2", BASE | {"use_sliding_window": True, "sliding_window": WINDOW, "max_window_layers": 1}),
    "qwen3": ("qwen3", BASE | {"head_dim": 16}),
    "qwen3 window": ("qwen3", BASE | {"head_dim": 16, "use_sliding_window": True, "max_window_layers": 1,
                                      "sliding_window": WINDOW}),
    "qwen3 moe": ("qwen3_moe", BASE | EXPERTS | {"num_experts": 4, "moe_intermediate_size": 16}),
    "gemma": ("gemma", BASE | {"head_dim": 8}),
    "gemma 2": ("gemma2", BASE | HALF | {"head_dim": 8, "query_pre_attn_scalar": 8}),
    "gemma 3": ("gemma3_text", BASE | HALF | {"head_dim": 8, "query_pre_attn_scalar": 8}),
    "gpt-oss": ("gpt_oss", BASE | HALF | EXPERTS | {"head_dim": 8, "num_local_experts": 4}),
    "mistral": ("mistral", BASE | {"sliding_window": None}),
    "mistral window": ("mistral", BASE | {"sliding_window": WINDOW}),
    "mixtral window": ("mixtral", BASE | EXPERTS | {"sliding_window": WINDOW, "num_local_experts": 4}),
    "ministral": ("ministral", BASE | HALF | {"head_dim": 8}),
    "phi": ("phi", BASE),
    "phi-3": ("phi3", BASE | {"sliding_window": None}),
    "phi-3 window": ("phi3", BASE | {"sliding_window": WINDOW}),
    "olmo-2": ("olmo2", BASE),
    "olmo-3": ("olmo3", BASE | HALF),
    "granite": ("granite", BASE),
    "starcoder2": ("starcoder2", BASE | {"sliding_window": None}),
    "starcoder2 window": ("starcoder2", BASE | {"sliding_window": WINDOW}),
    "cohere2": ("cohere2", BASE | HALF),
    "exaone 4": ("exaone4", BASE | HALF),
    "falcon": ("falcon", {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "alibi": False}),
    "pythia": ("gpt_neox", BASE),
    "gpt-2": ("gpt2", {"n_embd": 32, "n_layer": 3, "n_head": 4}),
    "opt": ("opt", {"hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
                    "word_embed_proj_dim": 32}),
}  # fmt: skip
WINDOWED = sorted(name for name, (_, settings) in FAMILIES.items() if settings.get("sliding_window"))


def family_module(name: str, seed: int = 2, **settings: Any) -> Any:
    """A random module of a family, with rows far from uniform and no end-of-text token of its own.

    The head is not tied to the embedding: random models that are tied repeat the last token for ever.
    """
    kind, own = FAMILIES[name]
    config = AutoConfig.for_model(
        kind, **{"vocab_size": VOCABULARY, "max_position_embeddings": CONTEXT, "bos_token_id": 0, "eos_token_id": None,
                 "pad_token_id": None, "tie_word_embeddings": False} | own | settings,
    )  # fmt: skip
    torch.manual_seed(seed)
    try:
        module = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    except ValueError:  # soft caps and sinks are there in the eager attention only
        module = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() >= 2:
                parameter.mul_(12)  # attention that matters, and text that does not loop at once
        spread = module(input_ids=torch.arange(1, 40)[None]).logits.std()
        module.get_output_embeddings().weight.mul_(3 / spread)
    return module.eval()


def family_model(name: str, seed: int = 2) -> HFModel:
    """The model, which reads as many tokens as the loader says."""
    module = family_module(name, seed)
    return HFModel(module, VOCABULARY, context_of(module.config))
