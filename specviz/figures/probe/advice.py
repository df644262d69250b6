"""What a pass costs here, and the speed-up that costs and trees predict for each strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, faded, finish
from specviz.records.advice import Forecast
from specviz.records.costs import Costs
from specviz.theory import Estimate

MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star-triangle-up")
TICKS = [1, 2, 4, 8, 16, 32, 64]


def gain_figure(
    curves: Mapping[str, Sequence[tuple[Forecast, float]]],
    best: tuple[Forecast, float],
    measured: Estimate | None,
) -> go.Figure:
    """Predicted speed-up against P, the best depth at each; a star at the optimum, a bar where it was measured.

    curves: by strategy, forecasts with their predicted speed-up.  best: the largest of all.
    """
    figure = go.Figure()
    for place, (name, points) in enumerate(curves.items()):
        figure.add_scatter(
            x=[one.capacity for one, _ in points], y=[gain for _, gain in points], name=name, mode="lines+markers",
            line={"color": (*STRATEGY, GREY)[place % 7], "width": 2, "dash": "dash"},
            marker={"symbol": MARKS[place % len(MARKS)], "size": 8},
            customdata=[[one.depth, one.drafts, one.tokens, 1000 * one.seconds] for one, _ in points],
            hovertemplate=f"{name}<br>P = %{{x}}, depth %{{customdata[0]}}, k = %{{customdata[1]}}: %{{y:.2f}} times"
            "<br>%{customdata[2]:.2f} tokens per pass, %{customdata[3]:.1f} ms per pass<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=[best[0].capacity], y=[best[1]], name="predicted best", mode="markers",
        marker={"symbol": "star", "size": 18, "color": "#E69F00", "line": {"color": "#1b1f24", "width": 1}},
        hovertemplate="predicted best: %{y:.2f} times<extra></extra>",
    )  # fmt: skip
    if measured is not None:
        figure.add_scatter(
            x=[best[0].capacity], y=[measured.value], name="measured, 95 % interval", mode="markers",
            marker={"symbol": "line-ew-open", "size": 18, "color": "#D55E00", "line": {"width": 3}},
            error_y={"type": "data", "symmetric": False, "array": [measured.high - measured.value],
                     "arrayminus": [measured.value - measured.low], "color": "#D55E00", "thickness": 3, "width": 8},
            hovertemplate="measured: %{y:.2f} times<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=1, line={"color": GREY, "width": 1.5}, annotation_text="plain decoding",
                     annotation_position="bottom right")  # fmt: skip
    figure.add_annotation(x=0, xref="paper", y=1.0, yref="paper", xanchor="left", yanchor="bottom",
                          text="dashed: model, not measurement", showarrow=False)  # fmt: skip
    figure.update_xaxes(type="log", title="capacity P: draft nodes per target pass", tickvals=TICKS,
                        ticktext=[str(tick) for tick in TICKS])  # fmt: skip
    figure.update_yaxes(title="speed-up over plain decoding")
    below = 56 + 19 * (len(curves) + 2)  # one line of the legend for each curve: the names are long
    return finish(
        figure, 300 + below, hovermode="closest", margin={"l": 56, "r": 16, "t": 28, "b": below},
        legend={"orientation": "v", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip


def cost_figure(costs: Costs) -> go.Figure:
    """Milliseconds of a pass of each model against the nodes it reads; the bands hold 80 % of the passes."""
    figure = go.Figure()
    for name, colour, mark in (("target", TARGET, "circle"), ("draft", DRAFT, "square")):
        middle, low, high = (
            [1000 * seconds for seconds in getattr(costs, column)] for column in (name, f"{name}_low", f"{name}_high")
        )
        x = [size + 1 for size in costs.sizes]
        figure.add_scatter(
            x=[*x, *x[::-1]], y=[*high, *low[::-1]], fill="toself", mode="lines", fillcolor=faded(colour, 0.18),
            line={"width": 0}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=middle, name="a target pass" if name == "target" else "a draft pass", mode="lines+markers",
            line={"color": colour, "width": 3}, marker={"symbol": mark, "size": 8},
            hovertemplate=f"{name}, %{{x}} positions: %{{y:.2f}} ms<extra></extra>",
        )  # fmt: skip
    ticks = [2**i for i in range(max(costs.sizes).bit_length())]
    figure.update_xaxes(type="log", title="positions of the pass, the root counted", tickvals=ticks,
                        ticktext=[str(tick) for tick in ticks])  # fmt: skip
    # A long pause of the machine would press the lines flat: what of a band lies above is left out.
    figure.update_yaxes(title="milliseconds", range=[0, 1250 * max(*costs.target, *costs.draft)])
    return finish(
        figure, 360, margin={"l": 56, "r": 16, "t": 28, "b": 88},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
