"""Tokens per pass against capacity: measured, expected, oracle, ceilings, what is no bound; and the efficiency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from specviz.figures.theme import GREY, STRATEGY, THEORY, faded, finish
from specviz.records import Curve

ORACLE = "#D55E00"
DASH = {"measured": "solid", "expected": "solid", "oracle": "dot", "theory": "dash", "not_a_bound": "solid"}
WIDTH = {"measured": 3, "expected": 1.4, "oracle": 3, "theory": 2, "not_a_bound": 1.2}
LONG = ("explicit", "race")  # told from the other ceilings by longer dashes
BLUE = "#0072B2"


def capacity_figure(curves: Sequence[Curve], marker: float, top: float | None = None, what: str = "") -> go.Figure:
    """All curves over log2 P; a vertical line at the marked P. Every label says what kind of line it is.

    A curve of kind "expected" follows the curve it belongs to and takes its colour. what: how P is counted.
    """
    figure = go.Figure()
    colours = iter(STRATEGY * 3)
    last = GREY
    for curve in curves:
        if curve.kind == "measured":
            last = next(colours)
        elif curve.kind == "oracle":
            last = ORACLE
        own = last if curve.kind in ("measured", "oracle", "expected") else _theory_colour(curve)
        _add(figure, curve, own)
    figure.add_vline(x=marker, line={"color": THEORY, "width": 1, "dash": "dot"})
    figure.add_annotation(x=np.log10(marker), xref="x", y=1, yref="paper", yanchor="bottom",
                          text=f"P = {marker:g}", showarrow=False)  # fmt: skip
    figure.update_xaxes(type="log", title=f"capacity P: {what or 'draft nodes per target pass'}",
                        tickvals=[2**i for i in range(11)], ticktext=[str(2**i) for i in range(11)])  # fmt: skip
    figure.update_yaxes(title="tokens per target pass", range=None if top is None else [0, top], rangemode="tozero")
    return finish(
        figure, 560, hovermode="closest", margin={"l": 56, "r": 16, "t": 24, "b": 48},
        legend={"orientation": "h", "y": -0.16, "yanchor": "top", "x": 0},
    )  # fmt: skip


def _theory_colour(curve: Curve) -> str:
    if curve.kind == "not_a_bound":
        return GREY
    return BLUE if curve.label.startswith(("information", "race")) else THEORY


def _add(figure: go.Figure, curve: Curve, colour: str) -> None:
    if curve.band is not None and curve.kind != "expected":
        low, high = curve.band
        figure.add_scatter(
            x=[*curve.x, *curve.x[::-1]], y=[*high, *low[::-1]], fill="toself", mode="lines",
            fillcolor=faded(colour, 0.18), line={"width": 0}, hoverinfo="skip",
            showlegend=False, legendgroup=curve.label,
        )  # fmt: skip
    dash = "longdash" if curve.label.startswith(LONG) else DASH[curve.kind]
    figure.add_scatter(
        x=curve.x, y=curve.y, name=curve.label, legendgroup=curve.label,
        mode="lines+markers" if curve.kind in ("measured", "oracle", "expected") else "lines",
        line={"color": colour, "width": WIDTH[curve.kind], "dash": dash},
        marker={"size": 7, "symbol": "circle-open" if curve.kind == "expected" else "circle"},
        hovertemplate=f"{curve.label}<br>P = %{{x}}: %{{y:.2f}} tokens per pass<extra></extra>",
    )  # fmt: skip


def efficiency_figure(rows: Sequence[dict[str, Any]]) -> go.Figure:
    """Measured / oracle against P for each strategy, with 95 % bands; 1 is what no deterministic drafter passes.

    rows: strategy, P, efficiency, low, high.
    """
    figure = go.Figure()
    for name, colour in zip(dict.fromkeys(row["strategy"] for row in rows), STRATEGY * 3, strict=False):
        own = [row for row in rows if row["strategy"] == name]
        x = [row["P"] for row in own]
        figure.add_scatter(
            x=[*x, *x[::-1]], y=[*(r["high"] for r in own), *(r["low"] for r in reversed(own))], fill="toself",
            mode="lines", fillcolor=faded(colour, 0.15), line={"width": 0}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=[row["efficiency"] for row in own], name=name, mode="lines+markers",
            line={"color": colour, "width": 3},
            hovertemplate=f"{name}<br>P = %{{x}}: %{{y:.0%}} of the oracle<extra></extra>",
        )  # fmt: skip
    figure.add_hline(
        y=1, line={"color": ORACLE, "dash": "dot"}, annotation_text="oracle", annotation_position="top left"
    )
    figure.update_xaxes(type="log", title="capacity P: draft nodes", tickvals=[2**i for i in range(11)],
                        ticktext=[str(2**i) for i in range(11)])  # fmt: skip
    figure.update_yaxes(title="measured / oracle", tickformat=".0%", rangemode="tozero")
    return finish(
        figure, 420, margin={"l": 64, "r": 16, "t": 24, "b": 48},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
    )  # fmt: skip
