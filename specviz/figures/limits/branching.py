"""The best tree of a source as a branching random walk, and how many tokens such trees win."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.theme import GREY, STRATEGY, TARGET, THEORY, faded, finish
from specviz.records import Curve
from specviz.theory import Walk

FRONTIER = STRATEGY[4]
DASH = {"B*": "dashdot", "T1": "dash", "A": "dot"}


def walk_figure(walk: Walk, left_out: np.ndarray, predicted: float, reach: tuple[float, float]) -> go.Figure:
    """Kept prefixes by depth and surprisal, the best child that each leaves out, and the frontier between them.

    left_out: float64[P], surprisal of each node's best child outside the tree. predicted: log(mu P), where the frontier
    settles for large trees. reach: greatest depth and surprisal of the axes, so that trees can be compared.
    """
    deepest, lowest = reach
    figure = go.Figure()
    kept = np.column_stack([_side_by_side(walk.depth, walk.surprisal), walk.surprisal])
    shown = np.flatnonzero(left_out <= lowest)
    ends = np.column_stack([_side_by_side(walk.depth[shown] + 1, left_out[shown]), left_out[shown]])
    _edges(figure, kept[shown], ends, faded(GREY, 0.35), 0.8)
    _edges(figure, kept[walk.parent[1:]], kept[1:], faded(TARGET, 0.65), 1.2)
    figure.add_scatter(
        x=ends[:, 0], y=ends[:, 1], mode="markers", name="best child left out",
        customdata=np.column_stack([np.exp(-ends[:, 1]), walk.depth[shown] + 1]),
        marker={"size": 5, "symbol": "circle-open", "color": GREY},
        hovertemplate="left out: depth %{customdata[1]}, S = %{y:.3f}, "
        "probability %{customdata[0]:.4f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=kept[:, 0], y=kept[:, 1], mode="markers", name=f"kept: root and {len(kept) - 1} draft nodes",
        customdata=np.column_stack([walk.weights, np.arange(len(kept)), walk.depth]),
        marker={"size": 5 + 8 * np.sqrt(walk.weights), "color": TARGET},
        hovertemplate="number %{customdata[1]}: depth %{customdata[2]}, S = %{y:.3f}, "
        "probability %{customdata[0]:.4f}<extra></extra>",
    )  # fmt: skip
    _level(figure, walk.surprisal[-1], deepest, "frontier S = t", {"color": FRONTIER, "width": 2.5})
    _level(figure, predicted, deepest, "where large trees put it", {"color": THEORY, "width": 1.5, "dash": "dot"})
    figure.update_xaxes(title="depth: tokens after the root", range=[-0.03 * deepest - 0.2, deepest + 0.5])
    figure.update_yaxes(title="S = -log(path probability), nats", range=[1.02 * lowest, -0.06 * lowest])
    return finish(figure, 520, hovermode="closest", margin={"l": 56, "r": 16, "t": 64, "b": 48})


def tokens_figure(curves: Sequence[Curve], marker: int) -> go.Figure:
    """Expected tokens over log2 P: this tree, the mean of many, ceilings dashed, and what is no bound in grey."""
    figure = go.Figure()
    for curve in curves:
        if curve.kind == "oracle":
            one = curve.band is None
            line = {"color": TARGET if one else FRONTIER, "width": 1.8 if one else 3.0}
        else:
            no_bound = curve.label not in DASH
            line = {"color": GREY if no_bound else THEORY, "width": 1.2 if no_bound else 2.0}
            line["dash"] = DASH.get(curve.label, "solid")
        if curve.band is not None:
            low, high = curve.band
            figure.add_scatter(
                x=[*curve.x, *curve.x[::-1]], y=[*high, *low[::-1]], fill="toself", mode="lines", line={"width": 0},
                fillcolor=faded(FRONTIER, 0.2), hoverinfo="skip", showlegend=False, legendgroup=curve.label,
            )  # fmt: skip
        figure.add_scatter(
            x=curve.x, y=curve.y, mode="lines", name=curve.label, legendgroup=curve.label, line=line,
            hovertemplate=f"{curve.label}<br>P = %{{x}}: %{{y:.3f}} tokens<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=marker, line={"color": THEORY, "width": 1, "dash": "dot"})
    figure.add_annotation(x=np.log10(marker), xref="x", y=0, yref="paper", yanchor="bottom", text=f"P = {marker}",
                          showarrow=False, xanchor="left" if marker < 64 else "right")  # fmt: skip
    figure.update_xaxes(type="log", title="P: draft nodes, the root not counted",
                        tickvals=[2**i for i in range(11)], ticktext=[str(2**i) for i in range(11)])  # fmt: skip
    figure.update_yaxes(title="expected tokens per pass", rangemode="tozero")
    return finish(figure, 380, hovermode="closest", margin={"l": 56, "r": 16, "t": 64, "b": 48})


def _side_by_side(depth: np.ndarray, surprisal: np.ndarray) -> np.ndarray:
    """Where nodes stand across: at their depth, those of one depth and surprisal next to each other around it."""
    _, group, size = np.unique(
        np.column_stack([depth, np.round(surprisal, 6)]), axis=0, return_inverse=True, return_counts=True
    )
    order = np.argsort(group, kind="stable")
    place = np.empty(len(group))
    place[order] = np.arange(len(group)) - np.repeat(np.cumsum(size) - size, size)
    spread = (place + 0.5) / size[group] - 0.5
    return np.asarray(depth + 0.7 * spread)


def _edges(figure: go.Figure, starts: np.ndarray, ends: np.ndarray, colour: str, width: float) -> None:
    """All edges as one line with gaps."""
    gaps = np.full(len(starts), np.nan)
    x = np.column_stack([starts[:, 0], ends[:, 0], gaps]).ravel()
    y = np.column_stack([starts[:, 1], ends[:, 1], gaps]).ravel()
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": colour, "width": width}, hoverinfo="skip",
                       showlegend=False)  # fmt: skip


def _level(figure: go.Figure, level: float, deepest: float, name: str, line: dict[str, object]) -> None:
    """A horizontal line with its value in the legend, where it cannot cover a node."""
    figure.add_scatter(x=[-0.2, deepest + 0.5], y=[level, level], mode="lines", line=line,
                       name=f"{name} = {level:.2f}", hoverinfo="skip")  # fmt: skip
