"""Bounds on the match probability over many pairs of laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.theme import GREY, STRATEGY, THEORY, faded, finish


def bounds_figure(upper: Sequence[float], match: Sequence[float], here: tuple[float, float] | None = None) -> go.Figure:
    """Exact match probability against 1 - TV, between the two bounds that depend on TV alone; a star is this pair."""
    grid = np.linspace(0, 1, 101)
    figure = go.Figure()
    figure.add_scatter(x=grid, y=grid, mode="lines", name="upper bound: 1 - TV",
                       line={"color": THEORY, "dash": "solid", "width": 2})  # fmt: skip
    figure.add_scatter(x=grid, y=grid / (2 - grid), mode="lines", name="lower bound: (1 - TV) / (1 + TV)",
                       line={"color": THEORY, "dash": "dash", "width": 2})  # fmt: skip
    figure.add_scatter(
        x=list(upper), y=list(match), mode="markers", name="random pairs",
        marker={"size": 5, "color": faded(STRATEGY[0], 0.6)},
        hovertemplate="1 - TV = %{x:.4f}<br>match %{y:.4f}<extra></extra>",
    )  # fmt: skip
    if here is not None:
        figure.add_scatter(x=[here[0]], y=[here[1]], mode="markers", name="the pair of the sidebar",
                           marker={"size": 17, "symbol": "star", "color": STRATEGY[4],
                                   "line": {"width": 1, "color": "#5A2700"}})  # fmt: skip
    figure.update_xaxes(title="1 - TV", range=[-0.02, 1.02])
    figure.update_yaxes(title="match probability of one race", range=[-0.02, 1.02])
    return finish(figure, 460, margin={"l": 56, "r": 16, "t": 76, "b": 48})


def slack_figure(slack: Mapping[str, Sequence[float]]) -> go.Figure:
    """How far each bound stays from the exact value: quartiles, and all pairs outside of them."""
    figure = go.Figure()
    for number, (name, values) in enumerate(slack.items()):
        colour = STRATEGY[number % len(STRATEGY)]
        figure.add_box(x=list(values), name=name, orientation="h", marker={"color": colour, "size": 3},
                       line={"width": 1.5}, boxpoints="outliers")  # fmt: skip
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    figure.update_xaxes(title="distance from the exact value")
    figure.update_yaxes(autorange="reversed")
    return finish(figure, 460, showlegend=False, margin={"l": 140, "r": 16, "t": 16, "b": 48})
