"""Paired differences of methods, with intervals about zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from specviz.figures.theme import THEORY, finish
from specviz.theory import Estimate

SYMBOLS = {"better": "circle", "worse": "x", "cannot tell": "circle-open"}


@dataclass(frozen=True)
class PairedPoint:
    """One line of the picture: the lane's name, its colour, the difference and the word for it."""

    name: str
    colour: str
    estimate: Estimate
    verdict: str


def paired_figure(points: Sequence[PairedPoint], axis: str, reference: str, more_is_better: bool) -> go.Figure:
    """Differences to the reference as points with 95 % intervals; each line ends with its verdict."""
    figure = go.Figure()
    for point in points:
        e = point.estimate
        figure.add_scatter(
            x=[e.value], y=[point.name], mode="markers", showlegend=False,
            marker={"color": point.colour, "size": 13, "symbol": SYMBOLS[point.verdict]},
            error_x={"type": "data", "symmetric": False, "array": [e.high - e.value], "arrayminus": [e.value - e.low],
                     "thickness": 2.5, "width": 7, "color": point.colour},
            hovertemplate=f"{point.name}: %{{x:+.3g}} [{e.low:+.3g}, {e.high:+.3g}]<extra></extra>",
        )  # fmt: skip
        figure.add_annotation(
            x=1, xref="paper", y=point.name, xanchor="left",
            text=f"<b>{point.verdict}</b>  {e.value:+.2f} [{e.low:+.2f}, {e.high:+.2f}]",
            showarrow=False, xshift=10, align="left",
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": THEORY, "dash": "dash", "width": 1.5})
    ends = [0.0, *(v for p in points for v in (p.estimate.low, p.estimate.high))]
    reach = max(max(ends) - min(ends), 1e-9)
    good, bad = ("better \u2192", "\u2190 worse") if more_is_better else ("\u2190 better", "worse \u2192")
    left, right = (bad, good) if more_is_better else (good, bad)
    for text, anchor, shift in ((left, "right", -6), (right, "left", 6)):
        figure.add_annotation(x=0, y=1, yref="paper", yanchor="bottom", text=text, xanchor=anchor, xshift=shift,
                              showarrow=False, font={"size": 12})  # fmt: skip
    figure.update_xaxes(title=f"{axis}, minus {reference}", zeroline=False,
                        range=[min(ends) - 0.12 * reach, max(ends) + 0.12 * reach])  # fmt: skip
    figure.update_yaxes(autorange="reversed", automargin=True, ticksuffix="  ")
    return finish(figure, 110 + 42 * max(1, len(points)), margin={"l": 8, "r": 190, "t": 30, "b": 48})
