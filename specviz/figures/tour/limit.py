"""Tokens per pass against log P on the toy, exact; and smaller forms of two laboratory charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from specviz.figures.limits.curves import capacity_figure
from specviz.figures.theme import DRAFT, GREY, STRATEGY, THEORY, finish
from specviz.figures.transport.transport import acceptance_figure
from specviz.records import Curve

STYLES = (
    {"color": THEORY, "dash": "dash", "width": 2.5},
    {"color": STRATEGY[4], "dash": "dot", "width": 3},
    {"color": DRAFT, "dash": "solid", "width": 3},
    {"color": GREY, "dash": "solid", "width": 1.5},
)
TICKS = [2**power for power in range(11)]


def toy_limit_figure(capacities: Sequence[int], lines: Mapping[str, Sequence[float]]) -> go.Figure:
    """At most four lines over log P: ceiling, best tree, the draft's tree, and what the ceiling does not bind."""
    figure = go.Figure()
    for (name, values), style in zip(lines.items(), STYLES, strict=False):
        figure.add_scatter(x=list(capacities), y=list(values), mode="lines", name=name, line=style,
                           hovertemplate=f"{name}<br>P = %{{x}}: %{{y:.2f}}<extra></extra>")  # fmt: skip
    _log_axis(figure)
    figure.update_xaxes(title="")  # the chart below has it
    return finish(figure, 215, margin={"l": 56, "r": 16, "t": 30, "b": 24})


def measured_limit_figure(curves: Sequence[Curve], marker: float) -> go.Figure:
    """`capacity_figure` for a small place."""
    figure = capacity_figure(curves, marker)
    figure.update_layout(height=235, margin={"l": 56, "r": 16, "t": 30, "b": 40},
                         legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})  # fmt: skip
    for note in figure.layout.annotations:
        note.visible = False  # the legend stands where it would be
    _log_axis(figure)
    return figure


def _log_axis(figure: go.Figure) -> None:
    figure.update_xaxes(type="log", title="capacity P: draft nodes per pass (log axis)", tickvals=TICKS,
                        ticktext=[str(tick) for tick in TICKS])  # fmt: skip
    figure.update_yaxes(title="tokens per pass", rangemode="tozero")


def gap_figure(
    optima: Mapping[str, Sequence[float]], rules: Mapping[tuple[str, str], Sequence[float]], words: Mapping[str, str],
    k: int, gap: tuple[float, float],
) -> go.Figure:  # fmt: skip
    """`acceptance_figure` for a small place, with the gap between a rule and its optimum drawn at k."""
    figure = acceptance_figure(optima, rules, words, k)
    low, high = gap
    figure.add_scatter(
        x=[k, k], y=[low, high], mode="lines", showlegend=False, line={"color": STRATEGY[4], "width": 5},
        hovertemplate=f"gap {high - low:.4f}<extra></extra>",
    )  # fmt: skip
    if high - low > 0.0005:
        figure.add_annotation(x=k, y=low, text=f"<b>gap {high - low:.3f}</b>", showarrow=False,
                          xanchor="left", yanchor="top", xshift=6, yshift=-6,
                              font={"color": STRATEGY[4], "size": 14})  # fmt: skip
    figure.update_layout(height=400, margin={"l": 56, "r": 16, "t": 72, "b": 44},
                         legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})  # fmt: skip
    return figure
