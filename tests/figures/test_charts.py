"""Charts say what the records say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from specviz.figures.limits.curves import capacity_figure
from specviz.figures.races.one import agreement_figure, frequency_figure, race_figure, rank_figure
from specviz.figures.run.running import running_figure
from specviz.figures.transport.simplex import agreement_regions, triangle_figure
from specviz.race import match_bounds, match_probability
from specviz.records import Curve, Race
from specviz.records.store import load_trace

P = [Fraction(5, 10), Fraction(3, 10), Fraction(2, 10)]
Q = [Fraction(2, 10), Fraction(5, 10), Fraction(3, 10)]
TRACES = Path(__file__).parents[2] / "assets" / "traces"


def test_the_agreement_area_is_43_62():
    regions = agreement_regions(P, Q)
    assert sum(cell.share for cell in regions.values()) == 1
    assert sum(cell.share for (drafted, won), cell in regions.items() if drafted == won) == Fraction(43, 62)


def test_the_triangle_draws_every_region_and_the_point_inside():
    clocks = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 1.0]])
    figure = triangle_figure(P, Q, "ABC", clocks)
    assert len(figure.data) == len(agreement_regions(P, Q)) + 2
    star = figure.data[-1]
    assert 0 <= star.x[0] <= 1
    assert 0 <= star.y[0] <= 1


def test_the_rings_are_on_the_first_arrivals():
    race = Race(np.arange(3), np.array([0.2, 0.5, 0.3]), np.array([0.5, 0.3, 0.2]), np.array([1.0, 0.4, 2.0]))
    rings = {
        trace.name: trace.x[0] for trace in race_figure(race, ["A", "B", "C"]).data if "first" in (trace.name or "")
    }
    assert rings["first under the draft"] == pytest.approx(race.draft_arrival.min())
    assert rings["first under the target"] == pytest.approx(race.target_arrival.min())


def test_agreement_line_holds_the_exact_value():
    p, q = [float(x) for x in P], [float(x) for x in Q]
    exact = match_probability(p, q)
    figure = agreement_figure(exact, match_bounds(p, q), 0.7, 0.6, 0.8)
    assert exact in [trace.x[0] for trace in figure.data]
    assert exact == pytest.approx(43 / 62)


def test_frequency_ends_at_the_share():
    figure = frequency_figure([True, False, True, True], 0.7)
    assert figure.data[0].y[-1] == pytest.approx(0.75)


def test_ranks_are_bars():
    assert list(rank_figure([0.7, 0.2, 0.1]).data[0].y) == [0.7, 0.2, 0.1]


def test_capacity_curves_keep_their_values_and_kinds():
    x, y = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 2.4])
    curves = [
        Curve(x, y, "P", "tokens", "measured one", "measured", band=(y - 0.1, y + 0.1)),
        Curve(x, y + 1, "P", "tokens", "ceiling", "theory"),
    ]
    figure = capacity_figure(curves, 2)
    named = {trace.name: trace for trace in figure.data if trace.name}
    assert list(named["measured one"].y) == y.tolist()
    assert named["ceiling"].line.dash == "dash"
    assert named["measured one"].line.dash == "solid"


def test_the_running_strip_ends_at_block_efficiency():
    trace = load_trace(TRACES / "story.json.gz")
    line = next(t for t in running_figure(trace).data if t.name == "tokens per pass so far")
    assert line.y[-1] == pytest.approx(trace.block_efficiency)
