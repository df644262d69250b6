"""A measure against capacity P: a line with its band for each method, in one panel or one for each kind of prompt."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from specviz.figures.sweep.methods import Style, label
from specviz.figures.theme import faded, finish

WIDE = 2  # panels side by side: more are too narrow on a small screen


def curves_figure(table: pd.DataFrame, styles: Mapping[str, Style], unit: str) -> go.Figure:
    """Lines over log2 P with 95 % bands, methods told apart by colour and mark.

    table: method, P > 0, value, low, high, prompts; with a column `kind`, one panel for each kind, all to one scale.
    """
    panels = [part for _, part in table.groupby("kind", sort=False)] if "kind" in table else [table]
    titles = [label(str(part["kind"].iloc[0])) for part in panels] if "kind" in table else None
    wide = min(WIDE, len(panels))
    tall = -(-len(panels) // wide)
    height = 440 if titles is None else 290 * tall
    figure = make_subplots(
        rows=tall, cols=wide, shared_yaxes=True, shared_xaxes=True, horizontal_spacing=0.04,
        vertical_spacing=min(0.12, 0.3 / tall), subplot_titles=titles,
    )  # fmt: skip
    for place, part in enumerate(panels):
        for method, points in part.groupby("method", sort=False):
            where = {"row": place // wide + 1, "col": place % wide + 1}
            _line(figure, points.sort_values("P"), str(method), styles[str(method)], unit, place == 0, where)
    every = sorted(set(table["P"]))
    figure.update_xaxes(type="log", tickvals=every, ticktext=[str(p) for p in every])
    for column in range(wide):  # the last panel of a column, whether or not its row is full
        last = (len(panels) - 1 - column) // wide + 1
        figure.update_xaxes(title="capacity P: draft nodes a pass", showticklabels=True, row=last, col=column + 1)
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title=unit, col=1)
    return finish(
        figure, height + 120 * (titles is not None), hovermode="closest",
        margin={"l": 56, "r": 16, "t": 24 if titles is None else 60, "b": 48},
        legend={"orientation": "h", "y": -70 / height, "yanchor": "top", "x": 0},
    )  # fmt: skip


def _line(
    figure: go.Figure, points: pd.DataFrame, method: str, style: Style, unit: str, named: bool, where: dict[str, int]
) -> None:
    """One method in one panel. named: whether it stands in the legend."""
    x, name = list(points["P"]), label(method)
    figure.add_scatter(
        x=[*x, *x[::-1]], y=[*points["high"], *points["low"][::-1]], fill="toself", mode="lines",
        line={"width": 1, "color": faded(style.colour, 0.45)}, fillcolor=faded(style.colour, 0.09), hoverinfo="skip",
        showlegend=False, legendgroup=method, **where,
    )  # fmt: skip
    figure.add_scatter(
        x=x, y=points["value"], name=name, legendgroup=method, showlegend=named, mode="lines+markers",
        line={"color": style.colour, "width": 2.5, "dash": style.dash}, marker={"size": 9, "symbol": style.mark},
        customdata=points[["low", "high", "prompts"]],
        hovertemplate=f"{name}<br>P = %{{x}}: %{{y:.2f}} {unit}<br>95 %: %{{customdata[0]:.2f}} to "
        "%{customdata[1]:.2f}, %{customdata[2]} prompts<extra></extra>", **where,
    )  # fmt: skip
