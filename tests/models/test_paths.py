"""The fast ways to run a model give the plain module's numbers, or are not taken."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parent))

from tiny import tiny_model

from specviz.models.hf import HFModel
from specviz.models.paths.fastest import fastest
from specviz.models.paths.fused import FusedForward
from specviz.models.paths.linears import packed_where_large
from specviz.models.paths.packed import PackedLinear, packed_module
from specviz.records import Warp

PROMPT = list(range(1, 40))
# Biases on queries and keys, norms on them, grouped heads, angles that are stretched.
BUILDS = {
    "llama": {"num_key_value_heads": 2},
    "llama-one-head": {"num_key_value_heads": 4},
    "llama-stretched": {
        "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
                            "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
    },
    "mistral": {"num_key_value_heads": 2, "sliding_window": None},
    "qwen2": {"num_key_value_heads": 2},
    "qwen3": {"num_key_value_heads": 2, "head_dim": 16},
}  # fmt: skip


def build(name: str, hidden: int = 32, context: int = 256) -> HFModel:
    """A random model whose rows are far from uniform and whose norms and biases are not trivial."""
    torch.manual_seed(4)
    config = AutoConfig.for_model(
        name.split("-")[0], vocab_size=61, hidden_size=hidden, intermediate_size=2 * hidden, num_hidden_layers=3,
        num_attention_heads=4, max_position_embeddings=context, bos_token_id=0, eos_token_id=0, **BUILDS[name],
    )  # fmt: skip
    module = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").eval().float()
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
        module.get_output_embeddings().weight.mul_(12)
    return HFModel(module, 61, context)


def worst_of_rounds(model: HFModel, fast: HFModel, prompt: list[int], rounds: int = 5) -> float:
    """The largest difference of a logit over rounds of random trees and random accepted paths."""
    rng = np.random.default_rng(2)
    sessions = [one.open(list(prompt), Warp()) for one in (model, fast)]
    worst = 0.0
    for _ in range(rounds):
        tokens = rng.permutation(60)[:12].tolist()
        parents = [int(rng.integers(0, place + 1)) for place in range(12)]
        first, second = [(tokens[:5], parents[:5]), (tokens[5:], parents[5:])]
        for layer in (first, second):
            rows = [session.feed(*layer) for session in sessions]
        for node in range(13):
            worst = max(worst, float((rows[0].logits(node) - rows[1].logits(node)).abs().max()))
        node, path = int(rng.integers(1, 13)), []
        while node:
            path.append(tokens[node - 1])
            node = parents[node - 1]
        for session in sessions:
            session.commit([*path[::-1], 7])
    return worst


@pytest.mark.parametrize("name", sorted(BUILDS))
def test_fused_pass_equals_the_module(name):
    """Trees, rounds, accepted paths across the tree; the module itself stays as it was."""
    plain = build(name)
    ids = torch.tensor([PROMPT])
    before = plain.module(ids).logits
    fast = fastest(plain, ("fused",))
    assert fast.path == "fused", fast.refused
    assert worst_of_rounds(plain, fast, PROMPT) < 2e-4
    assert torch.equal(plain.module(ids).logits, before)


def test_positions_beyond_the_first_table_of_angles():
    """A text longer than 1,024 tokens."""
    plain = build("llama", context=4096)
    fast = fastest(plain, ("fused",))
    prompt = [1 + i % 60 for i in range(1100)]
    assert worst_of_rounds(plain, fast, prompt, rounds=2) < 2e-4


def test_joined_weights_take_no_memory():
    """The module's parameters become views of the joined weights."""
    model = build("qwen2")
    attention = model.module.model.layers[0].self_attn
    FusedForward(model.module)
    assert attention.q_proj.weight.untyped_storage().data_ptr() == attention.v_proj.weight.untyped_storage().data_ptr()
    assert attention.k_proj.weight.is_contiguous()


def test_early_exit_of_a_fused_model():
    """Its first layers, fused too, equal the first layers of the plain module."""
    plain = build("llama")
    fast = fastest(plain, ("fused",))
    rows = [m.open(list(PROMPT), Warp()).early_exit(0.7, Warp()).feed([5, 9], [0, 0]) for m in (plain, fast)]
    for node in range(3):
        assert float((rows[0].logits(node) - rows[1].logits(node)).abs().max()) < 1e-4


@pytest.mark.parametrize("kind", ["gpt2", "gpt_neox", "opt"])
def test_other_builds_are_run_as_they_are(kind):
    """The reason is one sentence for each way that was tried."""
    model = fastest(tiny_model(kind))
    assert model.path == "plain"
    assert all(sentence.startswith("not ") for sentence in model.refused)
    assert any("Llama" in sentence for sentence in model.refused)


def test_a_window_is_not_fused():
    """A layer that sees a window only is left to the module."""
    config = AutoConfig.for_model(
        "mistral", vocab_size=61, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, sliding_window=16, max_position_embeddings=256,
    )  # fmt: skip
    module = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").eval()
    with pytest.raises(ValueError, match="window"):
        FusedForward(module)


@pytest.mark.parametrize("kind", ["llama", "gpt_neox"])
def test_packed_products(kind):
    """Large layers are packed, small ones are not, and the numbers stay."""
    if kind == "llama":
        plain = build("llama", hidden=256)
        fast = fastest(plain)
        assert fast.path == "fused, packed", fast.refused
    else:
        torch.manual_seed(1)
        config = AutoConfig.for_model(
            "gpt_neox", vocab_size=61, hidden_size=256, intermediate_size=512, num_hidden_layers=2,
            num_attention_heads=4, max_position_embeddings=256,
        )  # fmt: skip
        plain = HFModel(AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").eval(), 61, 256)
        fast = fastest(plain)
        assert fast.path == "packed", fast.refused
        packed = [part for part in packed_module(plain.module).modules() if isinstance(part, PackedLinear)]
        assert len(packed) == 6  # of each layer all but the small one after attention
        assert not any(isinstance(part, PackedLinear) for part in plain.module.modules())
    assert worst_of_rounds(plain, fast, PROMPT) < 3e-4


def test_small_products_are_not_packed():
    """Below the size at which packing pays, torch's own product is used."""
    weight = torch.randn(8, 8)
    assert torch.equal(packed_where_large(weight, None)(weight), weight @ weight.T)


class _Wrong(FusedForward):
    def run(self, *arguments):
        return 1.05 * super().run(*arguments)


def test_a_wrong_way_is_refused(monkeypatch):
    """A pass whose numbers are off by a twentieth does not get past the check."""
    monkeypatch.setattr("specviz.models.paths.fastest.FusedForward", _Wrong)
    model = fastest(build("llama"), ("fused",))
    assert model.path == "plain"
    assert "other laws" in model.refused[0]


class _Forgets(FusedForward):
    def cache(self):
        cache = super().cache()
        for layer in cache.layers:
            layer.keep = lambda start, rows, layer=layer: setattr(layer, "length", start + len(rows))
        return cache


def test_a_cache_that_keeps_the_wrong_rows_is_refused(monkeypatch):
    """The check reads on after an accepted path whose rows had to move."""
    monkeypatch.setattr("specviz.models.paths.fastest.FusedForward", _Forgets)
    assert fastest(build("llama"), ("fused",)).path == "plain"
