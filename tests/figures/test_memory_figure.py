"""The memory bar: shares of the pair add up to all of it, and too much reaches beyond what is free."""

from __future__ import annotations

import pytest

from specviz.figures.models.memory import LOOKS, memory_figure

PARTS = [("target weights", 6_000, "a"), ("draft weights", 2_000, "b"), ("logits", 2_000, "c")]


def test_shares_of_the_pair_and_of_what_is_free():
    figure = memory_figure(PARTS, 40_000)
    assert sum(bar.x[0] for bar in figure.data) == pytest.approx(100)
    assert sum(bar.x[1] for bar in figure.data) == pytest.approx(25)
    assert [bar.name for bar in figure.data] == [name for name, _, _ in PARTS]
    assert figure.layout.xaxis.range[1] == pytest.approx(102)


def test_too_much_is_seen_whole():
    figure = memory_figure(PARTS, 5_000)
    assert sum(bar.x[1] for bar in figure.data) == pytest.approx(200)
    assert figure.layout.xaxis.range[1] >= 200


def test_without_knowing_what_is_free_there_is_one_bar():
    assert all(len(bar.x) == 1 for bar in memory_figure(PARTS, None).data)


def test_looks_can_be_told_apart_without_colours_where_they_touch():
    patterns = [pattern for _, pattern in LOOKS.values()]
    assert patterns[2] != patterns[1]
    assert len(set(LOOKS.values())) == len(LOOKS)
