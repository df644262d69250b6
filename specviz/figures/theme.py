"""Colours and the common layout of charts; readable on light and dark pages."""

from __future__ import annotations

import plotly.graph_objects as go

TARGET, DRAFT = "#2F7FC8", "#9B6BC0"
THEORY, GREY = "#888888", "#A0A6AD"
STRATEGY = ("#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#D55E00", "#8E5BB5")


def faded(colour: str, opacity: float) -> str:
    """rgba() of a #rrggbb colour."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def finish(figure: go.Figure, height: int, **layout: object) -> go.Figure:
    """Margins, height and a legend above the plot."""
    standard: dict[str, object] = {
        "height": height,
        "margin": {"l": 56, "r": 16, "t": 40, "b": 48},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    }
    figure.update_layout(**(standard | layout))
    return figure
