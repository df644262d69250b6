"""One race in a small place."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from specviz.figures.races.one import race_figure
from specviz.records import Race


def small_race_figure(race: Race, texts: Sequence[str]) -> go.Figure:
    """`race_figure` for a handful of candidates, with larger names."""
    figure = race_figure(race, texts)
    figure.update_yaxes(tickfont={"size": 16})
    figure.update_layout(height=300)
    return figure
