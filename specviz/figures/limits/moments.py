"""How uncertain a text is: its entropies by kind, and slopes against what theory says they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.theme import GREY, STRATEGY, TARGET, faded, finish
from specviz.theory import Estimate


def entropy_figure(groups: Mapping[str, np.ndarray]) -> go.Figure:
    """One violin of the target's entropy per position for each kind of text; a diamond at the mean, mu.

    groups: float64[n], nats, by kind.
    """
    figure = go.Figure()
    for (kind, values), colour in zip(groups.items(), STRATEGY * 3, strict=False):
        label = f"{kind} ({len(values)})"
        figure.add_violin(
            x=values, y=[label] * len(values), orientation="h", side="positive", width=1.6, points=False,
            line={"color": colour, "width": 1.5}, fillcolor=faded(colour, 0.25), spanmode="hard", hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=[values.mean()], y=[label], mode="markers+text", text=[f"mu = {values.mean():.2f}"],
            textposition="bottom center", marker={"symbol": "diamond", "size": 12, "color": colour}, showlegend=False,
            hovertemplate=f"{kind}: mean entropy %{{x:.3f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="entropy of the target's next token, nats", rangemode="tozero")
    return finish(figure, 130 + 90 * len(groups), margin={"l": 90, "r": 16, "t": 16, "b": 48})


def slope_figure(slopes: Sequence[tuple[str, Estimate]], mu: float, mu2: float) -> go.Figure:
    """Measured slope in log P of each strategy with its interval, between 1 / mu and (mu + mu2) / mu^2."""
    figure = go.Figure()
    names = [name for name, _ in slopes]
    values = [e.value for _, e in slopes]
    figure.add_scatter(
        x=values, y=names, mode="markers", marker={"size": 12, "color": TARGET},
        error_x={"type": "data", "array": [e.high - e.value for _, e in slopes],
                 "arrayminus": [e.value - e.low for _, e in slopes], "color": TARGET}, showlegend=False,
        hovertemplate="%{y}: %{x:.2f} tokens for each e-fold of P<extra></extra>",
    )  # fmt: skip
    for x, text, dash in ((1 / mu, "1 / mu, the best tree's", "dash"), ((mu + mu2) / mu**2, "the paper's", "dot")):
        figure.add_scatter(
            x=[x, x], y=[names[0], names[-1]], mode="lines", line={"color": GREY, "width": 2, "dash": dash},
            name=f"{text}: {x:.2f}", hoverinfo="name",
        )  # fmt: skip
    least, most = min(e.low for _, e in slopes), max((mu + mu2) / mu**2, *(e.high for _, e in slopes))
    figure.update_xaxes(title="slope: tokens for each e-fold of P", range=[min(least, 0) - 0.04 * most, 1.04 * most])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, 150 + 44 * len(names), margin={"l": 16, "r": 24, "t": 56, "b": 48})
