"""The histogram of accepted tokens: shares, counts, means, and names from strangers."""

from __future__ import annotations

import pytest

from specviz.figures.run.accepted import accepted_figure, accepted_rows


def test_bars_are_shares_of_the_passes_and_lines_stand_at_the_means():
    figure = accepted_figure({"one": [1, 0, 3], "two": [2, 2]})
    first, second = figure.data
    assert list(first.y) == [0.25, 0, 0.75]
    assert list(first.customdata) == [1, 0, 3]
    assert list(second.y) == [0.5, 0.5]
    assert [line.x0 for line in figure.layout.shapes] == [1.5, 0.5]
    assert first.marker.pattern.shape != second.marker.pattern.shape  # colour is not alone
    assert "mean 1.50 of 4 drafted passes" in first.name


def test_the_table_has_the_same_counts():
    assert accepted_rows({"one": [1, 0, 3], "two": [2, 2]})[2] == {"accepted tokens": 2, "one": 3, "two": 0}


@pytest.mark.parametrize("name", ["<b>x</b>", "a\nb"])
def test_a_strange_name_stays_a_name(name):
    assert "<b>" not in accepted_figure({name: [1]}).data[0].name
    assert "\n" not in accepted_figure({name: [1]}).data[0].name


def test_a_run_without_a_draft_has_no_mean():
    assert not accepted_figure({"plain": [0, 0]}).layout.shapes
