"""The estimate against what is really allocated, and the parameters of the curated list against the real count."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parent))

from folders import FABLE
from tiny import SIZES, tiny_model

from specviz.models.loading import count_parameters
from specviz.models.pair import load_pair
from specviz.models.preflight.branching import is_recurrent
from specviz.models.preflight.curated import MODELS, PAIRS
from specviz.models.preflight.facts import count_numbers, facts_of
from specviz.models.preflight.memory import (
    BYTES,
    LIBRARIES,
    Size,
    cache_bytes,
    cache_rows,
    estimate,
    free_memory,
    gigabytes,
    require_fit,
)
from specviz.models.preflight.shape import shape_of
from specviz.models.preflight.troubles import ModelError, Trouble
from specviz.records import Warp


def allocated(tensors) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@pytest.mark.parametrize("dtype", sorted(BYTES))
def test_embedded_pair_weighs_what_was_estimated(dtype):
    """Weights and caches exactly; logits and laws at most what was said."""
    pair = load_pair("fable/target", "fable/draft", "cpu", dtype)
    facts = facts_of("fable/target"), facts_of("fable/draft")
    sizes = [Size(f.name, f.parameters, f.shape) for f in facts]
    prompt, capacity = list(range(1, 101)), 32
    parts = {p.name: p.bytes for p in estimate(*sizes, dtype, len(prompt), capacity).parts}
    for role, model in (("target", pair.target), ("draft", pair.draft)):
        assert parts[f"{role} weights"] == allocated(model.module.parameters())
        session = model.open(prompt, Warp())
        rows = session.feed(list(range(1, capacity + 1)), [0] * capacity)
        buffers = [b for layer in session._cache._buffer_layers for b in layer._buffers]
        assert parts[f"{role} cache"] == allocated(buffers)
        assert parts["logits"] >= 2 * allocated(rows.chunks)


@pytest.mark.parametrize("kind", sorted(SIZES))
@pytest.mark.parametrize("tokens", [40, 128, 129])
def test_cache_of_every_family(kind, tokens):
    model = tiny_model(kind)
    session = model.open(list(range(1, 21)), Warp())
    session.feed([], [])
    for token in range(tokens - 20):  # one by one, as a text grows
        session.commit([1 + token % 60])
        session.feed([], [])
    buffers = [b for layer in session._cache._buffer_layers for b in layer._buffers]
    shape = shape_of(model.module.config.to_dict())
    assert cache_bytes(shape, tokens, 4) == allocated(buffers)


@pytest.mark.parametrize("kind", sorted(SIZES))
def test_parameters_without_memory_are_the_real_ones(kind):
    config = AutoConfig.for_model(kind, vocab_size=61, **SIZES[kind])
    real = AutoModelForCausalLM.from_config(config)
    assert count_parameters(kind, config) == sum(p.numel() for p in real.parameters())


@pytest.mark.parametrize("kind", sorted(SIZES))
def test_parameters_from_the_files_alone(kind, tmp_path):
    config = AutoConfig.for_model(kind, vocab_size=61, **SIZES[kind])
    module = AutoModelForCausalLM.from_config(config)
    module.save_pretrained(tmp_path)
    numbers, stored = count_numbers(tmp_path, bool(config.tie_word_embeddings))
    assert numbers == sum(p.numel() for p in module.parameters())
    assert stored == "F32"


HIDDEN = {  # hidden and intermediate size, attention heads, tied: what the curated list need not know
    "meta-llama/Llama-3.1-8B-Instruct": ("llama", 4096, 14336, 32, False),
    "meta-llama/Llama-3.2-3B-Instruct": ("llama", 3072, 8192, 24, True),
    "meta-llama/Llama-3.2-1B-Instruct": ("llama", 2048, 8192, 32, True),
    "Qwen/Qwen3-8B": ("qwen3", 4096, 12288, 32, False),
    "Qwen/Qwen3-4B": ("qwen3", 2560, 9728, 32, True),
    "Qwen/Qwen3-1.7B": ("qwen3", 2048, 6144, 16, True),
    "Qwen/Qwen3-0.6B": ("qwen3", 1024, 3072, 16, True),
    "Qwen/Qwen2.5-7B-Instruct": ("qwen2", 3584, 18944, 28, False),
    "Qwen/Qwen2.5-1.5B-Instruct": ("qwen2", 1536, 8960, 12, True),
    "Qwen/Qwen2.5-0.5B-Instruct": ("qwen2", 896, 4864, 14, True),
    "google/gemma-3-1b-it": ("gemma3_text", 1152, 6912, 4, True),
    "google/gemma-3-270m-it": ("gemma3_text", 640, 2048, 4, True),
    "HuggingFaceTB/SmolLM2-1.7B": ("llama", 2048, 8192, 32, True),
    "HuggingFaceTB/SmolLM2-360M": ("llama", 960, 2560, 15, True),
    "HuggingFaceTB/SmolLM2-135M": ("llama", 576, 1536, 9, True),
    "EleutherAI/pythia-6.9b": ("gpt_neox", 4096, 16384, 32, False),
    "EleutherAI/pythia-1.4b": ("gpt_neox", 2048, 8192, 16, False),
    "EleutherAI/pythia-410m": ("gpt_neox", 1024, 4096, 16, False),
    "EleutherAI/pythia-70m": ("gpt_neox", 512, 2048, 8, False),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_curated_parameters_are_those_of_its_sizes(name):
    kind, hidden, between, heads, tied = HIDDEN[name]
    shape = MODELS[name].shape
    config = AutoConfig.for_model(
        kind, hidden_size=hidden, intermediate_size=between, num_hidden_layers=shape.layers, num_attention_heads=heads,
        num_key_value_heads=shape.kv_heads, vocab_size=shape.rows, tie_word_embeddings=tied,
        **({} if kind == "gpt_neox" else {"head_dim": shape.head_dim}),
    )  # fmt: skip
    assert count_parameters(name, config) == MODELS[name].parameters
    read = shape_of(config.to_dict())
    assert (read.layers, read.kv_heads, read.head_dim, read.rows) == (
        shape.layers, shape.kv_heads, shape.head_dim, shape.rows
    )  # fmt: skip


@pytest.mark.parametrize(("name", "width"), [("openai-community/gpt2-large", 1280), ("openai-community/gpt2", 768),
                                             ("distilbert/distilgpt2", 768)])  # fmt: skip
def test_curated_gpt2(name, width):
    shape = MODELS[name].shape
    config = AutoConfig.for_model("gpt2", n_embd=width, n_layer=shape.layers, n_head=shape.kv_heads)
    assert count_parameters(name, config) == MODELS[name].parameters
    assert shape_of(config.to_dict()) == shape


def test_curated_pairs_are_of_one_family_and_the_draft_is_smaller():
    for target, draft in PAIRS.values():
        assert MODELS[target].family == MODELS[draft].family
        assert MODELS[draft].parameters < MODELS[target].parameters
        assert MODELS[target].page.endswith(target)


def test_rows_double():
    assert [cache_rows(n) for n in (1, 128, 129, 256, 257, 1000)] == [128, 128, 256, 256, 512, 1024]


def test_halving_the_bytes_halves_weights_and_caches_only():
    size = Size("x", 1000, MODELS["Qwen/Qwen3-4B"].shape)
    wide = {p.name: p.bytes for p in estimate(size, size, "float32", 500, 8).parts}
    half = {p.name: p.bytes for p in estimate(size, size, "bfloat16", 500, 8).parts}
    for name in wide:
        assert half[name] * (1 if name in ("logits", "working space") else 2) == wide[name]
    fresh = estimate(size, size, "float32", 500, 8, fresh=True)
    assert fresh.total - sum(wide.values()) == LIBRARIES


def test_what_cannot_fit_is_refused_with_both_numbers():
    with pytest.raises(ModelError, match=r"need 5 GB .* 2 GB are free") as caught:
        require_fit(5_000_000_000, 2_000_000_000, "a and b")
    assert caught.value.trouble == Trouble.MEMORY
    require_fit(5, None, "where nothing is known")


def test_free_memory_is_plausible():
    free = free_memory("cpu")
    assert 50_000_000 < free < 1 << 50
    if not torch.cuda.is_available():
        assert free_memory("cuda:0") is None


def test_bytes_in_words():
    assert [gigabytes(n) for n in (12, 5_448_144, 642_008, 1.2e9, 15.23e9)] == [
        "12 B", "5.45 MB", "642 kB", "1.2 GB", "15.2 GB"
    ]  # fmt: skip


def test_shapes_of_windows_and_recurrent_families():
    base = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 32, "vocab_size": 9}
    assert shape_of(base | {"sliding_window": 6, "max_position_embeddings": 50}).reads == 6
    off = base | {"sliding_window": 6, "use_sliding_window": False, "max_position_embeddings": 50}
    assert shape_of(off).reads == 50
    assert shape_of({"text_config": base}).layers == 2
    assert shape_of({"model_type": "clip"}) is None
    assert is_recurrent({"model_type": "mamba"})
    assert is_recurrent({"layer_types": ["full_attention", "linear_attention"]})
    assert not is_recurrent({"layer_types": ["full_attention", "sliding_attention"]})


def test_masks_saved_along_with_weights_are_not_counted(tmp_path):
    from safetensors.torch import save_file

    tensors = {"h.0.attn.bias": torch.zeros(1, 1, 9, 9), "h.0.w": torch.zeros(3, 4), "rotary.inv_freq": torch.zeros(7),
               "lm_head.weight": torch.zeros(5, 2), "masked": torch.tensor(0.0)}  # fmt: skip
    save_file(tensors, tmp_path / "model.safetensors")
    assert count_numbers(tmp_path, tied=False)[0] == 12 + 10
    assert count_numbers(tmp_path, tied=True)[0] == 12


def test_embedded_models_are_known_in_full():
    for name in ("target", "draft", "draft-plain", "middle"):
        facts = facts_of(f"fable/{name}")
        assert facts.problem is None
        assert facts.place == "embedded"
        assert facts.licence == "Apache-2.0"
        assert facts.disk == (FABLE / name / "model.safetensors").stat().st_size
        assert facts.shape.reads == 512
