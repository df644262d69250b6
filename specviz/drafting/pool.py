"""Nodes that were looked at, of which the best are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from specviz.drafting.base import TreeBuilder
from specviz.records import Arrivals, Clocks, DraftTree, Rows, Sampling, SparseRows, Top
from specviz.seams import Round, Session


class Children(NamedTuple):
    """The best children of a node, the best first.

    ids: int64[m].  probs: array[m], their draft probabilities.  shares: array[m], how much of the node each is worth;
    together at most 1.
    """

    ids: np.ndarray
    probs: np.ndarray
    shares: np.ndarray


Rank = Callable[[Rows, Sequence[int], Sequence[int], int], list[Children]]
"""draft rows, nodes, text positions of their children, count -> the `count` best children of each node."""


def by_probability(rows: Rows, nodes: Sequence[int], positions: Sequence[int], count: int) -> list[Children]:
    """A child is worth its draft probability."""
    return [Children(best.ids, best.probs, best.probs) for best in rows.top(nodes, count)]


@dataclass
class Pool:
    """Candidates for a tree: entry 0 is the root, parents come before children.

    reach: score of the path, never larger than the parent's.  fed: the session's number, None where not fed.
    row_of: the entry whose draft row stands for this one's.
    """

    session: Session
    token: list[int] = field(default_factory=lambda: [-1])
    parent: list[int] = field(default_factory=lambda: [-1])
    depth: list[int] = field(default_factory=lambda: [0])
    prob: list[Any] = field(default_factory=lambda: [1])
    reach: list[Any] = field(default_factory=lambda: [1])
    fed: dict[int, int] = field(default_factory=lambda: {0: 0})
    row_of: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows: Rows = self.session.feed([], [])

    def offer(self, frontier: list[int], rank: Rank, each: int, count: int | None = None) -> list[int]:
        """The new entries: at most `each` children of every node that are among the `count` best of all entries.

        A child that is not among the best when it is offered can never return, because scores only fall further down.
        """
        known = np.array(self.reach[1:], dtype=object if isinstance(self.reach[-1], Fraction) else np.float64)
        floor = np.sort(known)[-count] if count and len(known) >= count else 0
        if floor > 0:  # of shares that add up to 1 at most, fewer than 1 / s are larger than s
            each = min(each, 1 + int(max(self.reach[node] for node in frontier) / floor))
        rows = [self.fed[self.row_of.get(node, node)] for node in frontier]
        positions = [self.session.length + self.depth[node] for node in frontier]
        scores: list[np.ndarray] = [known]
        offered: list[tuple[int, Children, int]] = []
        for node, best in zip(frontier, rank(self.rows, rows, positions, each), strict=True):
            worth = self.reach[node] * best.shares
            good = np.flatnonzero(worth > floor)
            scores.append(worth[good])
            offered += [(node, best, place) for place in good.tolist()]
        joined = np.concatenate(scores)
        return [
            self._add(offered[place - len(known)], joined[place])
            for place in np.argsort(-joined, kind="stable")[:count]
            if place >= len(known)
        ]

    def _add(self, offered: tuple[int, Children, int], reach: Any) -> int:
        parent, best, place = offered
        self.token.append(int(best.ids[place]))
        self.parent.append(parent)
        self.depth.append(self.depth[parent] + 1)
        self.prob.append(best.probs[place])
        self.reach.append(reach)
        return len(self.token) - 1

    def feed(self, nodes: list[int]) -> None:
        """One draft pass over nodes whose parents have been fed."""
        start = len(self.fed)
        self.rows = self.session.feed([self.token[i] for i in nodes], [self.fed[self.parent[i]] for i in nodes])
        self.fed |= {node: start + place for place, node in enumerate(nodes)}

    def best(self, count: int) -> list[int]:
        """The `count` best entries, the root not counted; of equal ones those found first, hence parents first."""
        return sorted(range(1, len(self.token)), key=self.reach.__getitem__, reverse=True)[:count]

    def tree(self, count: int, sampling: Sampling) -> tuple[DraftTree, Rows]:
        """The `count` best entries as a tree, with the rows of those that were fed."""
        builder = TreeBuilder(sampling)
        new_of = {0: 0}
        for node in sorted(self.best(count)):
            new_of[node] = builder.add(new_of[self.parent[node]], self.token[node], self.prob[node])
        return builder.build(), RenumberedRows(self.rows, [self.fed.get(node) for node in new_of])


def grow_best(
    session: Session,
    limits: Round,
    sampling: Sampling,
    rank: Rank = by_probability,
    least_gain: float = 0.0,
    same_as: Callable[[Pool, int], int] = lambda pool, node: node,
) -> tuple[DraftTree, Rows]:
    """The P best paths, one draft pass for each layer; a path's score is the product of its tokens' shares.

    Exact although only P entries are kept while growing, see `Pool.offer`.
    least_gain: no further layer once one has raised the summed scores of the P best by less.
    same_as: the entry whose draft row stands for this one's; an entry that another stands for is not fed.
    """
    pool = Pool(session)
    frontier, total = [0], 0.0
    for depth in range(limits.depth):
        pool.offer(frontier, rank, limits.capacity, limits.capacity)
        best = pool.best(limits.capacity)
        gained = float(sum(pool.reach[i] for i in best)) - total
        total += gained
        frontier = [i for i in best if pool.depth[i] == depth + 1 and pool.token[i] not in limits.stop_ids]
        if not frontier or depth == limits.depth - 1 or gained < least_gain:
            break
        pool.row_of |= {node: same_as(pool, node) for node in frontier}
        pool.feed([node for node in frontier if pool.row_of[node] == node])
    return pool.tree(limits.capacity, sampling)


@dataclass(frozen=True)
class RenumberedRows:
    """Rows seen through a renumbering: new node i is old node `old[i]`, None where the model was not run on it."""

    rows: Rows
    old: list[int | None]

    def __getitem__(self, node: int) -> np.ndarray:
        """The row of new node `node`."""
        place = self._old(node)
        if place is None:
            raise KeyError(f"The model was not run on node {node}.")
        return self.rows[place]

    def top(self, nodes: Sequence[int], count: int) -> list[Top]:
        """The most probable tokens, in the new numbering."""
        places = [self._old(node) for node in nodes]
        known = iter(self.rows.top([place for place in places if place is not None], count))
        return [Top.none() if place is None else next(known) for place in places]

    def arrivals(self, nodes: Sequence[int], clocks: Sequence[Clocks], count: int) -> list[Arrivals | None]:
        """The first arrivals, in the new numbering."""
        places = [self._old(node) for node in nodes]
        if None in places:
            raise KeyError("The model was not run on all of these nodes.")
        return self.rows.arrivals([place for place in places if place is not None], clocks, count)

    def sparse(self, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
        """These ids of each row, in the new numbering."""
        return self.rows.sparse([None if node is None else self._old(node) for node in nodes], ids)

    def _old(self, node: int) -> int | None:
        return self.old[node] if node < len(self.old) else None
