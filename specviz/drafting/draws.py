"""How the children of one node are drawn from its draft row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from specviz.chance import Ask, Drawn, race_at
from specviz.records import Rows, top_tokens
from specviz.seams import Chance

Draws = Callable[[Chance, np.ndarray, int, int, int], list[int]]
"""chance, draft row, count, text position, node -> tokens in the order drawn."""


def draw_token(chance: Chance, row: np.ndarray, position: int, node: int) -> int:
    """One token of a draft row: the first arrival of a shared race, else an independent pick."""
    if chance.shared:
        return chance.race(position, row, 1, node)[0]
    return chance.pick(row, node)


def independent_draws(chance: Chance, row: np.ndarray, count: int, position: int, node: int) -> list[int]:
    """`count` independent picks, repeats possible; of a shared race its first arrivals, which cannot repeat."""
    if chance.shared:
        return chance.race(position, row, count, node)
    return [chance.pick(row, node) for _ in range(count)]


def distinct_draws(chance: Chance, row: np.ndarray, count: int, position: int, node: int) -> list[int]:
    """At most `count` picks without replacement; of a shared race its first arrivals, which have the same law.

    Without a shared race the picks are fresh at every node. Clocks belong to a text position, so siblings' children
    would be drawn from one set of clocks: exact for a walk, which looks below one sibling only, but not for rules that
    judge several branches of a tree.
    """
    if chance.shared:
        return chance.race(position, row, count, node)
    left, tokens = row.copy(), []
    for _ in range(min(count, int((row > 0).sum()))):
        tokens.append(chance.pick(left, node))
        left[tokens[-1]] = 0 * row[0]
    return tokens


def race_draws(chance: Chance, row: np.ndarray, count: int, position: int, node: int) -> list[int]:
    """The first arrivals of the race at this position, whether or not the target shares it."""
    return chance.race(position, row, count, node)


def draw_layer(chance: Chance, rows: Rows, draw: Draws, asks: Sequence[Ask]) -> list[Drawn]:
    """What `draw` draws at several nodes; where it runs races, they are all run at once."""
    if draw is race_draws or (chance.shared and draw in (independent_draws, distinct_draws)):
        return race_at(chance, rows, asks)
    drawn = []
    for ask in asks:
        row = rows[ask.row]
        drawn.append(Drawn.of(draw(chance, row, ask.count, ask.position, ask.node), row))
    return drawn


def top_and_one(chance: Chance, row: np.ndarray, count: int, position: int, node: int) -> list[int]:
    """The `count` - 1 most probable tokens, and last one token drawn from the rest of the row."""
    fixed = top_tokens(row, min(count, int((row > 0).sum())) - 1)
    rest = row.copy()
    rest[fixed] = 0 * row[0]
    return [*fixed, draw_token(chance, rest, position, node)]


def hub_pair(chance: Chance, row: np.ndarray, count: int, position: int, node: int) -> list[int]:
    """x ~ q, paired with the most probable token a; where x is a itself, a and a draw from the rest. count: 1 or 2."""
    first = draw_token(chance, row, position, node)
    hub = int(np.argmax(row))
    if count < 2 or (row > 0).sum() < 2:
        return [first]
    if first != hub:
        return [first, hub]
    rest = row.copy()
    rest[hub] = 0 * row[0]
    return [hub, draw_token(chance, rest, position, node)]
