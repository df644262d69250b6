"""The price of a pass by the positions it reads, and one tune written pass by pass on two lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from specviz.figures.labels import OUTCOMES
from specviz.figures.theme import GREY, STRATEGY, TARGET, finish

Block = tuple[str, float, int]  # the sounds of a pass, its time, how many of them were guessed


def price_figure(
    positions: Sequence[int], times: Sequence[float], low: Sequence[float], high: Sequence[float], marked: int
) -> go.Figure:
    """Measured time of one pass, with its quartiles, against the positions that it reads; beside it one pass for each.

    times, low, high: milliseconds.  marked: index of the pass that is looked at.
    """
    figure = go.Figure()
    one_by_one = [times[0] * count for count in positions]
    figure.add_scatter(
        x=positions, y=one_by_one, mode="lines", name="one pass for each position", hoverinfo="skip",
        line={"color": GREY, "dash": "dot", "width": 2},
    )  # fmt: skip
    figure.add_scatter(
        x=positions, y=times, mode="lines+markers", name="one pass for all of them, measured",
        line={"color": TARGET, "width": 3}, marker={"size": 8},
        error_y={"type": "data", "array": [h - t for h, t in zip(high, times, strict=True)],
                 "arrayminus": [t - bottom for t, bottom in zip(times, low, strict=True)], "thickness": 1.5},
        hovertemplate="%{x} positions: %{y:.2f} ms<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[positions[marked]], y=[times[marked]], mode="markers", hoverinfo="skip", showlegend=False,
        marker={"size": 20, "color": "rgba(0,0,0,0)", "line": {"color": STRATEGY[0], "width": 3}},
    )  # fmt: skip
    figure.update_xaxes(title="positions read in one pass", type="log", tickvals=list(positions),
                        ticktext=[str(count) for count in positions])  # fmt: skip
    figure.update_yaxes(title="ms", range=[0, 4.2 * times[0]])
    return finish(figure, 235, margin={"l": 56, "r": 16, "t": 28, "b": 40})


def lanes_figure(lanes: Mapping[str, Sequence[Block]]) -> go.Figure:
    """Each pass is a block, as wide as its time, with the number of sounds it adds; green where guesses were kept."""
    figure = go.Figure()
    for name, blocks in lanes.items():
        for number, (sounds, time, guessed) in enumerate(blocks, start=1):
            colour = OUTCOMES["accepted"].light if guessed else TARGET
            figure.add_bar(
                y=[name], x=[time], orientation="h", text=[str(len(sounds.split()))], showlegend=False,
                textposition="inside", insidetextanchor="middle", textangle=0, constraintext="both",
                textfont={"size": 16, "color": "white"},
                marker={"color": colour, "line": {"color": "white", "width": 1.5}},
                hovertemplate=f"pass {number}: {sounds}<br>{guessed} of its sounds were guessed<br>{time:.2f} ms"
                "<extra></extra>",
            )  # fmt: skip
    figure.update_xaxes(title="ms of target passes; in each pass the number of its sounds", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, 170, barmode="stack", bargap=0.3, margin={"l": 8, "r": 16, "t": 8, "b": 44})
