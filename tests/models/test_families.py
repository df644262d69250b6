"""Every family takes a tree: rows equal separate passes past its windows, and greedy text equals `generate`."""

from __future__ import annotations

import copy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parent))

from families import BASE, CONTEXT, FAMILIES, VOCABULARY, WINDOW, WINDOWED, family_model, family_module
from trees import plain_logits, worst_of_rounds

from specviz.engine.decode import decode
from specviz.engine.guessers import Cast
from specviz.models import windows
from specviz.models.hf import HFModel
from specviz.models.loading import context_of, count_parameters
from specviz.models.paths.fastest import fastest
from specviz.models.preflight.branching import require_branching
from specviz.models.preflight.self_check import check_tree_pass
from specviz.models.preflight.shape import shape_of
from specviz.models.preflight.troubles import REMEDIES, ModelError, Trouble
from specviz.records import RunSettings, Warp

PROMPT = [1 + (7 * i) % (VOCABULARY - 1) for i in range(3 * WINDOW)]
LENGTH = 32


@pytest.mark.parametrize("name", FAMILIES)
def test_trees_equal_separate_passes_over_several_rounds(name):
    """Rounds of 14 nodes, the text three windows long and growing."""
    model = family_model(name)
    assert model.context == CONTEXT
    assert worst_of_rounds(model, PROMPT, seed=4) < 1e-4
    assert check_tree_pass(model, name).worst < 1e-4


def noisy(module, seed: int = 3):
    """A draft model that often, not always, says what the target says."""
    draft = copy.deepcopy(module)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in draft.parameters():
            if parameter.dim() >= 2:
                parameter.add_(0.2 * parameter.std() * torch.randn(parameter.shape, generator=generator))
    return draft


@pytest.mark.parametrize("name", FAMILIES)
def test_greedy_text_equals_generate(name):
    """A tree of 16 nodes and a chain; both must accept some guesses and reject others to prove anything."""
    module = family_module(name)
    ids = torch.tensor([PROMPT])
    expected = module.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=LENGTH, pad_token_id=0
    )[0, len(PROMPT) :].tolist()
    cast = Cast(*(HFModel(m, VOCABULARY, CONTEXT) for m in (module, noisy(module))))
    rejected = accepted = 0
    for drafter, verifier in (("best_first", "sample_and_look"), ("chain", "token")):
        settings = RunSettings(
            drafter=drafter, verifier=verifier, temperature=0.0, capacity=16, drafts=3, depth=6, max_new_tokens=LENGTH
        )
        passes = list(decode(cast, settings, PROMPT))
        assert [token for one in passes for token in one.emitted] == expected
        accepted += sum(one.verdict.accepted for one in passes)
        rejected += sum(one.verdict.accepted < one.tree.depth.max() for one in passes)
    assert accepted > 6
    assert rejected > 2


@pytest.mark.parametrize("name", WINDOWED)
def test_without_the_window_in_the_mask_rows_would_be_wrong(name, monkeypatch):
    """The mutant: windows left out, as a cache of full length alone would have it; the self-check sees it too."""
    model = family_model(name)
    monkeypatch.setattr(windows, "within", lambda allowed, window: allowed)
    rows = model.open(PROMPT, Warp()).feed([7], [0])
    assert float((rows.logits(1) - plain_logits(model, [*PROMPT, 7])).abs().max()) > 1e-2
    with pytest.raises(ModelError, match="other laws for a tree"):
        check_tree_pass(model, name)
    assert model.module.config.sliding_window == WINDOW


def test_a_window_counts_what_a_row_may_read():
    """Columns 0 1 2 are the context, 3 and 4 siblings above it, 5 a child of 3: its last three are 2, 3 and itself."""
    allowed = np.array([[1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0], [1, 1, 1, 1, 0, 1]], bool)
    assert windows.within(allowed, 3).astype(int).tolist() == [
        [0, 1, 1, 1, 0, 0], [0, 1, 1, 0, 1, 0], [0, 0, 1, 1, 0, 1]
    ]  # fmt: skip
    assert windows.within(allowed, 9).tolist() == allowed.tolist()


