"""One tree pass equals separate passes, and the cache after a commit equals a fresh one."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from tiny import SIZES, tiny_model
from trees import plain_logits, worst_of_rounds

from specviz.records import Warp

PROMPT = [5, 9, 3, 44, 17, 8]


@pytest.mark.parametrize("kind", sorted(SIZES))
def test_tree_rows_equal_separate_passes(kind, capsys):
    """200 random trees over the five families (40 each), over several commits: at most 1e-4 in float32."""
    model = tiny_model(kind)
    worst = max(worst_of_rounds(model, PROMPT, seed, rounds=5, nodes=3 + seed) for seed in range(8))
    with capsys.disabled():
        print(f" [{kind}: largest difference {worst:.1e}]", end="")
    assert worst < 1e-4


def test_long_prompt_is_read_in_chunks():
    model = tiny_model()
    rng = np.random.default_rng(2)
    context = rng.integers(1, 61, 90).tolist()
    rows = model.open(context, Warp()).feed([7], [0])
    assert torch.allclose(rows.logits(0), plain_logits(model, context), atol=1e-4)
    assert torch.allclose(rows.logits(1), plain_logits(model, [*context, 7]), atol=1e-4)


def test_without_a_tree_mask_the_rows_would_be_wrong(monkeypatch):
    """The mutant: siblings see one another."""
    model = tiny_model()
    session = model.open(PROMPT, Warp())
    monkeypatch.setattr(session, "_mask", lambda old, first: np.tril(np.ones((len(PROMPT) + 2, len(PROMPT) + 2), bool)))
    rows = session.feed([7, 8], [0, 0])
    assert not torch.allclose(rows.logits(2), plain_logits(model, [*PROMPT, 8]), atol=1e-2)


def test_rows_are_laws_and_unknown_nodes_are_refused():
    model = tiny_model()
    rows = model.open(PROMPT, Warp(0.7, 10, 0.9)).feed([7], [0])
    assert rows[1].dtype == np.float64
    assert rows[1].sum() == pytest.approx(1, abs=1e-12)
    assert (rows[1] > 0).sum() <= 10
    with pytest.raises(KeyError):
        rows[2]


def test_sparse_rows_hold_the_wanted_tokens():
    model = tiny_model()
    rows = model.open(PROMPT, Warp()).feed([7, 60], [0, 1])
    sparse = rows.sparse(range(4), np.array([[-1, 1, 2], [-1, -1, -1], [0, 3, 60], [-1, -1, -1]]))
    assert sparse.prob(0, 1) == pytest.approx(rows[0][1], abs=1e-6)
    assert sparse.tail[2] == pytest.approx(1 - rows[2][[60, 3, 0]].sum(), abs=1e-6)
    for token, below in zip(sparse.ids[2].tolist(), sparse.below[2], strict=True):
        assert below == pytest.approx(rows[2][:token].sum(), abs=1e-12)
    assert np.all(np.diff(sparse.probs[2]) <= 0)
    assert not sparse.known(3)


@pytest.mark.parametrize("prompt", [[], list(range(256))])
def test_impossible_prompts_are_refused(prompt):
    with pytest.raises(ValueError, match="prompt"):
        tiny_model().open(prompt, Warp())
