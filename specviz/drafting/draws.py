"""How the children of one node are drawn from its draft row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

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


def top_tokens(row: np.ndarray, count: int) -> list[int]:
    """The `count` most probable tokens of positive probability; ties go to the smaller id."""
    best = np.flatnonzero(row > 0)
    if 0 < count < len(best) and row.dtype != object:
        worst = np.partition(row[best], len(best) - count)[len(best) - count]
        best = best[row[best] >= worst]  # with all that tie for the last place
    return best[np.argsort(-row[best], kind="stable")][: max(0, count)].tolist()


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
