"""The pictures of the Limits page: what they draw is what they were given."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.figures.limits.curves import capacity_figure, efficiency_figure
from specviz.figures.limits.moments import entropy_figure, slope_figure
from specviz.records import Curve
from specviz.theory import Estimate


def curve(label: str, kind, y: list[float]) -> Curve:
    values = np.array(y)
    band = (values - 0.1, values + 0.1) if kind in ("measured", "oracle", "expected") else None
    return Curve(np.array([1.0, 8, 64]), values, "P", "tokens", label, kind, band)


def test_an_expected_curve_wears_the_colour_of_its_strategy() -> None:
    curves = [
        curve("Chain", "measured", [1, 2, 3]),
        curve("Chain, expected", "expected", [1, 2, 3.1]),
        curve("Best first", "measured", [1, 2, 4]),
        curve("Oracle", "oracle", [2, 3, 5]),
        curve("Oracle, expected", "expected", [2, 3, 5]),
        curve("dual bound B*", "theory", [2, 4, 6]),
    ]
    figure = capacity_figure(curves, 8, None, "draft nodes")
    lines = {trace.name: trace for trace in figure.data if trace.name}
    assert lines["Chain"].line.color == lines["Chain, expected"].line.color != lines["Best first"].line.color
    assert lines["Oracle"].line.color == lines["Oracle, expected"].line.color
    assert lines["Oracle"].line.dash == "dot"
    assert "draft nodes" in figure.layout.xaxis.title.text


def test_slopes_stand_between_the_two_of_theory() -> None:
    figure = slope_figure(
        [("Oracle", Estimate(0.7, 0.6, 0.8, 0.95, 12)), ("Chain", Estimate(0.0, -0.1, 0.1, 0.95, 12))], 1.25, 4.0
    )
    points, best, paper = figure.data
    assert list(points.x) == [0.7, 0.0]
    assert list(points.error_x.array) == pytest.approx([0.1, 0.1])
    assert best.x[0] == pytest.approx(0.8)
    assert paper.x[0] == pytest.approx(5.25 / 1.25**2)
    low, high = figure.layout.xaxis.range
    assert low < -0.1
    assert high > paper.x[0]


def test_a_diamond_marks_the_mean_entropy() -> None:
    groups = {"story": np.array([0.5, 1.5, 4.0]), "code": np.array([0.0, 0.2])}
    figure = entropy_figure(groups)
    marks = [trace for trace in figure.data if trace.type == "scatter"]
    assert [trace.x[0] for trace in marks] == pytest.approx([2.0, 0.1])
    assert marks[0].text[0] == "mu = 2.00"


def test_efficiency_has_a_line_for_each_strategy() -> None:
    rows = [{"strategy": s, "P": p, "efficiency": e, "low": e - 0.1, "high": e + 0.1} for s, p, e in
            (("Chain", 1, 1.0), ("Chain", 8, 0.7), ("Race", 1, 1.1))]  # fmt: skip
    lines = {trace.name: trace for trace in efficiency_figure(rows).data if trace.name}
    assert list(lines["Chain"].y) == [1.0, 0.7]
    assert list(lines["Race"].x) == [1]
