"""Kinds of prompt side by side: for each kind one dot with its interval for every method."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from specviz.figures.sweep.methods import Style, label
from specviz.figures.theme import GREY, finish

SPREAD = 0.6  # of the room of one kind that its methods take
LINE = 15  # pixels of height that one method takes


def kinds_figure(table: pd.DataFrame, styles: Mapping[str, Style], unit: str) -> go.Figure:
    """Dots with 95 % intervals, kinds from top to bottom in the order of the table, methods within a kind as well.

    table: kind, method, value, low, high, prompts. An interval of a single prompt has no width and is not drawn.
    """
    kinds, methods = list(dict.fromkeys(table["kind"])), list(dict.fromkeys(table["method"]))
    room = len(kinds) * max(46, LINE * len(methods))
    figure = go.Figure()
    for number, method in enumerate(methods):
        part, style = table[table["method"] == method], styles[method]
        shift = SPREAD * ((number + 0.5) / len(methods) - 0.5)
        figure.add_scatter(
            x=part["value"], y=[kinds.index(kind) + shift for kind in part["kind"]], mode="markers", name=label(method),
            marker={"size": 10, "color": style.colour, "symbol": style.mark},
            error_x={"type": "data", "symmetric": False, "array": part["high"] - part["value"],
                     "arrayminus": part["value"] - part["low"], "thickness": 2, "width": 4, "color": style.colour},
            customdata=[[label(row.kind, 30), row.low, row.high, row.prompts] for row in part.itertuples()],
            hovertemplate=f"{label(method)}<br>%{{customdata[0]}}: %{{x:.2f}} {unit}<br>95 %: %{{customdata[1]:.2f}} "
            "to %{customdata[2]:.2f}, %{customdata[3]} prompts<extra></extra>",
        )  # fmt: skip
    counts = table.groupby("kind")["prompts"].max()
    for line in range(1, len(kinds)):
        figure.add_hline(y=line - 0.5, line={"color": GREY, "width": 0.6})
    figure.update_yaxes(
        tickvals=list(range(len(kinds))), ticktext=[f"{label(kind, 22)} ({counts[kind]})" for kind in kinds],
        range=[len(kinds) - 0.5, -0.5], automargin=True, showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(title=unit)
    return finish(
        figure, 150 + room, hovermode="closest",
        margin={"l": 16, "r": 16, "t": 16, "b": 48},
        legend={"orientation": "h", "y": -60 / room, "yanchor": "top", "x": 0},
    )  # fmt: skip
