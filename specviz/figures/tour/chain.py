"""A chain of guesses: tokens per pass and speed-up against its length."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from specviz.figures.theme import GREY, STRATEGY, TARGET, finish
from specviz.theory import Estimate

BEST = STRATEGY[4]


def tokens_figure(
    depths: Sequence[int], tokens: Sequence[float], ceiling: float | None, depth: int, counted: Estimate
) -> go.Figure:
    """Expected tokens per pass, the ceiling of an endless chain, and what real passes gave at one depth.

    ceiling: None where there is none.
    """
    figure = go.Figure()
    figure.add_bar(
        x=list(depths), y=list(tokens), name="expected", marker={"color": TARGET},
        marker_opacity=[1.0 if one == depth else 0.4 for one in depths],
        hovertemplate="depth %{x}: %{y:.2f} tokens per pass<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[depth], y=[counted.value], mode="markers", name=f"counted in {counted.count} toy passes, 95 % interval",
        marker={"color": STRATEGY[1], "symbol": "diamond", "size": 11, "line": {"color": "#6B4A00", "width": 1}},
        error_y={"type": "data", "array": [counted.high - counted.value], "width": 7, "thickness": 2.5,
                 "arrayminus": [counted.value - counted.low], "color": STRATEGY[1]},
        hovertemplate="counted: %{y:.2f}<extra></extra>",
    )  # fmt: skip
    if ceiling is not None:
        figure.add_scatter(
            x=[-0.5, len(depths) - 0.5], y=[ceiling, ceiling], mode="lines", hoverinfo="skip",
            name=f"an endless chain: {ceiling:.2f}", line={"color": GREY, "dash": "dash", "width": 2},
        )  # fmt: skip
    figure.update_xaxes(title="depth: guesses in the chain", dtick=2)
    figure.update_yaxes(title="tokens per pass", range=[0, 1.18 * max(*tokens, counted.high, ceiling or 0.0)])
    return finish(figure, 235, margin={"l": 56, "r": 16, "t": 32, "b": 44})


def speed_figure(depths: Sequence[int], gains: Sequence[float], depth: int, best: int | None) -> go.Figure:
    """Speed-up against depth, the chosen depth ringed; the best one is shown when it is given."""
    figure = go.Figure()
    figure.add_scatter(x=list(depths), y=list(gains), mode="lines+markers", showlegend=False,
                       line={"color": STRATEGY[0], "width": 3}, marker={"size": 7},
                       hovertemplate="depth %{x}: %{y:.2f} times as fast<extra></extra>")  # fmt: skip
    figure.add_scatter(x=[depth], y=[gains[depth]], mode="markers", showlegend=False, hoverinfo="skip",
                       marker={"size": 21, "color": "rgba(0,0,0,0)",
                               "line": {"color": TARGET, "width": 3}})  # fmt: skip
    figure.add_hline(y=1, line={"color": GREY, "dash": "dash"}, annotation_text="no guessing",
                     annotation_position="bottom right")  # fmt: skip
    if best is not None:
        figure.add_annotation(x=best, y=gains[best], text=f"best: {gains[best]:.2f} times", ax=0, ay=-30,
                              font={"color": BEST, "size": 14}, arrowcolor=BEST)  # fmt: skip
    figure.update_xaxes(title="depth: guesses in the chain", dtick=2)
    figure.update_yaxes(title="times as fast", range=[0, max(1.5, 1.45 * max(gains))])
    return finish(figure, 205, margin={"l": 56, "r": 16, "t": 12, "b": 44})
