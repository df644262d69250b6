"""Accepted draft tokens against the number of draft nodes: four shapes, two rules, rounds and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from specviz.figures.theme import STRATEGY, THEORY, finish
from specviz.theory import Estimate

STYLE = {
    "sequence": (STRATEGY[3], "square"),
    "batch": (STRATEGY[1], "triangle-up"),
    "tau_star": (STRATEGY[0], "circle"),
    "specinfer": (STRATEGY[2], "diamond"),
}
SHORT = {"sequence": "sequence", "batch": "batch", "tau_star": "tau*", "specinfer": "SpecInfer-like"}
Points = Mapping[tuple[str, str], Sequence[Estimate]]  # (rule, shape) -> one estimate for each budget
Lines = Mapping[tuple[str, str], Sequence[float]]
TITLES = {"ERSD": "ERSD: shared race", "GSD": "GSD: recursive rejection"}


def family_figure(
    budgets: Sequence[int], measured: Points, predicted: Lines, bound: Sequence[float] | None = None
) -> go.Figure:
    """One panel for each rule: means of real rounds with intervals, predictions dotted, the bound of ERSD dashed."""
    rules = list(dict.fromkeys(rule for rule, _ in (measured or predicted)))
    figure = make_subplots(1, len(rules), shared_yaxes=True, horizontal_spacing=0.04,
                           subplot_titles=[TITLES[rule] for rule in rules])  # fmt: skip
    for (rule, shape), estimates in measured.items():
        _rounds(figure, rules.index(rule) + 1, shape, budgets, estimates)
    for (rule, shape), values in predicted.items():
        colour, symbol = STYLE[shape]
        alone = not measured
        figure.add_scatter(
            x=list(budgets), y=list(values), row=1, col=rules.index(rule) + 1, showlegend=alone and rule == rules[0],
            mode="lines+markers" if alone else "lines", name=SHORT[shape], legendgroup=shape,
            line={"color": colour, "width": 1.6, "dash": "dot"}, marker={"symbol": symbol, "size": 8},
            hovertemplate=f"{SHORT[shape]}, predicted<br>k = %{{x}}: %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    if measured and predicted:
        figure.add_scatter(x=[None], y=[None], mode="lines", line={"color": THEORY, "dash": "dot"},
                           name="predicted by product of a_r")  # fmt: skip
    if bound is not None:
        figure.add_scatter(x=list(budgets), y=list(bound), row=1, col=1, mode="lines", name="bound of ERSD, minus 1",
                           line={"color": THEORY, "dash": "dash", "width": 2})  # fmt: skip
    figure.update_xaxes(type="log", title="k: draft nodes", tickvals=list(budgets),
                        ticktext=[str(budget) for budget in budgets])  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title="accepted draft tokens per pass", row=1, col=1)
    legend = {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0}
    return finish(figure, 480, legend=legend, margin={"l": 56, "r": 16, "t": 40, "b": 110})


def _rounds(figure: go.Figure, column: int, shape: str, budgets: Sequence[int], estimates: Sequence[Estimate]) -> None:
    colour, symbol = STYLE[shape]
    figure.add_scatter(
        x=list(budgets), y=[one.value for one in estimates], row=1, col=column, name=SHORT[shape], legendgroup=shape,
        showlegend=column == 1, mode="lines+markers", line={"color": colour, "width": 2.5},
        marker={"symbol": symbol, "size": 9},
        error_y={"type": "data", "array": [one.high - one.value for one in estimates], "thickness": 1.2, "width": 3,
                 "arrayminus": [one.value - one.low for one in estimates], "color": colour},
        hovertemplate=f"{SHORT[shape]}, measured<br>k = %{{x}}: %{{y:.3f}} accepted<extra></extra>",
    )  # fmt: skip
