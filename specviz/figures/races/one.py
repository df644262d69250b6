"""One race on shared clocks, and how often such races agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.labels import lettered
from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, faded, finish
from specviz.race import MatchBounds
from specviz.records import Race
from specviz.theory import Estimate


def race_figure(race: Race, texts: Sequence[str], limit: int = 14) -> go.Figure:
    """Arrival of each candidate under both models on one log-time axis; the first arrival of each side is ringed."""
    order = np.argsort(np.minimum(race.draft_arrival, race.target_arrival))[:limit][::-1]
    names = [lettered(texts[i], 14) for i in order]
    figure = go.Figure()
    lines_x: list[float | None] = []
    lines_y: list[str | None] = []
    for name, i in zip(names, order, strict=True):
        pair = [race.draft_arrival[i], race.target_arrival[i]]
        if np.isfinite(pair).all():
            lines_x += [*pair, None]
            lines_y += [name, name, None]
    figure.add_scatter(x=lines_x, y=lines_y, mode="lines", line={"color": GREY, "width": 1}, hoverinfo="skip",
                       showlegend=False)  # fmt: skip
    sides = (("draft", race.draft_arrival, DRAFT, "circle", race.draft_winner),
             ("target", race.target_arrival, TARGET, "diamond", race.target_winner))  # fmt: skip
    for side, arrival, colour, symbol, winner in sides:
        shown = [i for i in order if np.isfinite(arrival[i])]
        figure.add_scatter(
            x=arrival[shown], y=[lettered(texts[i], 14) for i in shown], mode="markers",
            name=f"arrival under the {side}",
            marker={"color": colour, "size": 11, "symbol": symbol},
            hovertemplate=f"%{{y}}: arrives at %{{x:.3g}} under the {side}<extra></extra>",
        )  # fmt: skip
        place = int(np.flatnonzero(race.ids == winner)[0])
        figure.add_scatter(
            x=[arrival[place]], y=[lettered(texts[place], 14)], mode="markers", name=f"first under the {side}",
            marker={"color": "rgba(0,0,0,0)", "size": 23 if side == "draft" else 29, "symbol": "circle",
                    "line": {"color": colour, "width": 3}}, hoverinfo="skip",
        )  # fmt: skip
    figure.update_xaxes(type="log", title="arrival time (log axis, earlier is left)")
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names)
    return finish(figure, 130 + 34 * len(names))


def agreement_figure(exact: float, bounds: MatchBounds, frequency: float | None, low: float, high: float) -> go.Figure:
    """Exact match probability, its bounds and the running frequency on one line from 0 to 1."""
    figure = go.Figure()
    wide = {"color": faded(GREY, 0.5), "width": 14}
    figure.add_scatter(
        x=[bounds.lower, bounds.upper], y=[0, 0], mode="lines", line=wide, name="between the bounds", hoverinfo="skip"
    )
    if frequency is not None:
        figure.add_scatter(
            x=[frequency], y=[0], mode="markers", name="frequency so far, 95 % interval",
            marker={"color": TARGET, "size": 13, "symbol": "diamond"},
            error_x={"type": "data", "array": [high - frequency], "arrayminus": [frequency - low], "color": TARGET},
        )  # fmt: skip
    bar = {"color": "#009E73", "size": 20, "symbol": "line-ns", "line": {"width": 4, "color": "#009E73"}}
    figure.add_scatter(x=[exact], y=[0], mode="markers", name="exact match probability", marker=bar)
    labels = ((bounds.lower, "lower bound", "right"), (bounds.upper, "1 - TV", "left"))
    for x, text, side in labels:
        figure.add_annotation(
            x=x, y=0, text=f"{text} {x:.3f}", showarrow=False, yshift=26, xanchor=side, font={"size": 12}
        )
    figure.update_xaxes(range=[-0.06, 1.06], title="chance that both races have the same winner")
    figure.update_yaxes(visible=False, range=[-0.5, 0.9])
    return finish(figure, 220)


def frequency_figure(matches: Sequence[bool], exact: float) -> go.Figure:
    """Share of races that agreed so far, against the exact probability."""
    counts = np.arange(1, len(matches) + 1)
    share = np.cumsum(matches) / counts
    step = max(1, len(counts) // 400)
    figure = go.Figure()
    figure.add_scatter(x=counts[::step], y=share[::step], mode="lines", line={"color": TARGET, "width": 2},
                       name="share of races that agreed")  # fmt: skip
    figure.add_hline(y=exact, line={"color": "#009E73", "dash": "dash"}, annotation_text=f"exact {exact:.4f}")
    figure.update_xaxes(title="races run", type="log" if len(matches) > 50 else "linear")
    figure.update_yaxes(range=[0, 1.02], title="share")
    return finish(figure, 240)


def rank_figure(law: Sequence[float], counted: Sequence[Estimate] = ()) -> go.Figure:
    """Chance of each draft rank of the target's token; counted frequencies with their intervals beside it."""
    ranks = list(range(1, len(law) + 1))
    figure = go.Figure()
    figure.add_bar(x=ranks, y=list(law), marker_color=DRAFT, name="exact law",
                   hovertemplate="rank %{x}: %{y:.4f}<extra></extra>")  # fmt: skip
    if counted:
        values = [one.value for one in counted]
        figure.add_scatter(
            x=ranks, y=values, mode="markers", name="counted in simulated races, 95 % interval",
            marker={"color": STRATEGY[1], "size": 9, "symbol": "diamond", "line": {"width": 1, "color": "#6B4A00"}},
            error_y={"type": "data", "array": [one.high - one.value for one in counted], "thickness": 2,
                     "arrayminus": [one.value - one.low for one in counted], "color": STRATEGY[1]},
            hovertemplate="rank %{x}: counted %{y:.4f}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="rank of the target's token among the drafts", dtick=1,
                        range=[0.4, len(law) + 0.6])  # fmt: skip
    figure.update_yaxes(title="chance", rangemode="tozero")
    return finish(figure, 320, showlegend=bool(counted))
