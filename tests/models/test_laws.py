"""Temperature, top-k and top-p."""

from __future__ import annotations

import torch

from specviz.models.laws import law
from specviz.records import Warp

LOGITS = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]], dtype=torch.float64))


def test_temperature_one_is_softmax():
    assert torch.allclose(law(LOGITS, Warp()), LOGITS.exp())


def test_temperature_zero_is_one_hot_at_the_first_maximum():
    assert law(torch.tensor([[1.0, 3.0, 3.0]]), Warp(0.0)).tolist() == [[0, 1, 0]]


def test_temperature_sharpens():
    squared = LOGITS.exp() ** 2
    assert torch.allclose(law(LOGITS, Warp(0.5)), squared / squared.sum())


def test_top_k_beyond_the_vocabulary_changes_nothing():
    assert torch.allclose(law(LOGITS, Warp(1.0, 99)), LOGITS.exp())
    assert (law(LOGITS, Warp(1.0, 2)) > 0).sum() == 2


def test_top_p_keeps_the_smallest_nucleus_and_at_least_one_token():
    assert (law(LOGITS, Warp(1.0, 0, 0.75)) > 0).tolist() == [[True, True, False, False]]
    assert (law(LOGITS, Warp(1.0, 0, 1e-9)) > 0).sum() == 1
