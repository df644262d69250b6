"""Rejections: predicted along a text, counted over runs, and what a batch or block verification takes off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from specviz.figures.labels import lettered
from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, THEORY, faded, finish
from specviz.theory import Estimate

LINE = {"color": THEORY, "dash": "dash", "width": 2}
SYMBOLS = ("circle", "diamond", "square", "triangle-up")


def running_sum_figure(distances: Sequence[float], texts: Sequence[str]) -> go.Figure:
    """TV(p, q) at each token of one text as bars, and above them their running sum: the rejections to expect so far."""
    places = list(range(1, len(distances) + 1))
    names = [lettered(text, 9) for text in texts]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.5, 0.5], vertical_spacing=0.06)
    figure.add_scatter(
        x=places, y=np.cumsum(distances), mode="lines", line={"color": TARGET, "width": 3, "shape": "hv"}, row=1, col=1,
        customdata=names, hovertemplate="up to %{customdata}: %{y:.2f} rejections expected<extra></extra>",
    )  # fmt: skip
    figure.add_bar(
        x=places, y=list(distances), marker_color=DRAFT, row=2, col=1, customdata=names,
        hovertemplate="%{customdata}: TV(p, q) = %{y:.3f}<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(title="running sum", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title="TV(p, q)", range=[0, 1], row=2, col=1)
    figure.update_xaxes(tickvals=places, ticktext=names, tickangle=-60, tickfont={"size": 11}, row=2, col=1)
    figure.update_xaxes(showticklabels=False, row=1, col=1)
    return finish(figure, 400, showlegend=False, margin={"l": 56, "r": 16, "t": 12, "b": 84}, bargap=0.2)


def counted_figure(
    counted: Sequence[float], low: Sequence[float], high: Sequence[float], predicted: Sequence[float]
) -> go.Figure:
    """Mean over runs of the rejections counted up to each place with its band, and of the sum of TV up to there."""
    places = list(range(1, len(counted) + 1))
    figure = go.Figure()
    figure.add_scatter(
        x=[*places, *places[::-1]], y=[*high, *list(low)[::-1]], fill="toself", mode="lines", line={"width": 0},
        fillcolor=faded(STRATEGY[0], 0.2), hoverinfo="skip", name="95 % interval",
    )  # fmt: skip
    figure.add_scatter(
        x=places, y=list(counted), mode="lines", name="rejections counted", line={"color": STRATEGY[0], "width": 5},
        hovertemplate="first %{x} tokens: %{y:.2f} rejections counted<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=places, y=list(predicted), mode="lines", name="sum of TV(p, q)", line=LINE | {"color": STRATEGY[1]},
        hovertemplate="first %{x} tokens: sum of TV %{y:.2f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title="tokens of the text")
    figure.update_yaxes(title="rejections per run", rangemode="tozero")
    return finish(figure, 340)


def difference_figure(groups: dict[str, dict[str, Estimate]], title: str) -> go.Figure:
    """Groups of estimates as points with intervals about zero; one mark and colour for each group."""
    figure = go.Figure()
    for place, (name, estimates) in enumerate(groups.items()):
        values = np.array([e.value for e in estimates.values()])
        figure.add_scatter(
            x=values, y=list(estimates), mode="markers", name=name, orientation="h", offsetgroup=name,
            marker={"color": STRATEGY[place], "size": 11, "symbol": SYMBOLS[place]},
            error_x={"type": "data", "symmetric": False, "thickness": 2,
                     "array": [e.high - e.value for e in estimates.values()],
                     "arrayminus": [e.value - e.low for e in estimates.values()]},
            hovertemplate=f"{name}, %{{y}}: %{{x:+.2f}}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": THEORY, "dash": "dash", "width": 1.5})
    figure.update_xaxes(title=title, zeroline=False)
    figure.update_yaxes(autorange="reversed", automargin=True)
    rows = max((len(estimates) for estimates in groups.values()), default=1)
    return finish(figure, 130 + 40 * rows, scattermode="group", scattergap=0.5)


def batch_figure(
    drafts: Sequence[int], at_start: Sequence[float], inside: Sequence[float], limit: float, marker: int
) -> go.Figure:
    """Expected rejections over the number of drafts M, stacked by where they happen; dashed: the limit of M."""
    figure = go.Figure()
    parts = (("inside a chain", inside, DRAFT, ""), ("at a fresh start", at_start, STRATEGY[1], "/"))
    for name, values, colour, shape in parts:
        figure.add_scatter(
            x=list(drafts), y=list(values), mode="lines+markers", stackgroup="one", name=name,
            line={"color": colour, "width": 2}, fillcolor=faded(colour, 0.35), fillpattern={"shape": shape},
            hovertemplate=f"M = %{{x}}: %{{y:.2f}} {name}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=[drafts[0], drafts[-1]], y=[limit, limit], mode="lines", line=LINE, name=f"endless drafts: {limit:.2f}",
        hoverinfo="skip",
    )  # fmt: skip
    figure.add_vline(x=marker, line={"color": GREY, "width": 1, "dash": "dot"})
    ticks = [m for m in (1, 2, 4, 8, 16, 32, 64) if m <= max(drafts)]
    figure.update_xaxes(type="log", title="sequences M drawn at each fresh start", tickvals=ticks, ticktext=ticks)
    figure.update_yaxes(title="expected rejections", rangemode="tozero")
    return finish(figure, 360)


def block_figure(token: Sequence[float], block: Sequence[float]) -> go.Figure:
    """Expected rejections of the first 1, 2, ... tokens under both rules, exactly."""
    places = list(range(1, len(token) + 1))
    figure = go.Figure()
    figure.add_scatter(
        x=places, y=list(token), mode="lines+markers", name="token rule = sum of TV(p, q)", line=LINE,
        marker={"symbol": "diamond", "size": 8},
        hovertemplate="%{x} tokens: %{y:.4f} for the token rule<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=places, y=list(block), mode="lines+markers", name="block verification",
        line={"color": STRATEGY[0], "width": 3}, marker={"size": 8},
        hovertemplate="%{x} tokens: %{y:.4f} for block verification<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title="tokens to write", dtick=1 if len(places) <= 16 else 4)
    figure.update_yaxes(title="expected rejections", rangemode="tozero")
    return finish(figure, 340)