def test_lengths_are_cut_only_where_they_must_be():
    """An unknown family stays within its window, a LongRoPE model below the length where it turns its positions."""
    base = BASE | {"vocab_size": 9, "max_position_embeddings": 50, "sliding_window": 6}
    assert [shape_of(base | {"model_type": kind}).reads for kind in ("mistral", "gemma2", "zebra9")] == [50, 50, 6]
    assert shape_of({"model_type": "gpt_neo", "window_size": 7} | BASE | {"vocab_size": 9}).reads == 7
    long = {"rope_type": "longrope", "original_max_position_embeddings": 20}
    assert shape_of(base | {"model_type": "phi3", "rope_scaling": long}).reads == 20
    assert shape_of(base | {"model_type": "phi3"}).window == 6


def test_a_longrope_model_is_read_to_its_short_length_and_would_be_wrong_beyond():
    factors = {"short_factor": [1.0] * 4, "long_factor": [4.0] * 4}
    rope = {"rope_type": "longrope", "rope_theta": 1e4, "original_max_position_embeddings": 32, "factor": 8.0} | factors
    module = family_module("phi-3", rope_parameters=rope, original_max_position_embeddings=32)
    assert context_of(module.config) == 32
    long = HFModel(module, VOCABULARY, CONTEXT)
    text = PROMPT + PROMPT
    assert worst_of_rounds(long, PROMPT[:12], seed=4, rounds=1, nodes=6) < 1e-4
    session = long.open(text[:30], Warp())
    session.feed([], [])
    session.commit(text[30:40])
    assert float((session.feed([], []).logits(0) - plain_logits(long, text[:40])).abs().max()) > 1e-2


TINY = {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2}
BLOOM = TINY | {"n_head": 4, "n_layer": 2}
MPT = {"vocab_size": VOCABULARY, "d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 64}


@pytest.mark.parametrize(
    ("kind", "settings", "trouble"),
    [
        ("bloom", BLOOM, Trouble.ALIBI),
        ("mpt", MPT, Trouble.ALIBI),
        ("falcon", TINY | {"num_attention_heads": 4, "alibi": True}, Trouble.ALIBI),
        *((kind, {}, Trouble.RECURRENT) for kind in (
            "mamba", "mamba2", "falcon_mamba", "qwen3_next", "recurrent_gemma", "jamba", "bamba", "falcon_h1", "zamba2",
            "granitemoehybrid", "lfm2", "nemotron_h", "minimax", "rwkv", "xlstm",
        )),
    ],
)  # fmt: skip
def test_what_cannot_branch_is_refused_by_name_and_reason(kind, settings, trouble):
    config = AutoConfig.for_model(kind, **settings)
    with pytest.raises(ModelError, match=r"some/model (has recurrent layers|tells positions apart by ALiBi)") as caught:
        require_branching("some/model", config.to_dict())
    assert caught.value.trouble == trouble
    assert REMEDIES[trouble]


def test_a_state_that_no_list_names_is_seen_in_the_class():
    config = AutoConfig.for_model("mamba", **TINY, state_size=4)
    with pytest.raises(ModelError, match="recurrent layers"):
        count_parameters("some/model", config)


def test_alibi_would_be_silently_wrong():
    """Why it is refused: siblings stand side by side in the cache and would get the columns' distances."""
    torch.manual_seed(0)
    module = AutoModelForCausalLM.from_config(AutoConfig.for_model("mpt", **MPT)).eval()
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() >= 2:
                parameter.mul_(8)
    assert worst_of_rounds(HFModel(module, VOCABULARY, 64), PROMPT[:9], seed=1, rounds=1) > 1e-2


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
@pytest.mark.parametrize("name", FAMILIES)
def test_numbers_of_16_bits_stay_close(name, dtype):
    """Rows of trees past the window, against plain passes in the same numbers: rounding, and nothing else."""
    model = HFModel(family_module(name).to(dtype), VOCABULARY, CONTEXT)
    check = check_tree_pass(model, name)
    assert check.worst <= check.allowed
    assert worst_of_rounds(model, PROMPT, seed=4, rounds=2, nodes=8) < 0.5 * 3  # the logits spread by 3


@pytest.mark.parametrize("name", FAMILIES)
def test_the_fastest_way_is_as_right_past_the_window(name):
    """Whatever faster way a family is given, windows and odd layers included."""
    assert worst_of_rounds(fastest(family_model(name)), PROMPT, seed=4, rounds=2, nodes=8) < 1e-4
