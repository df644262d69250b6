"""The agreement map: for three tokens, normalised clocks are uniform on a triangle, and areas are probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import plotly.graph_objects as go

from specviz.figures.labels import lettered
from specviz.figures.theme import STRATEGY, faded, finish
from specviz.race import ClockRegion

CORNERS = np.array([[0.5, np.sqrt(3) / 2], [0.0, 0.0], [1.0, 0.0]])


def flat(points: Sequence[Sequence[float]]) -> np.ndarray:
    """float64[n, 2]: where barycentric points stand in the plane."""
    return np.asarray(points, dtype=np.float64) @ CORNERS


def convex_outline(points: np.ndarray) -> np.ndarray:
    """float64[n, 2]: points of the boundary of a convex set, in order around it."""
    away = points - points.mean(axis=0)
    return points[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]


def agreement_regions(p: Sequence[Fraction], q: Sequence[Fraction]) -> dict[tuple[int, int], ClockRegion]:
    """Region of clocks for each pair (draft's winner, target's winner)."""
    regions = {}
    for drafted, part in ClockRegion.whole(3).split_by_winner(list(q)).items():
        for won, cell in part.split_by_winner(list(p)).items():
            regions[drafted, won] = cell
    return regions


def triangle_figure(
    p: Sequence[Fraction], q: Sequence[Fraction], names: Sequence[str], clocks: np.ndarray | None = None
) -> go.Figure:
    """Coloured where both races have the same winner, hatched grey where they differ; a dot is a draw of clocks.

    clocks: float64[n, 3], the last row is the current one.
    """
    figure, names = go.Figure(), [lettered(name) for name in names]
    for (drafted, won), cell in sorted(agreement_regions(p, q).items()):
        outline = convex_outline(flat([[float(x) for x in corner] for corner in cell.corners]))
        same = drafted == won
        share = float(cell.share)
        text = (
            f"both choose {names[won]}: {share:.4f}"
            if same
            else f"draft {names[drafted]}, target {names[won]}: {share:.4f}"
        )
        figure.add_scatter(
            x=[*outline[:, 0], outline[0, 0]], y=[*outline[:, 1], outline[0, 1]], fill="toself", mode="lines",
            line={"color": "rgba(128,128,128,0.6)", "width": 1}, hoveron="fills", text=text, hoverinfo="text",
            fillcolor=faded(STRATEGY[won], 0.55) if same else "rgba(128,128,128,0.16)", showlegend=same,
            name=f"both choose {names[won]}",
        )  # fmt: skip
    if clocks is not None and len(clocks):
        points = flat(clocks / clocks.sum(axis=1, keepdims=True))
        figure.add_scatter(x=points[:-1, 0], y=points[:-1, 1], mode="markers", hoverinfo="skip", showlegend=False,
                           marker={"size": 3, "color": "rgba(90,100,110,0.55)"})  # fmt: skip
        figure.add_scatter(x=points[-1:, 0], y=points[-1:, 1], mode="markers", name="the clocks now", hoverinfo="skip",
                           marker={"size": 14, "color": "#D55E00", "symbol": "star"})  # fmt: skip
    for corner, name, (dx, dy) in zip(CORNERS, names, [(0, 14), (-14, -10), (14, -10)], strict=True):
        figure.add_annotation(x=corner[0], y=corner[1], text=f"clock of {name} large", showarrow=False, xshift=dx,
                              yshift=dy, font={"size": 12})  # fmt: skip
    figure.update_xaxes(visible=False, range=[-0.2, 1.2])
    figure.update_yaxes(visible=False, range=[-0.12, 1.0], scaleanchor="x")
    return finish(figure, 430, margin={"l": 8, "r": 8, "t": 40, "b": 8})
