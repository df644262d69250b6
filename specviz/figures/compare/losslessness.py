"""Output frequencies beside the target's law, and what they allow one to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from specviz.figures.labels import lettered, visible
from specviz.figures.theme import STRATEGY, TARGET, faded, finish
from specviz.records.check import CheckResult
from specviz.theory import wilson
from specviz.theory.goodness import (
    Cells,
    ChiSquare,
    chi_square_test,
    noise_distance,
    observed_distance,
    pooled_cells,
    smallest_visible_distance,
)

LEVEL, POWER = 0.01, 0.8  # one exact method in a hundred is suspected; a deviation is seen in eight checks of ten
MOST = 24  # bars


@dataclass(frozen=True)
class Reading:
    """A result with its test. distance: TV observed over the cells; noise: that of N draws of the law itself on
    average; visible: that from which on a deviation is seen with chance `POWER`."""

    result: CheckResult
    cells: Cells
    test: ChiSquare
    distance: float
    noise: float
    visible: float

    @classmethod
    def of(cls, result: CheckResult) -> Reading:
        """The test of a result."""
        cells = pooled_cells(result.counts, result.law, result.draws)
        test = chi_square_test(cells)
        noise = noise_distance(cells.expected / result.draws, result.draws)
        seen = smallest_visible_distance(test.freedom, result.draws, LEVEL, POWER)
        return cls(result, cells, test, observed_distance(cells), noise, seen)

    @property
    def suspect(self) -> bool:
        """Whether an exact method would show as much in less than one check of a hundred."""
        return self.test.p_value < LEVEL


def verdict(reading: Reading, claims: bool) -> str:
    """What the counts say, no more and no less. claims: whether the method says that it is lossless."""
    n, test = reading.result.draws, reading.test
    if not test.freedom:
        return (
            f"N = {n:,} draws: the law has room for one outcome only, and it came every time. Choose a position or a "
            "temperature at which the target is less sure, or more draws."
        )
    numbers = f"chi-square {test.statistic:.1f} with {test.freedom} degrees of freedom, {_chance(test.p_value)}"
    if reading.suspect:
        start = f"N = {n:,} draws deviate from the target's law ({numbers})."
        if claims:
            return (
                f"{start} Even an exact method is suspected in one check of {1 / LEVEL:.0f}: try another seed; if it "
                "happens again, there is a bug."
            )
        return f"{start} The method does not keep the target's law, and the check caught it."
    start = f"N = {n:,} draws: no sign of a deviation ({numbers})."
    found = (
        f"This is no proof. A deviation of TV {reading.visible:.3f} or more would have been seen with a chance of at "
        f"least {POWER:.0%}; a smaller one can hide."
    )
    hidden = " The method is not exact: draft and target agree too well here for this N. Try another position."
    return f"{start} {found}{'' if claims else hidden}"


def law_figure(reading: Reading) -> go.Figure:
    """The target's law as bars, the observed frequencies as points with 95 % intervals; the rest in one last bar."""
    rows = check_rows(reading)
    shown = [row for row in rows if row["cell"] != "rest"][:MOST]
    places = list(range(len(shown) + 1))
    rest_count = reading.result.draws - sum(row["came"] for row in shown)
    rest = {"p": max(0.0, 1 - sum(row["p"] for row in shown))} | _observed(rest_count, reading.result.draws)
    shown = [*shown, rest]
    figure = go.Figure()
    names = [lettered(row["token"], 16) for row in shown[:-1]] + ["all others"]
    figure.add_bar(
        x=places, y=[row["p"] for row in shown], name="target's law p", customdata=names,
        marker={"color": faded(TARGET, 0.55), "line": {"color": TARGET, "width": 1}},
        hovertemplate="%{customdata}: p = %{y:.4f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=places, y=[row["observed"] for row in shown], mode="markers", customdata=names,
        name=f"observed in N = {reading.result.draws:,} draws, 95 % interval",
        marker={"color": STRATEGY[4], "size": 9, "symbol": "diamond"},
        error_y={"type": "data", "symmetric": False, "array": [row["high"] - row["observed"] for row in shown],
                 "arrayminus": [row["observed"] - row["low"] for row in shown], "thickness": 2},
        hovertemplate="%{customdata}: observed %{y:.4f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(tickvals=places, ticktext=names, tickangle=-40 if len(places) > 9 else 0)
    figure.update_yaxes(title="probability", rangemode="tozero")
    return finish(figure, 380, margin={"l": 56, "r": 16, "t": 40, "b": 84 if len(places) > 9 else 48}, bargap=0.3)


def check_rows(reading: Reading) -> list[dict[str, Any]]:
    """One row for each outcome: the table twin. cell: its own, or `rest` where it was pooled."""
    result, own = reading.result, set(reading.cells.names)
    return [
        {
            "token": " ".join(visible(text) for text in outcome),
            "p": p,
            "expected": p * result.draws,
            "came": count,
            "cell": "own" if place in own else "rest",
        }
        | _observed(count, result.draws)
        for place, (outcome, p, count) in enumerate(zip(result.outcomes, result.law, result.counts, strict=True))
    ]


def _observed(count: int, draws: int) -> dict[str, float]:
    share = wilson(count, draws)
    return {"observed": share.value, "low": share.low, "high": share.high}


def _chance(value: float) -> str:
    return "p < 1e-9" if value < 1e-9 else f"p = {value:.2g}"
