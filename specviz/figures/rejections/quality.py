"""What acceptance buys and costs: the front of loss against rejections, texts along it, and speed against depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.theme import GREY, STRATEGY, TARGET, THEORY, finish
from specviz.theory import Estimate


def front_figure(rejection: Sequence[float], best: Sequence[float], naive: Sequence[float], chosen: int) -> go.Figure:
    """Loss against rejections as epsilon grows, with the best residual and with p itself; one place is ringed."""
    total = rejection[0] + best[0]
    figure = go.Figure()
    figure.add_scatter(
        x=[total, 0], y=[0, total], mode="lines", name="reject + loss = TV: nothing is below",
        line={"color": THEORY, "dash": "dash", "width": 2}, hoverinfo="skip",
    )  # fmt: skip
    curves = (("best residual", best, STRATEGY[0], "circle"), ("naive residual p", naive, STRATEGY[4], "x"))
    for place, (name, losses, colour, symbol) in enumerate(curves):
        figure.add_scatter(
            x=list(rejection), y=list(losses), mode="lines+markers" if place else "markers", name=name,
            line={"color": colour, "width": 2}, marker={"color": colour, "size": 8, "symbol": symbol},
            hovertemplate=f"{name}: %{{x:.3f}} rejected, %{{y:.3f}} from the target's law<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=[rejection[chosen]], y=[losses[chosen]], mode="markers", showlegend=False, hoverinfo="skip",
            marker={"color": "rgba(0,0,0,0)", "size": 20, "line": {"color": colour, "width": 3}},
        )  # fmt: skip
    figure.update_xaxes(title="share of guesses rejected", rangemode="tozero")
    figure.update_yaxes(title="loss: TV from the target's law", rangemode="tozero")
    return finish(figure, 380)


def price_figure(points: dict[str, tuple[Estimate, Estimate]]) -> go.Figure:
    """Tokens per pass (first) against mean surprisal (second) of decoded texts, one labelled point for each epsilon."""
    across, up = ([pair[side] for pair in points.values()] for side in (0, 1))
    figure = go.Figure()
    figure.add_scatter(
        x=[e.value for e in across], y=[e.value for e in up], text=list(points), mode="lines+markers",
        line={"color": GREY, "width": 1}, showlegend=False, cliponaxis=False,
        marker={"color": TARGET, "size": 10, "symbol": "diamond"}, error_x=_bars(across), error_y=_bars(up),
        hovertemplate="%{text}: %{x:.2f} tokens per pass, %{y:.2f} nats per token<extra></extra>",
    )  # fmt: skip
    for place, (name, x, y) in enumerate(zip(points, across, up, strict=True)):
        figure.add_annotation(x=x.value, y=y.value, text=name, showarrow=False, yshift=26 if place % 2 else -26)
    if up:
        figure.add_hline(y=up[0].value, line={"color": THEORY, "dash": "dash", "width": 1.5},
                         annotation_text="exact", annotation_position="bottom right")  # fmt: skip
    figure.update_xaxes(title="tokens per target pass")
    figure.update_yaxes(title="mean surprisal under the target, nats", rangemode="tozero")
    return finish(figure, 380, margin={"l": 56, "r": 64, "t": 40, "b": 48})


def speed_figure(
    depths: Sequence[int], modelled: Sequence[float], best: int, measured: tuple[int, Estimate] | None
) -> go.Figure:
    """Modelled speed-up over the depth of the chain, its best depth, and the measured run at its own depth."""
    figure = go.Figure()
    figure.add_scatter(
        x=list(depths), y=list(modelled), mode="lines+markers", name="model", marker={"size": 6},
        line={"color": THEORY, "dash": "dash", "width": 2},
        hovertemplate="depth %{x}: %{y:.2f} times plain decoding<extra>model</extra>",
    )  # fmt: skip
    place = list(depths).index(best)
    figure.add_scatter(
        x=[best], y=[modelled[place]], mode="markers", name=f"best depth of the model: {best}",
        marker={"color": STRATEGY[1], "size": 15, "symbol": "star", "line": {"color": THEORY, "width": 1}},
        hovertemplate="best: depth %{x}, %{y:.2f} times<extra></extra>",
    )  # fmt: skip
    if measured is not None:
        depth, estimate = measured
        figure.add_scatter(
            x=[depth], y=[estimate.value], mode="markers", name="measured runs, 95 % interval",
            error_y=_bars([estimate]), marker={"color": STRATEGY[0], "size": 12, "symbol": "diamond"},
            hovertemplate="measured at depth %{x}: %{y:.2f}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=1, line={"color": GREY, "width": 1})
    figure.update_xaxes(title="depth: guesses per target pass")
    figure.update_yaxes(title="speed-up over plain decoding", rangemode="tozero")
    return finish(figure, 380)


def _bars(estimates: Sequence[Estimate]) -> dict[str, object]:
    above, below = (np.array(x) for x in zip(*((e.high - e.value, e.value - e.low) for e in estimates), strict=True))
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1.5}
