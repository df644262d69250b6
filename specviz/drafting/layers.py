"""Growing a tree layer by layer, one pass of the draft model each."""

from __future__ import annotations

from collections.abc import Callable

from specviz.chance import Ask
from specviz.drafting.base import TreeBuilder
from specviz.drafting.draws import Draws, draw_layer
from specviz.race import RankTree
from specviz.records import Rows
from specviz.seams import Chance, Round, Session

Layer = Callable[[int, Rows], bool]


def grow_layers(session: Session, builder: TreeBuilder, layers: int, add: Layer) -> Rows:
    """Let `add(depth, rows)` put children below the nodes of that depth; feed them if it says that more will come."""
    rows = session.feed([], [])
    for depth in range(layers):
        known = builder.size
        more = add(depth, rows)
        fresh = range(known + 1, builder.size + 1)
        if not more or not fresh or depth == layers - 1:
            break
        rows = session.feed([builder.token[i] for i in fresh], [builder.parent[i] for i in fresh])
    return rows


def grow_shape(
    session: Session, chance: Chance, builder: TreeBuilder, shape: RankTree, limits: Round, draw: Draws
) -> Rows:
    """A tree of a given shape: the child of rank r carries the r-th of the tokens drawn at its parent.

    Where a node gets fewer tokens than the shape has children, its later ones are left out; nothing follows a stop
    token.
    """
    children: dict[int, list[int]] = {}
    for place, parent in enumerate(shape.parent[1:].tolist(), start=1):
        children.setdefault(parent, []).append(place)
    level = {0: 0}  # node of the shape -> node of the tree

    def add(depth: int, rows: Rows) -> bool:
        nonlocal level
        grown: dict[int, int] = {}
        asks: list[Ask] = []
        below: list[list[int]] = []
        for place, node in level.items():
            places = sorted(children.get(place, []), key=lambda i: int(shape.rank[i]))
            if places and builder.token[node] not in limits.stop_ids:
                asks.append(Ask(node, node, session.length + depth, int(shape.rank[places[-1]])))
                below.append(places)
        for ask, places, drawn in zip(asks, below, draw_layer(chance, rows, draw, asks), strict=True):
            grown |= dict(zip(places, builder.add_draws(ask.node, drawn), strict=False))
        level = grown
        return any(place in children for place in level)

    return grow_layers(session, builder, limits.depth, add)


def grow_widths(
    session: Session, chance: Chance, builder: TreeBuilder, widths: tuple[int, ...], limits: Round, draw: Draws
) -> Rows:
    """A tree whose nodes at depth d have `widths[d]` draws; equal draws share a node, nothing follows a stop token."""
    level = [0]

    def add(depth: int, rows: Rows) -> bool:
        nonlocal level
        grown: list[int] = []
        asks = [Ask(node, node, session.length + depth, widths[depth]) for node in level]
        for ask, drawn in zip(asks, draw_layer(chance, rows, draw, asks), strict=True):
            grown += builder.add_draws(ask.node, drawn)
        level = [node for node in dict.fromkeys(grown) if builder.token[node] not in limits.stop_ids]
        return bool(level)

    return grow_layers(session, builder, len(widths), add)
