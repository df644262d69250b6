"""What the passes of one run kept: by length, by depth, against the predicted chance; and where their time went."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, faded, finish

KEPT = STRATEGY[0]
PART_COLOURS = {"draft": DRAFT, "target": TARGET, "verify": STRATEGY[1]}
HEIGHT = 340


def length_figure(table: pd.DataFrame, mean: float) -> go.Figure:
    """Bars: passes by accepted tokens; a line at their mean."""
    figure = go.Figure()
    figure.add_bar(
        x=table["accepted"], y=table["passes"], marker_color=KEPT, text=table["passes"], textposition="outside",
        cliponaxis=False, customdata=table["share"],
        hovertemplate="%{x} accepted tokens: %{y} passes, %{customdata:.0%}<extra></extra>",
    )  # fmt: skip
    figure.add_vline(x=mean, line={"dash": "dash", "color": GREY, "width": 2})
    figure.add_annotation(
        x=mean, y=1, yref="paper", yanchor="bottom", text=f"mean {mean:.2f}", showarrow=False, font={"color": GREY}
    )
    figure.update_xaxes(title="accepted tokens of a pass, closing token not counted", dtick=1)
    figure.update_yaxes(title="passes", rangemode="tozero")
    return finish(figure, HEIGHT, showlegend=False)


def depth_figure(table: pd.DataFrame) -> go.Figure:
    """Conditional rate with its 95 % band, and the marginal share, over the depth."""
    figure = go.Figure()
    figure.add_scatter(
        x=[*table["depth"], *table["depth"][::-1]], y=[*table["high"], *table["low"][::-1]], mode="lines",
        fill="toself", fillcolor=faded(KEPT, 0.18), line={"width": 0}, hoverinfo="skip", name="95 % band",
        showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=table["depth"], y=table["rate"], mode="lines+markers", name="given the guess before was kept",
        line={"color": KEPT, "width": 3}, marker={"size": 9}, customdata=table[["kept", "tried", "low", "high"]],
        hovertemplate="depth %{x}: %{customdata[0]} of %{customdata[1]} kept, %{y:.2f} "
                      "[%{customdata[2]:.2f}, %{customdata[3]:.2f}]<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=table["depth"], y=table["share"], mode="lines+markers", name="of all passes",
        line={"color": GREY, "width": 2, "dash": "dot"}, marker={"symbol": "square", "size": 7},
        customdata=table["kept"], hovertemplate="depth %{x}: %{customdata} passes got here, %{y:.2f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title="depth of the guess", dtick=1)
    figure.update_yaxes(title="share kept", range=[-0.02, 1.02])
    return finish(figure, HEIGHT)


def chance_figure(table: pd.DataFrame) -> go.Figure:
    """Share accepted against the predicted chance; on the diagonal the prediction is right."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="as predicted", hoverinfo="skip", line={"color": GREY, "dash": "dash"}
    )
    figure.add_scatter(
        x=table["predicted"], y=table["observed"], mode="markers", name="this run, 95 % interval",
        marker={"color": KEPT, "size": 9},
        error_y={"array": table["high"] - table["observed"], "arrayminus": table["observed"] - table["low"]},
        customdata=table[["guesses", "low", "high"]],
        hovertemplate="predicted %{x:.2f}, observed %{y:.2f} [%{customdata[1]:.2f}, %{customdata[2]:.2f}] "
                      "over %{customdata[0]} guesses<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title="chance at the moment of the test", range=[-0.03, 1.03])
    figure.update_yaxes(title="share accepted", range=[-0.03, 1.03])
    return finish(figure, HEIGHT)


def time_figure(table: pd.DataFrame) -> go.Figure:
    """Milliseconds of each pass, stacked by part."""
    figure = go.Figure()
    for part, colour in PART_COLOURS.items():
        figure.add_bar(
            x=table["iteration"] + 1, y=table[f"{part}_ms"], name=part, marker_color=colour,
            hovertemplate=f"pass %{{x}}, {part}: %{{y:.1f}} ms<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="target pass")
    figure.update_yaxes(title="milliseconds", rangemode="tozero")
    return finish(figure, HEIGHT, barmode="stack", bargap=0.2)
