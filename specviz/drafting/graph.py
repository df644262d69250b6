"""Branches that have come to the same words share what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.drafting.base import DRAFTERS, DraftModelDrafter
from specviz.drafting.pool import Children, Pool, by_probability, grow_best
from specviz.records import DraftTree, Rows, Sampling
from specviz.registry import parameter
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class Graph(DraftModelDrafter):
    """A graph of guesses: a node whose last `suffix` tokens an earlier, more probable node has too gets an edge to that
    node's continuations instead of a draft pass of its own; before the check the graph is unrolled into a tree [30].

    The copies carry the draft probabilities of another context, and no draft row: only a rule that reads none fits.
    """

    name: ClassVar[str] = "graph"
    title: ClassVar[str] = "Graph-structured drafting"
    summary: ClassVar[str] = "Branches that end alike share one continuation; it is copied to each before the check."
    cost: ClassVar[str] = "one draft pass per layer, over the nodes that are not copies"
    reference: ClassVar[int] = 30
    sampling: ClassVar[Sampling] = Sampling.TOP
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})
    suffix: int = parameter(2, 1, 8, "tokens that must agree for branches to share")
    ratio: float = parameter(0.0, 0.0, 1.0, "leave out children less probable than this share of the best one")

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P unrolled nodes and `depth` layers."""
        first: dict[tuple[int, ...], int] = {}
        context = tuple(session.ids)[-self.suffix :]

        def same_as(pool: Pool, node: int) -> int:
            path: list[int] = []
            above = node
            while above > 0 and len(path) < self.suffix:
                path.append(pool.token[above])
                above = pool.parent[above]
            words = (*context, *reversed(path))[-self.suffix :]
            # A less probable node would have fewer continuations than its copy needs.
            if words not in first or pool.reach[first[words]] < pool.reach[node]:
                first[words] = node
            return first[words]

        return grow_best(session, limits, self.sampling, self._rank, same_as=same_as)

    def _rank(self, rows: Rows, nodes: Sequence[int], positions: Sequence[int], count: int) -> list[Children]:
        """By draft probability, without those far behind the best."""
        found = []
        for best in by_probability(rows, nodes, positions, count):
            good = np.flatnonzero(best.probs >= self.ratio * best.probs.max(initial=0))
            found.append(Children(best.ids[good], best.probs[good], best.shares[good]))
        return found
