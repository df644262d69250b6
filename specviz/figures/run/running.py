"""Tokens per pass of one run as it decodes, against the ceilings at its capacity."""

from __future__ import annotations

import plotly.graph_objects as go

from specviz.metrics import RunBounds, run_bounds, running_tokens_per_pass
from specviz.records import DecodeTrace

GREEN, BLUE, GREY = "#009E73", "#0072B2", "#888888"


def running_figure(trace: DecodeTrace) -> go.Figure:
    """Bars: tokens of each pass; line: tokens per pass so far with its 95 % band; lines across: B* and T1."""
    table = running_tokens_per_pass(trace)
    passes = table["pass"].tolist()
    figure = go.Figure()
    figure.add_bar(
        x=passes, y=table["emitted"], name="tokens of this pass", marker_color="rgba(136,136,136,0.35)",
        hovertemplate="pass %{x}: %{y} tokens<extra></extra>",
    )  # fmt: skip
    banded = table.dropna()
    figure.add_scatter(
        x=[*banded["pass"], *banded["pass"][::-1]], y=[*banded["high"], *banded["low"][::-1]], mode="lines",
        fill="toself", fillcolor="rgba(0,158,115,0.18)", line={"width": 0}, hoverinfo="skip", name="95 % band",
    )  # fmt: skip
    figure.add_scatter(
        x=passes, y=table["tokens_per_pass"], name="tokens per pass so far", line={"color": GREEN, "width": 3},
        hovertemplate="after pass %{x}: %{y:.2f} tokens per pass<extra></extra>",
    )  # fmt: skip
    top = max([*table["emitted"], 1])
    for name, value, colour in _ceilings(run_bounds(trace)):
        if value == value and value <= 2.5 * top + 4:
            figure.add_hline(y=value, line={"dash": "dash", "color": colour, "width": 1.5})
            figure.add_annotation(
                x=1, xref="paper", y=value, text=f"{name} {value:.2f}", showarrow=False, yanchor="bottom",
                xanchor="right", font={"color": colour, "size": 12},
            )  # fmt: skip
    figure.update_layout(
        height=240, margin={"l": 48, "r": 12, "t": 8, "b": 40}, bargap=0.25,
        xaxis={"title": "target pass", "rangemode": "tozero"}, yaxis={"title": "tokens", "rangemode": "tozero"},
        legend={"orientation": "h", "y": 1.16, "x": 0}, hovermode="x",
    )  # fmt: skip
    return figure


def _ceilings(bounds: RunBounds) -> list[tuple[str, float, str]]:
    return [("dual bound B*", bounds.dual, BLUE), ("explicit bound T1", bounds.explicit, GREY)]
