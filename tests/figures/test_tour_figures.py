"""The tour's pictures say what its numbers say."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.figures.tour.chain import speed_figure, tokens_figure
from specviz.figures.tour.laws import coin_figure, counts_figure, overlap_figure
from specviz.figures.tour.limit import gap_figure, toy_limit_figure
from specviz.figures.tour.passes import lanes_figure, price_figure
from specviz.figures.tour.tree import order_figure
from specviz.records import DraftTree, Sampling
from specviz.theory import Estimate, wilson

P, Q, NAMES = (0.5, 0.3, 0.2), (0.2, 0.3, 0.5), ("la", "da", "dum")


def test_shared_bars_add_up_to_the_acceptance_rate():
    shared, target, draft = overlap_figure(P, Q, NAMES).data
    assert sum(shared.y) == pytest.approx(0.7)
    assert np.add(shared.y, target.y) == pytest.approx(P)
    assert np.add(shared.y, draft.y) == pytest.approx(Q)
    assert draft.marker.pattern.shape != target.marker.pattern.shape  # never colour alone


def test_the_coin_lies_on_the_side_of_its_fate():
    kept, replaced, coin = coin_figure(0.4, 0.7).data
    assert (kept.base[0], kept.x[0]) == (0.0, 0.4)
    assert (replaced.base[0], replaced.x[0]) == (0.4, pytest.approx(0.6))
    assert coin.x[0] == 0.7


def test_counts_stand_between_both_laws_with_their_intervals():
    shares = [wilson(n, 10) for n in (5, 3, 2)]
    bars, target, draft = counts_figure(NAMES, shares, P, Q).data
    assert list(bars.y) == [0.5, 0.3, 0.2]
    assert list(bars.error_y.array) == pytest.approx([s.high - s.value for s in shares])
    assert [target.y[i] for i in (0, 3, 6)] == list(P)
    assert [draft.y[i] for i in (0, 3, 6)] == list(Q)


def test_the_chosen_pass_is_ringed_and_quartiles_are_bars():
    positions, times = [1, 2, 5], [3.0, 3.2, 3.5]
    figure = price_figure(positions, times, [2.9, 3.1, 3.4], [3.4, 3.5, 4.5], 2)
    one_by_one, together, ring = figure.data
    assert list(one_by_one.y) == [3.0, 6.0, 15.0]
    assert list(together.error_y.array) == pytest.approx([0.4, 0.3, 1.0])
    assert (ring.x[0], ring.y[0]) == (5, 3.5)


def test_a_lane_is_as_long_as_its_passes():
    lanes = {"alone": [("la", 3.0, 0), ("da", 3.0, 0)], "guessed": [("la da", 3.5, 1)]}
    bars = lanes_figure(lanes).data
    assert [bar.x[0] for bar in bars if bar.y[0] == "alone"] == [3.0, 3.0]
    assert [bar.text[0] for bar in bars] == ["1", "1", "2"]
    assert "la da" in bars[-1].hovertemplate
    assert len({bar.marker.color for bar in bars}) == 2


def test_the_best_depth_is_shown_only_when_it_was_found():
    counted = Estimate(2.0, 1.8, 2.2, 0.95, 100)
    figure = tokens_figure([0, 1, 2], [1.0, 1.5, 1.75], 2.0, 1, counted)
    assert "2.00" in figure.data[-1].name
    assert len(tokens_figure([0, 1], [1.0, 2.0], None, 1, counted).data) == 2
    notes = [a.text for a in speed_figure([0, 1, 2], [1.0, 1.4, 1.3], 0, None).layout.annotations]
    assert not any("best" in note for note in notes)
    notes = [a.text for a in speed_figure([0, 1, 2], [1.0, 1.4, 1.3], 1, 1).layout.annotations]
    assert any("best: 1.40" in note for note in notes)


def test_nodes_carry_the_number_with_which_they_joined():
    tree = DraftTree(
        token=np.array([-1, 0, 1, 0], np.int32), parent=np.array([-1, 0, 0, 1], np.int32),
        depth=np.array([0, 1, 1, 2], np.int16), rank=np.array([0, 1, 2, 1], np.int16),
        draft_prob=np.array([1.0, 0.6, 0.3, 0.6]), sampling=Sampling.TOP,
    )  # fmt: skip
    figure = order_figure(tree, [1, 3, 2], ["", "la", "da", "la"], [1.0, 0.5, 0.3, 0.25])
    nodes = next(trace for trace in figure.data if trace.mode == "markers+text")
    assert [text.split()[1] for text in nodes.text] == ["<b>1</b>", "<b>3</b>", "<b>2</b>"]
    assert nodes.customdata[1][1] == pytest.approx(0.3)
    ring = figure.data[-1]
    assert (ring.x[0], ring.y[0]) == (nodes.x[1], nodes.y[1])  # node 2 joined last


def test_the_gap_is_drawn_where_there_is_one():
    words = {"iid": "independent"}
    found = gap_figure({"iid": [0.7, 0.95]}, {("rule", "iid"): [0.7, 0.85]}, words, 2, (0.85, 0.95))
    assert list(found.data[-1].y) == [0.85, 0.95]
    assert "0.100" in found.layout.annotations[-1].text
    none = gap_figure({"iid": [0.7, 0.95]}, {("rule", "iid"): [0.7, 0.85]}, words, 1, (0.7, 0.7))
    assert not none.layout.annotations


def test_every_line_of_the_toy_limit_looks_different():
    lines = {name: [1.0, 2.0] for name in ("ceiling", "best tree", "the draft's tree", "a chain")}
    figure = toy_limit_figure([1, 2], lines)
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == 4
    assert figure.layout.xaxis.type == "log"
