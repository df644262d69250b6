"""Tokens per pass against capacity: measured, oracle, ceilings, and what is no bound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.theme import GREY, STRATEGY, THEORY, faded, finish
from specviz.records import Curve

DASH = {"measured": "solid", "oracle": "dot", "theory": "dash", "not_a_bound": "solid"}


def capacity_figure(curves: Sequence[Curve], marker: int, top: float | None = None) -> go.Figure:
    """All curves over log2 P; a vertical line at the marked P. Every label says what kind of line it is."""
    figure = go.Figure()
    colours = iter(STRATEGY)
    for curve in curves:
        colour = (
            next(colours)
            if curve.kind == "measured"
            else {"oracle": "#D55E00", "not_a_bound": GREY}.get(curve.kind, THEORY)
        )
        _add(figure, curve, colour)
    figure.add_vline(x=marker, line={"color": THEORY, "width": 1, "dash": "dot"})
    figure.add_annotation(x=np.log2(marker) * np.log10(2), xref="x", y=1, yref="paper", yanchor="bottom",
                          text=f"P = {marker}", showarrow=False)  # fmt: skip
    figure.update_xaxes(type="log", title="capacity P: draft nodes per target pass",
                        tickvals=[2**i for i in range(11)], ticktext=[str(2**i) for i in range(11)])  # fmt: skip
    figure.update_yaxes(title="tokens per target pass", range=None if top is None else [0, top], rangemode="tozero")
    return finish(figure, 520, hovermode="closest", margin={"l": 56, "r": 16, "t": 76, "b": 48})


def _add(figure: go.Figure, curve: Curve, colour: str) -> None:
    width = {"measured": 3, "oracle": 3, "theory": 2, "not_a_bound": 1.2}[curve.kind]
    if curve.band is not None:
        low, high = curve.band
        figure.add_scatter(
            x=[*curve.x, *curve.x[::-1]], y=[*high, *low[::-1]], fill="toself", mode="lines",
            fillcolor=faded(colour, 0.18), line={"width": 0}, hoverinfo="skip",
            showlegend=False, legendgroup=curve.label,
        )  # fmt: skip
    figure.add_scatter(
        x=curve.x, y=curve.y, name=curve.label, legendgroup=curve.label,
        mode="lines+markers" if curve.kind in ("measured", "oracle") else "lines",
        line={"color": colour, "width": width, "dash": _dash(curve)}, marker={"size": 7},
        hovertemplate=f"{curve.label}<br>P = %{{x}}: %{{y:.2f}} tokens per pass<extra></extra>",
    )  # fmt: skip


def _dash(curve: Curve) -> str:
    if curve.label.startswith("explicit"):
        return "longdash"
    return DASH[curve.kind]
