"""How much of the free memory a pair takes: what it is made of, and its share of what is free."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, THEORY, faded, finish

# Part -> colour and pattern: weights are full, caches hatched, so that the bar can be read without colours.
LOOKS = {
    "target weights": (TARGET, ""),
    "draft weights": (DRAFT, ""),
    "target cache": (faded(TARGET, 0.55), "/"),
    "draft cache": (faded(DRAFT, 0.55), "/"),
    "logits": (STRATEGY[1], "."),
    "working space": (GREY, "x"),
    "libraries": (faded(GREY, 0.35), ""),
}


def memory_figure(parts: Sequence[tuple[str, int, str]], free: int | None) -> go.Figure:
    """Two stacked bars in percent: of the pair itself, and of the free memory (where it is known).

    parts: name, bytes and the sum behind it, in order.  free: bytes.
    """
    total = max(1, sum(size for _, size, _ in parts))
    rows = {"of the pair": total} | ({"of what is free": free} if free else {})
    figure = go.Figure()
    for part, size, formula in parts:
        colour, pattern = LOOKS.get(part, (GREY, ""))
        figure.add_bar(
            x=[100 * size / whole for whole in rows.values()], y=list(rows), orientation="h", name=part, width=0.7,
            marker={"color": colour, "pattern": {"shape": pattern, "solidity": 0.3}},
            hovertemplate=f"{part}: %{{x:.3g}} % %{{y}}<br>{formula}<extra></extra>",
        )  # fmt: skip
    most = max(100.0, 100 * total / free) if free else 100.0
    figure.add_vline(x=100, line={"width": 1.5, "dash": "dash", "color": THEORY})
    figure.update_layout(barmode="stack")
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title="percent", range=[0, 1.02 * most])
    return finish(
        figure, 210, margin={"l": 100, "r": 16, "t": 8, "b": 92},
        legend={"orientation": "h", "y": -0.5, "yanchor": "top", "x": 0, "traceorder": "normal"},
    )  # fmt: skip
