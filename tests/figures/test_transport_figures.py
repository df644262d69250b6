"""What the pictures of the transport laboratory hold."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.figures.transport.flow import flow_figure
from specviz.figures.transport.transport import acceptance_figure, averages_figure, minimising_set_figure
from specviz.theory import Estimate, optimal_acceptance, optimal_acceptance_set
from specviz.ui.laws_source import Laws
from specviz.ui.transport.flow import OTHERS, letters, plan_flows
from specviz.ui.transport.one import WORDS, _together

P, Q = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])


def test_every_line_stands_in_the_legend():
    optima = {drawn: [0.5, 0.6] for drawn in WORDS}
    figure = acceptance_figure(optima, {("K-SEQ", "iid"): [0.5, 0.55], ("SpecHub", "greedy"): [0.5]}, WORDS, 2)
    assert [trace.name for trace in figure.data][-2:] == ["K-SEQ", "SpecHub"]
    assert len(figure.data) == 5
    assert all(trace.line.dash == "dash" for trace in figure.data[:3])


def test_rules_that_coincide_are_one_line():
    line = [0.6, 0.68, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75]
    rules = {("naive_tree", "iid"): line, ("recursive_rejection", "iid"): line, ("gls", "iid"): [0.5] * 8}
    lines = _together(rules)
    assert len(lines) == 2
    assert any("Naive tree = Recursive rejection" in label for label, _ in lines)


def test_the_limiting_set_stands_together_on_grey_ground():
    chosen = optimal_acceptance_set(P, Q, 2)
    figure = minimising_set_figure(P, Q, chosen, ("A", "B", "C"))
    assert list(figure.layout.xaxis.ticktext) == ["C", "B", "A"]
    (ground,) = figure.layout.shapes
    assert (ground.x0, ground.x1) == (-0.5, 1.5)
    assert len(minimising_set_figure(P, P, np.zeros(0, np.int64), ("A", "B", "C")).layout.shapes) == 0


def test_averages_are_sorted_and_start_at_nothing():
    rows = [("optimum, independent", "iid", Estimate(0.9, 0.8, 0.95, 0.95, 12)),
            ("K-SEQ", "iid", Estimate(0.7, 0.6, 0.8, 0.95, 12))]  # fmt: skip
    figure = averages_figure(rows, [0.0, 0.2], WORDS)
    assert list(figure.layout.yaxis.categoryarray) == ["K-SEQ", "optimum, independent"]
    assert figure.layout.xaxis.range[0] == 0
    assert [note.text for note in figure.layout.annotations] == ["0.200", "gap"]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_flow_keeps_the_optimum_and_both_laws(k):
    rng = np.random.default_rng(k)
    for _ in range(5):
        p, q = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(4))
        flows = plan_flows(list("ABCD"), p, q, k)
        assert sum(f.amount for f in flows) == pytest.approx(1, abs=1e-4)
        assert sum(f.amount for f in flows if f.accepted) == pytest.approx(optimal_acceptance(p, q, k), abs=1e-4)
        for name, mass in zip("ABCD", p, strict=True):
            assert sum(f.amount for f in flows if f.token == name) == pytest.approx(mass, abs=1e-4)
        for flow in flows:
            assert flow.source == "other sets" or not flow.accepted or flow.token in flow.source
        figure = flow_figure(flows, list("ABCD"))
        assert len(figure.data) == len(flows) + 2


def test_equal_laws_flow_without_a_rest():
    assert all(flow.accepted for flow in plan_flows(list("ABC"), P, P, 2))


def test_a_vocabulary_becomes_five_letters_and_the_rest():
    law = np.arange(1, 41) / 820
    laws = Laws(tuple(str(i) for i in range(40)), law, law[::-1].copy(), False, "x")
    names, p, q = letters(laws)
    assert names[-1] == OTHERS
    assert len(names) == 6
    assert p.sum() == pytest.approx(1)
    assert q.sum() == pytest.approx(1)
