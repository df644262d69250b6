"""A small draft tree with its sounds in full, numbered in the order in which its nodes join."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.labels import lettered
from specviz.figures.player.layout import leaf_layout
from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, faded, finish
from specviz.records import DraftTree

NEW = STRATEGY[4]
GAP = "\u2003"  # keeps the name of a leaf clear of the ring


def order_figure(tree: DraftTree, order: Sequence[int], names: Sequence[str], reach: Sequence[float]) -> go.Figure:
    """The tree from left to right; the node that joined last is ringed.

    order: nodes as they join.  names: text of each node.  reach: float[n+1], chance that the target walks there.
    """
    places = np.column_stack([tree.depth, -leaf_layout(tree.children)]).astype(float)
    joined = {node: place for place, node in enumerate(order, start=1)}
    figure = go.Figure()
    x: list[float | None] = []
    y: list[float | None] = []
    for node in range(1, tree.size + 1):
        (x0, y0), (x1, y1) = places[tree.parent[node]], places[node]
        x += [x0, x0 + 0.4, x1, None]
        y += [y0, y1, y1, None]
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": GREY, "width": 1}, hoverinfo="skip", showlegend=False)
    nodes = range(1, tree.size + 1)
    figure.add_scatter(
        x=places[1:, 0], y=places[1:, 1], mode="markers+text", showlegend=False,
        textposition=["top center" if tree.children[node] else "middle right" for node in nodes],
        text=[f"{GAP * (not tree.children[node])}{lettered(names[node])} <b>{joined[node]}</b>" for node in nodes],
        textfont={"size": 12},
        marker={"size": 8 + 22 * np.sqrt(tree.path_prob[1:]), "color": faded(DRAFT, 0.9)},
        customdata=[(joined[node], float(tree.path_prob[node]), float(reach[node])) for node in nodes],
        hovertemplate="joins as number %{customdata[0]}<br>path probability, draft %{customdata[1]:.4f}"
        "<br>chance that the target walks here %{customdata[2]:.4f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(x=[0], y=[places[0, 1]], mode="markers", showlegend=False, hoverinfo="skip",
                       marker={"size": 16, "symbol": "square", "color": TARGET})  # fmt: skip
    if len(order):
        last = order[-1]
        figure.add_scatter(
            x=[places[last, 0]], y=[places[last, 1]], mode="markers", showlegend=False, hoverinfo="skip",
            marker={"size": 16 + 22 * float(np.sqrt(tree.path_prob[last])), "color": "rgba(0,0,0,0)",
                    "line": {"color": NEW, "width": 3}},
        )  # fmt: skip
    deepest, rows = int(tree.depth.max()), -float(places[:, 1].min())
    figure.update_xaxes(tickvals=list(range(1, deepest + 1)), title="place: how deep in the tree", showgrid=False,
                        zeroline=False, range=[-0.2, 1.07 * deepest + 0.4])  # fmt: skip
    figure.update_yaxes(visible=False, range=[-rows - 0.6, 0.9])
    return finish(figure, 420, margin={"l": 8, "r": 8, "t": 0, "b": 40})
