"""Entropy of both models and their distance, place by place along a text."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from specviz.figures.labels import lettered
from specviz.figures.theme import DRAFT, GREY, TARGET, finish
from specviz.records.reading import TextReading

DISTANCE = "#D55E00"


def along_figure(reading: TextReading, temperature: float) -> go.Figure:
    """Two rows over one axis: entropies in nats, then TV with its mean over 8 places as a thick line.

    A dotted line stands where what was given ends and what was decoded begins.
    """
    along = reading.at(temperature)
    places = np.arange(1, reading.places + 1)
    names = [lettered(reading.texts[int(token)], 14) for token in reading.tokens[1:]]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.5, 0.5])
    lines = (
        ("entropy of the target", along.target_entropy, TARGET, "solid", 1, 2.0),
        ("entropy of the draft", along.draft_entropy, DRAFT, "dot", 1, 2.0),
        ("total variation", along.distance, GREY, "solid", 2, 1.0),
        ("its mean over 8 places", _smooth(along.distance, 8), DISTANCE, "solid", 2, 3.0),
    )
    for name, values, colour, dash, row, width in lines:
        figure.add_scatter(
            x=places, y=values, name=name, mode="lines", line={"color": colour, "dash": dash, "width": width},
            text=names, hovertemplate=f"%{{text}}<br>{name} %{{y:.2f}}<extra></extra>", row=row, col=1,
        )  # fmt: skip
    decoded = next((place for place, name in enumerate(reading.outcomes) if name), 0)
    if decoded > 1:
        figure.add_vline(x=decoded - 0.5, line={"color": GREY, "dash": "dot", "width": 1})
        figure.add_annotation(
            x=decoded, xref="x", y=1, yref="paper", yanchor="top", xanchor="left", text="decoded from here on",
            showarrow=False,
        )  # fmt: skip
    figure.update_yaxes(title="nats", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title="TV(p, q)", range=[0, 1], row=2, col=1)
    figure.update_xaxes(title="place in the text, tokens", row=2, col=1)
    return finish(figure, 400, hovermode="closest")


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Mean over a window around each place, narrower at both ends."""
    size = min(width, len(values))
    kernel = np.ones(size)
    return np.convolve(values, kernel, "same") / np.convolve(np.ones(len(values)), kernel, "same")
