"""Two laws over a few sounds: what they share, one coin against its chance, and counts that build up."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from specviz.figures.labels import OUTCOMES, lettered
from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, faded, finish
from specviz.theory import Estimate

SHARED, LOST = STRATEGY[0], STRATEGY[4]


def overlap_figure(p: Sequence[float], q: Sequence[float], names: Sequence[str]) -> go.Figure:
    """Both laws as outlined bars, one over the other; the part that they share is filled."""
    figure, names = go.Figure(), [lettered(name) for name in names]
    shared = [min(pair) for pair in zip(p, q, strict=True)]
    figure.add_bar(
        x=list(names), y=shared, name="shared: min(p, q)", marker={"color": faded(SHARED, 0.75)},
        text=[f"{value:.2f}" for value in shared], textposition="inside", insidetextanchor="middle",
        textfont={"color": "white", "size": 15},
        hovertemplate="%{x}: shared %{y:.3f}<extra></extra>",
    )  # fmt: skip
    for name, law, colour, shape in (("target p", p, TARGET, ""), ("draft q", q, DRAFT, "/")):
        rest = [value - common for value, common in zip(law, shared, strict=True)]
        figure.add_bar(
            x=list(names), y=rest, base=shared, name=f"only the {name}",
            marker={"color": faded(colour, 0.3), "line": {"color": colour, "width": 2},
                    "pattern": {"shape": shape, "fgcolor": colour}},
            customdata=list(law), hovertemplate=f"%{{x}}: {name} = %{{customdata:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(type="category", tickfont={"size": 16})
    figure.update_yaxes(title="probability", range=[0, max(0.5, 1.08 * max(*p, *q))])
    return finish(figure, 400, barmode="overlay", bargap=0.35)


def coin_figure(chance: float, u: float) -> go.Figure:
    """The coin on the line from 0 to 1: left of the chance the guess is kept, right of it it is replaced."""
    figure = go.Figure()
    parts = (("kept", 0.0, chance, "accepted", SHARED, ""), ("replaced", chance, 1.0, "correction", LOST, "/"))
    for name, low, high, outcome, colour, shape in parts:
        figure.add_bar(
            y=[""], x=[high - low], base=[low], orientation="h", hoverinfo="skip",
            name=f"{OUTCOMES[outcome].mark} {name}, chance {high - low:.3f}",
            marker={"color": faded(colour, 0.35), "line": {"color": colour, "width": 2}, "pattern": {"shape": shape}},
        )  # fmt: skip
    figure.add_scatter(
        x=[u], y=[""], mode="markers", name=f"the coin, {u:.3f}",
        marker={"symbol": "diamond", "size": 17, "color": GREY, "line": {"color": "black", "width": 2}},
        hovertemplate="coin %{x:.3f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(range=[-0.01, 1.01], tickvals=[0, 0.25, 0.5, 0.75, 1], showgrid=False)
    figure.update_yaxes(visible=False)
    return finish(figure, 115, barmode="overlay", margin={"l": 8, "r": 8, "t": 30, "b": 24})


def counts_figure(
    names: Sequence[str], shares: Sequence[Estimate], p: Sequence[float], q: Sequence[float]
) -> go.Figure:
    """Share of each sound among all that came out, with 95 % intervals, against both laws."""
    figure, names = go.Figure(), [lettered(name) for name in names]
    values = [share.value for share in shares]
    figure.add_bar(
        x=list(range(len(names))), y=values, name="came out, 95 % interval", width=0.5,
        marker={"color": faded(SHARED, 0.45), "line": {"color": SHARED, "width": 1.5}},
        error_y={"type": "data", "array": [s.high - s.value for s in shares], "thickness": 2, "width": 6,
                 "arrayminus": [s.value - s.low for s in shares]},
        customdata=list(names), hovertemplate="%{customdata}: %{y:.3f} of all<extra></extra>",
    )  # fmt: skip
    for name, law, colour, dash in (("target p", p, TARGET, "solid"), ("draft q", q, DRAFT, "dot")):
        x: list[float | None] = []
        y: list[float | None] = []
        for place, value in enumerate(law):
            x += [place - 0.36, place + 0.36, None]
            y += [value, value, None]
        figure.add_scatter(x=x, y=y, mode="lines", name=name, line={"color": colour, "width": 4, "dash": dash},
                           hoverinfo="skip")  # fmt: skip
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=list(names), tickfont={"size": 15})
    figure.update_yaxes(title="share", rangemode="tozero")
    return finish(figure, 270, margin={"l": 56, "r": 16, "t": 32, "b": 32})
