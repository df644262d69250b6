"""The optimal plan as a flow from sets of drafts to output tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from specviz.figures.labels import OUTCOMES, lettered
from specviz.figures.theme import DRAFT, TARGET, faded, finish

COLOURS = {True: "#009E73", False: "#E69F00"}
MARKS = {True: OUTCOMES["accepted"].mark, False: OUTCOMES["correction"].mark}
NAMES = {True: "kept: the token is one of the drafts", False: "drawn from what is left of the target"}
LEFT, RIGHT, WIDTH = 0.0, 1.0, 0.025  # where the two columns stand, and how wide they are
GAP = 0.02  # between two boxes of a column
LEAST = 0.038  # a box and its gap below this share of the column have no room for a label
_BEND = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 24))


@dataclass(frozen=True)
class Flow:
    """Probability that goes from a set of drafts to an output token; accepted if the token is in the set."""

    source: str
    token: str
    amount: float
    accepted: bool


def flow_figure(flows: Sequence[Flow], tokens: Sequence[str]) -> go.Figure:
    """Sets at the left, output tokens at the right; the part of a token that was kept stands above the rest of it.

    Heights are probabilities. tokens: the order of the tokens.
    """
    sources = list(dict.fromkeys(flow.source for flow in flows))
    starts = _tops(sources, [sum(f.amount for f in flows if f.source == name) for name in sources])
    goals = _tops(tokens, [sum(f.amount for f in flows if f.token == name) for name in tokens])
    figure = go.Figure()
    for accepted, name in NAMES.items():
        figure.add_scatter(x=[None], y=[None], mode="markers", name=f"{MARKS[accepted]} {name}",
                           marker={"size": 12, "symbol": "square", "color": COLOURS[accepted]})  # fmt: skip
    left, right = dict(starts), dict(goals)
    order = sorted(flows, key=lambda f: (not f.accepted, sources.index(f.source)))
    ends = {id(flow): _take(right, flow.token, flow.amount) for flow in order}
    for flow in sorted(flows, key=lambda f: (sources.index(f.source), not f.accepted, list(tokens).index(f.token))):
        _ribbon(figure, flow, _take(left, flow.source, flow.amount), ends[id(flow)])
    for where, tops, rest, colour in ((LEFT, starts, left, DRAFT), (RIGHT, goals, right, TARGET)):
        _boxes(figure, where, tops, rest, colour)
    figure.update_xaxes(visible=False, range=[-0.5, 1.36], fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    height = 120 + 26 * max(len(sources), 2 * len(tokens))
    return finish(figure, max(360, height), margin={"l": 8, "r": 8, "t": 48, "b": 8}, hovermode="closest")


def _tops(names: Sequence[str], heights: Sequence[float]) -> dict[str, float]:
    """Upper edge of each box, the first on top."""
    edge, tops = 0.0, {}
    for name, height in zip(names, heights, strict=True):
        tops[name] = edge
        edge -= height + GAP
    return tops


def _take(edges: dict[str, float], name: str, amount: float) -> float:
    """The upper edge of the next part of a box, which it then has lost."""
    edge = edges[name]
    edges[name] = edge - amount
    return edge


def _ribbon(figure: go.Figure, flow: Flow, start: float, end: float) -> None:
    across = LEFT + WIDTH + (RIGHT - LEFT - 2 * WIDTH) * np.linspace(0, 1, len(_BEND))
    upper = start + (end - start) * _BEND
    figure.add_scatter(
        x=[*across, *across[::-1]], y=[*upper, *(upper - flow.amount)[::-1]], mode="lines", fill="toself",
        line={"width": 0.5, "color": COLOURS[flow.accepted]}, fillcolor=faded(COLOURS[flow.accepted], 0.45),
        hoveron="fills", showlegend=False, name="",
        text=f"{lettered(flow.source)} to {MARKS[flow.accepted]} {lettered(flow.token)}: {flow.amount:.4f}",
        hoverinfo="text",
    )  # fmt: skip


def _boxes(figure: go.Figure, where: float, tops: dict[str, float], rest: dict[str, float], colour: str) -> None:
    """One column with its labels outside."""
    outward = -0.02 if where == LEFT else 0.02
    inner = where + WIDTH if where == LEFT else where - WIDTH
    whole = 1 + GAP * len(tops)
    for name, top in tops.items():
        figure.add_shape(type="rect", x0=where, x1=inner, y0=rest[name], y1=top, fillcolor=colour, line_width=0)
        if top - rest[name] + GAP >= LEAST * whole:
            figure.add_annotation(
                x=where + outward, y=(top + rest[name]) / 2, showarrow=False,
                text=f"{lettered(name)}  {top - rest[name]:.3f}",
                xanchor="right" if where == LEFT else "left", font={"size": 11},
            )  # fmt: skip
