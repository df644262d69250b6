"""Acceptance over the number of drafts, the set that limits it, and averages over texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.labels import lettered
from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, faded, finish
from specviz.theory import Estimate

# One colour and one mark for each way to draw; rules of one way differ in their marks.
DRAWN = {"iid": STRATEGY[3], "without_replacement": STRATEGY[0], "greedy": STRATEGY[1]}
OPTIMUM = {"iid": "circle-open", "without_replacement": "square-open", "greedy": "diamond-open"}
MARKS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "hexagon")
SHOWN = 24  # tokens that stand side by side


def acceptance_figure(
    optima: Mapping[str, Sequence[float]], rules: Mapping[tuple[str, str], Sequence[float]],
    words: Mapping[str, str], marker: int,
) -> go.Figure:  # fmt: skip
    """Acceptance against the number of drafts: optima dashed, rules solid in the colour of their way to draw.

    optima: values for 1, 2, ... drafts by way to draw.  rules: the same by (label, way to draw).  words: ways to draw,
    in words.  marker: number of drafts that the page is about.
    """
    figure = go.Figure()
    figure.add_vline(x=marker, line={"color": GREY, "width": 10}, opacity=0.25)
    for drawn, values in optima.items():
        figure.add_scatter(
            x=list(range(1, len(values) + 1)), y=list(values), mode="lines+markers", name=f"optimum, {words[drawn]}",
            line={"color": DRAWN[drawn], "dash": "dash", "width": 3}, marker={"symbol": OPTIMUM[drawn], "size": 10},
            hovertemplate=f"optimum, {words[drawn]}, k = %{{x}}: %{{y:.4f}}<extra></extra>",
        )  # fmt: skip
    used = dict.fromkeys(DRAWN, 0)
    for (label, drawn), values in rules.items():
        mark = MARKS[used[drawn] % len(MARKS)]
        used[drawn] += 1
        figure.add_scatter(
            x=list(range(1, len(values) + 1)), y=list(values), mode="lines+markers", name=label,
            line={"color": DRAWN[drawn], "width": 1.5}, marker={"symbol": mark, "size": 8},
            hovertemplate=f"{label}, k = %{{x}}: %{{y:.4f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="drafts k at the position", dtick=1, range=[0.8, 8.2])
    figure.update_yaxes(title="acceptance", automargin=True)
    legend = {"orientation": "h", "y": -0.16, "yanchor": "top", "x": 0, "font": {"size": 12}}
    return finish(figure, 560, legend=legend, margin={"l": 56, "r": 16, "t": 16, "b": 48})


def minimising_set_figure(p: np.ndarray, q: np.ndarray, chosen: np.ndarray, names: Sequence[str]) -> go.Figure:
    """Both laws on the weightiest tokens by falling q / p; the tokens of H stand at the left on grey ground."""
    top = np.argsort(-np.maximum(p, q), kind="stable")[:SHOWN]
    top = top[np.maximum(p, q)[top] > 0]
    inside = np.isin(top, chosen)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(q[top] > 0, q[top] / p[top], -1.0)
    order = np.lexsort((-ratio, ~inside))
    top, inside = top[order], inside[order]
    places = np.arange(len(top))
    figure = go.Figure()
    if inside.any():
        edge = int(inside.sum()) - 0.5
        figure.add_vrect(x0=-0.5, x1=edge, fillcolor=faded(GREY, 0.22), line_width=0, layer="below")
        figure.add_annotation(x=-0.5, xanchor="left", y=1, yref="paper", yanchor="bottom", text="H", showarrow=False,
                              font={"size": 16})  # fmt: skip
    for name, law, colour, shape in (("target p", p, TARGET, ""), ("draft q", q, DRAFT, "/")):
        figure.add_bar(
            x=places, y=law[top], name=name, marker={"color": colour, "pattern": {"shape": shape}},
            customdata=[f"{lettered(names[i], 14)} ({'in H' if i_in else 'not in H'})"
                        for i, i_in in zip(top, inside, strict=True)],
            hovertemplate=f"%{{customdata}}: {name[-1]} = %{{y:.4f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(
        tickvals=places, ticktext=[lettered(names[i], 9) for i in top], tickangle=-50 if len(top) > 8 else 0,
        title="tokens by falling q / p", range=[-0.5, len(top) - 0.5],
    )  # fmt: skip
    figure.update_yaxes(title="probability", rangemode="tozero")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"}
    return finish(figure, 360, barmode="group", bargap=0.25, legend=legend, margin={"l": 56, "r": 16, "t": 40, "b": 80})


def averages_figure(
    rows: Sequence[tuple[str, str, Estimate]], gaps: Sequence[float], words: Mapping[str, str]
) -> go.Figure:
    """Mean acceptance as bars with intervals, the largest on top, and the gap to the optimum of the same drafts.

    rows: label, way to draw, estimate.  gaps: one for each row.  words: ways to draw, in words.
    """
    ordered = sorted(rows, key=lambda row: row[2].value)
    figure = go.Figure()
    for drawn, word in words.items():
        mine = [row for row in ordered if row[1] == drawn]
        figure.add_bar(
            y=[label for label, _, _ in mine], x=[e.value for _, _, e in mine], orientation="h", name=word,
            marker={"color": DRAWN[drawn],
                    "pattern": {"shape": ["/" if "optimum" in label else "" for label, _, _ in mine]}},
            error_x={"type": "data", "symmetric": False, "color": GREY, "thickness": 2,
                     "array": [e.high - e.value for _, _, e in mine],
                     "arrayminus": [e.value - e.low for _, _, e in mine]},
            hovertemplate="%{y}: %{x:.4f}<extra></extra>",
        )  # fmt: skip
    for (label, _, _), gap in zip(rows, gaps, strict=True):
        if "optimum" not in label:
            figure.add_annotation(x=1.26, y=label, text=f"{abs(gap):.3f}", showarrow=False, xanchor="right")
    figure.add_annotation(x=1.26, y=1, yref="paper", yanchor="bottom", text="gap", showarrow=False, xanchor="right")
    figure.update_xaxes(title="mean acceptance", range=[0, 1.28], tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(categoryorder="array", categoryarray=[row[0] for row in ordered], automargin=True)
    return finish(figure, 130 + 30 * len(rows), barmode="overlay", bargap=0.25)
