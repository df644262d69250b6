"""Kinds of prompt side by side: every number as a dot with its interval, the kind that gains most on top."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from specviz.figures.labels import lettered
from specviz.figures.theme import GREY, STRATEGY, finish
from specviz.theory import Estimate

WIDE = 2  # panels side by side: four are too narrow on a small screen
MARKS = ("circle", "diamond", "square", "triangle-up")


def kinds_figure(
    kinds: Sequence[tuple[str, int]], columns: Sequence[tuple[str, str, Sequence[Estimate]]], reference: float = 1.0
) -> go.Figure:
    """One panel for each number, one line for each kind; the first panel has a line at `reference`.

    kinds: (name, prompts).  columns: (title, unit, an estimate for each kind).  An interval that has no width, as that
    of a single prompt, is not drawn.
    """
    figure = make_subplots(
        rows=-(-len(columns) // WIDE), cols=WIDE, shared_yaxes=True, subplot_titles=[title for title, _, _ in columns],
        horizontal_spacing=0.05, vertical_spacing=0.42,
    )  # fmt: skip
    labels = [f"{lettered(name)} ({count})" for name, count in kinds]
    for place, (title, unit, estimates) in enumerate(columns):
        row, column = place // WIDE + 1, place % WIDE + 1
        figure.add_scatter(
            x=[e.value for e in estimates], y=labels, mode="markers", showlegend=False,
            marker={"size": 11, "color": STRATEGY[place % len(STRATEGY)], "symbol": MARKS[place % len(MARKS)]},
            error_x={"type": "data", "symmetric": False, "array": [e.high - e.value for e in estimates],
                     "arrayminus": [e.value - e.low for e in estimates], "thickness": 2,
                     "color": STRATEGY[place % len(STRATEGY)]},
            hovertemplate=f"%{{y}}<br>{title} %{{x:.2f}} {unit}<extra></extra>", row=row, col=column,
        )  # fmt: skip
        figure.update_xaxes(title=unit, row=row, col=column)
    figure.add_vline(x=reference, line={"color": GREY, "dash": "dash", "width": 1.5}, row=1, col=1)
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    return finish(figure, 280 + 60 * len(labels), margin={"l": 16, "r": 16, "t": 40, "b": 48})
