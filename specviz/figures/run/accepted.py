"""How many guesses each pass kept: the histogram of accepted tokens, of one run or of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from specviz.figures.labels import lettered
from specviz.figures.theme import GREY, STRATEGY, finish

COLOURS, HATCH, DASH = (STRATEGY[0], STRATEGY[1]), ("", "/"), ("dash", "dot")


def accepted_figure(runs: Mapping[str, Sequence[int]], height: int = 280) -> go.Figure:
    """Bars: share of passes that accepted 0, 1, 2, .. guesses; a dashed (second run: dotted) line at each mean."""
    figure = go.Figure()
    for place, (name, histogram) in enumerate(runs.items()):
        passes, label = sum(histogram), lettered(name)
        mean = sum(length * count for length, count in enumerate(histogram)) / passes if passes else 0.0
        figure.add_bar(
            x=list(range(len(histogram))), y=[count / passes if passes else 0.0 for count in histogram],
            name=f"{label}: mean {mean:.2f} of {passes} drafted passes", customdata=list(histogram),
            marker={"color": COLOURS[place], "pattern": {"shape": HATCH[place]}},
            hovertemplate="%{x} accepted: %{customdata} passes, %{y:.0%}<extra></extra>",
        )  # fmt: skip
        if passes:
            figure.add_vline(x=mean, line={"color": GREY, "dash": DASH[place], "width": 3})
    return finish(
        figure, height, barmode="group", showlegend=True, xaxis={"title": "accepted tokens of a pass", "dtick": 1},
        yaxis={"title": "share of passes", "tickformat": ".0%", "rangemode": "tozero"},
    )  # fmt: skip


def accepted_rows(runs: Mapping[str, Sequence[int]]) -> list[dict[str, int]]:
    """The same numbers, passes of each length: one row for each length."""
    longest = max((len(histogram) for histogram in runs.values()), default=0)
    padded = {name: [*histogram, *[0] * (longest - len(histogram))] for name, histogram in runs.items()}
    return [
        {"accepted tokens": length} | {name: counts[length] for name, counts in padded.items()}
        for length in range(longest)
    ]
