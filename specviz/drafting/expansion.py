"""Growing a tree by a fixed number of children at its most probable nodes."""

from __future__ import annotations

from typing import Any

from specviz.chance import Ask
from specviz.drafting.base import TreeBuilder
from specviz.drafting.draws import Draws, draw_layer
from specviz.drafting.pool import RenumberedRows
from specviz.records import Rows
from specviz.seams import Chance, Round, Session


def grow_expansions(
    session: Session, chance: Chance, builder: TreeBuilder, limits: Round, drafts: int, draw: Draws
) -> Rows:
    """Give `drafts` children at a time to the most probable node that has none, until P nodes are used.

    `depth` draft passes, with the expansions spread evenly over them. What is drawn below a node is independent of
    whether the node was chosen, because the choice is made before. draw: see `specviz.drafting.draws`.
    """
    rows = session.feed([], [])
    reach: list[Any] = [1]
    fed = {0: 0}  # node of the tree -> number in the session
    waiting = [0]
    for passes in range(limits.depth, 0, -1):
        share = -(-max(0, limits.capacity - builder.size) // (drafts * passes))
        chosen = sorted(waiting, key=lambda i: (-reach[i], i))[:share]
        if passes < limits.depth and chosen:
            rows = session.feed([builder.token[i] for i in chosen], [fed[builder.parent[i]] for i in chosen])
            fed |= {node: len(fed) + place for place, node in enumerate(chosen)}
        for node in chosen:
            count = min(drafts, limits.capacity - builder.size)
            if count < 1:
                break
            ask = Ask(fed[node], node, session.length + builder.depth[node], count)
            for child in builder.add_draws(node, draw_layer(chance, rows, draw, [ask])[0]):
                reach.append(reach[node] * builder.prob[child])
        waiting = [
            node
            for node in range(1, builder.size + 1)
            if node not in fed and builder.token[node] not in limits.stop_ids
        ]
    return RenumberedRows(rows, [fed.get(node) for node in range(builder.size + 1)])
