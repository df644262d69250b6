"""The most probable nodes by draft probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from specviz.drafting.base import DRAFTERS, TreeBuilder
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class BestFirst:
    """The P nodes of largest path probability under the draft model, found with one draft pass per layer [10][1].

    A child is never more probable than its parent, so a node that is not among the P best when its layer is drawn can
    never return: growing only those is exact.
    """

    name: ClassVar[str] = "best_first"
    title: ClassVar[str] = "Best first"
    summary: ClassVar[str] = "The P most probable continuations under the draft model; nothing is drawn at random."
    reference: ClassVar[int] = 10
    sampling: ClassVar[Sampling] = Sampling.TOP
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P nodes and `depth` layers."""
        rows = session.feed([], [])
        grown = TreeBuilder(self.sampling)  # every node that was ever among the P best, in the order it was fed
        reach: list[Any] = [1]
        best: list[tuple[Any, int, int, Any]] = []  # (-path probability, parent, token, probability)
        frontier = [0]
        for depth in range(limits.depth):
            for node in frontier:
                best += self._children(rows[node], reach[node], node, limits.capacity)
            best = sorted(best, key=lambda item: item[:3])[: limits.capacity]
            frontier = []
            for negative, parent, token, prob in best:
                if grown.depth[parent] == depth and prob > 0:
                    node = grown.add(parent, token, prob)
                    reach.append(-negative)
                    frontier.append(node)
            frontier = [i for i in frontier if grown.token[i] not in limits.stop_ids]
            if not frontier or depth == limits.depth - 1:
                break
            # Nodes after a stop token are fed too, so that the numbers of tree and session agree.
            fresh = [i for i in range(1, grown.size + 1) if grown.depth[i] == depth + 1]
            rows = session.feed([grown.token[i] for i in fresh], [grown.parent[i] for i in fresh])
        return self._keep(grown, {(parent, token) for _, parent, token, _ in best}, rows)

    @staticmethod
    def _children(row: np.ndarray, reach: Any, node: int, count: int) -> list[tuple[Any, int, int, Any]]:
        count = min(count, len(row))
        if count == 0:
            return []
        top = np.argpartition(-row, count - 1)[:count] if row.dtype != object else np.argsort(-row, kind="stable")
        return [(-reach * row[i], node, int(i), row[i]) for i in top[:count] if row[i] > 0]

    def _keep(self, grown: TreeBuilder, kept: set[tuple[int, int]], rows: Rows) -> tuple[DraftTree, Rows]:
        """The nodes still among the P best, renumbered; their rows are looked up under the old numbers."""
        tree = TreeBuilder(self.sampling)
        new_of = {0: 0}
        for node in range(1, grown.size + 1):
            if (grown.parent[node], grown.token[node]) in kept:
                new_of[node] = tree.add(new_of[grown.parent[node]], grown.token[node], grown.prob[node])
        return tree.build(), RenumberedRows(rows, list(new_of))


@dataclass(frozen=True)
class RenumberedRows:
    """Rows seen through a renumbering: new node i is old node `old[i]`."""

    rows: Rows
    old: list[int]

    def __getitem__(self, node: int) -> np.ndarray:
        """The row of new node `node`."""
        return self.rows[self.old[node]]

    def sparse(self, nodes: int, keep: int, always: list[list[int]]) -> Any:
        """The kept part of the rows, in the new numbering."""
        from_old: list[list[int]] = [[] for _ in range(max(self.old) + 1)]
        for new, old in enumerate(self.old[:nodes]):
            from_old[old] = always[new]
        return self.rows.sparse(len(from_old), keep, from_old).select(self.old[:nodes])
