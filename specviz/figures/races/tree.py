"""tau* and Tunstall's parsing tree side by side, and what more nodes bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from specviz.figures.player.layout import leaf_layout
from specviz.figures.theme import DRAFT, GREY, STRATEGY, TARGET, THEORY, finish
from specviz.race import ParseTree, RankTree

NEW = STRATEGY[4]
LABELLED = 24  # nodes up to which each carries its rank


def rank_tree_figure(tree: RankTree) -> go.Figure:
    """The draft nodes by rank, sized by reach; the last one is ringed with its reach beside it."""
    size = len(tree.parent)
    places = _places(tree.parent, tree.rank)
    names = [_name(tree.parent, tree.rank, node) for node in range(size)]
    figure = go.Figure()
    _edges(figure, places, tree.parent)
    figure.add_scatter(
        x=places[:, 0], y=places[:, 1], mode="markers+text" if size <= LABELLED + 1 else "markers",
        text=["" if node == 0 else str(int(tree.rank[node])) for node in range(size)], textfont={"color": "white"},
        marker={"size": 13 + 15 * np.sqrt(tree.reach), "color": [TARGET, *[DRAFT] * (size - 1)],
                "symbol": ["square", *["circle"] * (size - 1)], "opacity": 1},
        customdata=list(zip(names, tree.reach.tolist(), strict=True)), showlegend=False,
        hovertemplate="ranks %{customdata[0]}<br>reach %{customdata[1]:.4f}<extra></extra>",
    )  # fmt: skip
    if size > 1:
        x, y = places[-1]
        figure.add_scatter(
            x=[x], y=[y], mode="markers", hoverinfo="skip", showlegend=False,
            marker={"size": 22 + 15 * float(np.sqrt(tree.reach[-1])), "color": "rgba(0,0,0,0)",
                    "line": {"color": NEW, "width": 3}},
        )  # fmt: skip
        figure.add_annotation(x=x, y=y, text=f"new: reach {tree.reach[-1]:.4f}", showarrow=False, xanchor="left",
                              xshift=18, font={"color": NEW, "size": 13})  # fmt: skip
    return _bare(figure, places)


def parse_tree_figure(tree: ParseTree) -> go.Figure:
    """Split nodes as filled squares, words as small hollow circles; the last split is ringed."""
    places = _places(tree.parent, tree.letter)
    figure = go.Figure()
    _edges(figure, places, tree.parent)
    names = [_name(tree.parent, tree.letter, node) for node in range(len(tree.parent))]
    parts = (("split", list(tree.split), "square", 12), ("word (leaf)", tree.leaves, "circle-open", 7))
    for name, nodes, symbol, size in parts:
        figure.add_scatter(
            x=places[nodes, 0], y=places[nodes, 1], mode="markers", name=name,
            marker={"size": size, "symbol": symbol, "color": TARGET if name == "split" else GREY,
                    "line": {"width": 1.5}},
            customdata=[(names[node], float(tree.chance[node])) for node in nodes],
            hovertemplate="ranks %{customdata[0]}<br>chance %{customdata[1]:.4f}<extra></extra>",
        )  # fmt: skip
    if len(tree.split) > 1:
        x, y = places[tree.split[-1]]
        figure.add_scatter(x=[x], y=[y], mode="markers", hoverinfo="skip", name="split last",
                           marker={"size": 22, "color": "rgba(0,0,0,0)",
                                   "line": {"color": NEW, "width": 3}})  # fmt: skip
    return _bare(figure, places)


def budget_figure(
    nodes: Sequence[int], tokens: Sequence[float], ceilings: Mapping[str, Sequence[float]], marked: int
) -> go.Figure:
    """Expected tokens of tau* against its number of nodes, with bounds and the formula for many nodes."""
    figure = go.Figure()
    figure.add_scatter(x=list(nodes), y=list(tokens), mode="lines+markers", name="tau*, by product of a_r",
                       line={"color": STRATEGY[0], "width": 3}, marker={"size": 6})  # fmt: skip
    for (name, values), dash in zip(ceilings.items(), ("dash", "dashdot", "dot"), strict=False):
        figure.add_scatter(x=list(nodes), y=list(values), mode="lines", name=name,
                           line={"color": THEORY, "width": 2, "dash": dash})  # fmt: skip
    figure.add_vline(x=marked, line={"color": NEW, "width": 1, "dash": "dot"})
    figure.update_xaxes(type="log", title="k: draft nodes", tickvals=[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
                        ticktext=["1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024"])  # fmt: skip
    figure.update_yaxes(title="expected tokens per pass", rangemode="tozero")
    return finish(figure, 380, margin={"l": 56, "r": 16, "t": 64, "b": 48})


def _places(parent: np.ndarray, order: np.ndarray) -> np.ndarray:
    """float64[n, 2]: depth, and the row from the top."""
    children: list[list[int]] = [[] for _ in parent]
    depth = np.zeros(len(parent))
    for node in range(1, len(parent)):
        children[parent[node]].append(node)
        depth[node] = depth[parent[node]] + 1
    for below in children:
        below.sort(key=lambda node: int(order[node]))
    return np.column_stack([depth, -leaf_layout(children)])


def _edges(figure: go.Figure, places: np.ndarray, parent: np.ndarray) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for node in range(1, len(parent)):
        (x0, y0), (x1, y1) = places[parent[node]], places[node]
        x += [x0, x0 + 0.45, x1, None]
        y += [y0, y1, y1, None]
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": GREY, "width": 1}, hoverinfo="skip", showlegend=False)


def _name(parent: np.ndarray, order: np.ndarray, node: int) -> str:
    ranks = []
    while node > 0:
        ranks.append(str(int(order[node])))
        node = int(parent[node])
    return ".".join(reversed(ranks)) or "root"


def _bare(figure: go.Figure, places: np.ndarray) -> go.Figure:
    deepest = float(places[:, 0].max())
    figure.update_xaxes(title="depth", dtick=1, range=[-0.3, max(1.0, deepest) * 1.05 + 0.9], zeroline=False,
                        showgrid=False)  # fmt: skip
    rows = float(-places[:, 1].min())
    figure.update_yaxes(visible=False, range=[-rows - 0.8, 0.8])
    return finish(figure, 430, margin={"l": 8, "r": 8, "t": 40, "b": 48})
