"""The target's first layers as a draft: right rows on the shared cache, and the target is none the worse for it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from tiny import SIZES, tiny_model

from specviz.models.early_exit import first_layers
from specviz.records import Warp

PROMPT = list(range(1, 40))


@torch.inference_mode()
def plain_logits(module, ids: list[int]) -> torch.Tensor:
    return module(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1]


@pytest.mark.parametrize("kind", sorted(SIZES))
def test_both_read_on_over_several_rounds(kind):
    """Early rows equal a truncated model's, whole rows the whole model's, whichever has drafted in between."""
    model = tiny_model(kind)
    whole = model.open(list(PROMPT), Warp())
    early = whole.early_exit(0.5, Warp())
    cut = first_layers(model.module, 0.5)
    context = list(PROMPT)
    rng = np.random.default_rng(3)
    for _ in range(4):
        tokens = rng.integers(1, 61, 4).tolist()
        for place, token in enumerate(tokens):
            rows = early.feed([token], [place])
            expected = plain_logits(cut, [*context, *tokens[: place + 1]])
            assert torch.allclose(rows.logits(place + 1), expected, atol=1e-4)
        rows = whole.feed(tokens, [0, 1, 2, 0])
        assert torch.allclose(rows.logits(3), plain_logits(model.module, [*context, *tokens[:3]]), atol=1e-4)
        assert torch.allclose(rows.logits(4), plain_logits(model.module, [*context, tokens[3]]), atol=1e-4)
        kept = [*tokens[: int(rng.integers(0, 4))], 60]
        whole.commit(kept)
        early.commit(kept)
        context += kept
        assert whole.length == early.length == len(context)
        assert list(early.ids) == context


def test_nothing_is_copied_and_the_model_stays_whole():
    model = tiny_model("llama")
    before = plain_logits(model.module, PROMPT)
    cut = first_layers(model.module, 0.4)
    assert len(cut.model.layers) == 1
    assert cut.lm_head is model.module.lm_head
    assert cut.model.layers[0] is model.module.model.layers[0]
    assert torch.equal(plain_logits(model.module, PROMPT), before)
    assert not torch.allclose(plain_logits(cut, PROMPT), before, atol=1e-2)


@pytest.mark.parametrize(("share", "layers"), [(0.0, 1), (0.34, 1), (0.67, 2), (1.0, 2)])
def test_at_least_one_layer_and_never_all(share, layers):
    assert len(first_layers(tiny_model("llama").module, share).model.layers) == layers


def test_a_tree_can_be_dropped_and_another_grown():
    """Commit without ids: the context stays, and the next tree's rows are right."""
    model = tiny_model()
    session = model.open([5, 9, 3], Warp())
    for tokens in ([7, 8], [8, 7], [60]):
        rows = session.feed(tokens, list(range(len(tokens))))
        expected = plain_logits(model.module, [5, 9, 3, *tokens])
        assert torch.allclose(rows.logits(len(tokens)), expected, atol=1e-4)
        session.commit([])
        assert session.length == 3
