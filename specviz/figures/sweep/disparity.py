"""How unequally methods serve prompts: every prompt a dot, every kind a mark, the range between kinds a bar."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from specviz.figures.sweep.methods import MARKS, Style, label
from specviz.figures.theme import THEORY, faded, finish

ROW = 74  # pixels
KIND = 0.2  # how far above its line the range of the kinds is drawn, and the prompts below it
DOTS = 0.28  # room that the dots of prompts take


def disparity_figure(
    prompts: pd.DataFrame, kinds: pd.DataFrame, spread: pd.DataFrame, styles: Mapping[str, Style], unit: str
) -> go.Figure:
    """One line for each method: above, its kinds with the bar from the worst to the best; below, its prompts.

    prompts: method, name, kind, value.  kinds: method, kind, value.  spread: the rows of `disparity`, one a method;
    its value is the tick, its worst tenth the triangle.
    """
    methods = list(spread["method"])
    names = list(dict.fromkeys(kinds["kind"]))
    place = {method: number for number, method in enumerate(methods)}
    figure = go.Figure()
    for row in spread.itertuples(index=False):
        colour = styles[row.method].colour
        y = place[row.method]
        low, high = spread.loc[spread["method"] == row.method, ["worst kind value", "best kind value"]].iloc[0]
        figure.add_scatter(x=[low, high], y=[y - KIND] * 2, mode="lines", hoverinfo="skip", showlegend=False,
                           line={"color": faded(colour, 0.45), "width": 11})  # fmt: skip
        figure.add_scatter(x=[row.value] * 2, y=[y - KIND - 0.13, y + KIND + DOTS / 2], mode="lines", showlegend=False,
                           line={"color": THEORY, "width": 2}, hoverinfo="skip")  # fmt: skip
    _prompts(figure, prompts, place, styles, unit)
    for number, kind in enumerate(names):
        part = kinds[kinds["kind"] == kind]
        figure.add_scatter(
            x=part["value"], y=[place[method] - KIND for method in part["method"]], mode="markers", showlegend=False,
            marker={"size": 11, "symbol": MARKS[number % len(MARKS)], "line": {"width": 1.5, "color": "white"},
                    "color": [styles[method].colour for method in part["method"]]},
            customdata=[[label(kind, 30), label(method)] for method in part["method"]],
            hovertemplate=f"%{{customdata[1]}}<br>%{{customdata[0]}}: %{{x:.2f}} {unit}<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=label(kind, 22),
            marker={"size": 11, "symbol": MARKS[number % len(MARKS)], "color": THEORY},
        )  # fmt: skip
    figure.add_scatter(
        x=spread["worst tenth"], y=[place[m] + KIND + DOTS / 2 + 0.08 for m in methods], mode="markers",
        name="worst tenth of the prompts", marker={"symbol": "triangle-up-open", "size": 11, "color": THEORY,
                                                   "line": {"width": 2}},
        hovertemplate=f"worst tenth of the prompts: %{{x:.2f}} {unit}<extra></extra>",
    )  # fmt: skip
    lines = [label(method, 90).replace(", ", ",<br>") for method in methods]
    figure.update_yaxes(
        tickvals=list(range(len(methods))), ticktext=lines, range=[len(methods) - 0.45, -0.55], automargin=True,
        showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(title=unit)
    return finish(figure, 130 + ROW * len(methods), hovermode="closest", margin={"l": 16, "r": 16, "t": 48, "b": 48})


def _prompts(
    figure: go.Figure, prompts: pd.DataFrame, place: Mapping[str, int], styles: Mapping[str, Style], unit: str
) -> None:
    """The dots, moved off their line by turns so that equal values can be told apart."""
    turns = prompts.groupby("method", sort=False)["value"].rank(method="first").to_numpy()
    shift = DOTS * (np.mod(turns * 0.6180339887, 1.0) - 0.5)
    figure.add_scatter(
        x=prompts["value"], y=[place[m] + KIND + s for m, s in zip(prompts["method"], shift, strict=True)],
        mode="markers", name="one prompt", showlegend=False,
        marker={"size": 5, "color": [faded(styles[m].colour, 0.75) for m in prompts["method"]]},
        customdata=[[label(row.name_, 24), label(row.kind, 24), label(row.method)]
                    for row in prompts.rename(columns={"name": "name_"}).itertuples(index=False)],
        hovertemplate=f"%{{customdata[2]}}<br>prompt %{{customdata[0]}} (%{{customdata[1]}}): %{{x:.2f}} {unit}"
        "<extra></extra>",
    )  # fmt: skip
