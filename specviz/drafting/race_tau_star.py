"""Ranks of one exponential race on the optimal rank tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder, by_worth
from specviz.drafting.draws import race_draws
from specviz.drafting.layers import grow_shape
from specviz.drafting.ranks import acceptance_by_rank
from specviz.race import tau_star
from specviz.records import DraftTree, Rows, Sampling
from specviz.registry import parameter
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class RaceTauStar(DraftModelDrafter):
    """The tree of the P most reachable rank tuples; node (r1, .., rd) carries the rd-th arrival of its race [2].

    The chance a_r of rank r is measured on the run, starting from a prior; or it is given by its first value and a
    ratio, a_r = first * ratio^(r - 1).
    """

    name: ClassVar[str] = "race_tau_star"
    title: ClassVar[str] = "Exponential race, tau* tree"
    summary: ClassVar[str] = "The first arrivals of one race per position, on the tree that pays best for its nodes."
    cost: ClassVar[str] = "one draft pass per layer, O(V) per expanded node"
    reference: ClassVar[int] = 2
    sampling: ClassVar[Sampling] = Sampling.SHARED_RACE
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})
    first: float = parameter(0.0, 0.0, 0.99, "a_1, acceptance of the first arrival; 0: measured on the run")
    ratio: float = parameter(0.4, 0.01, 1.0, "a_2 / a_1, a_3 / a_2, .. where a_1 is given")

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P nodes; a race with too few arrivals leaves its later ranks out."""
        builder = TreeBuilder(self.sampling)
        shape = tau_star(self._acceptance(limits), limits.capacity, limits.depth)
        rows = grow_shape(session, chance, builder, shape, limits, race_draws)
        return builder.build(), rows

    def nesting(self, tree: DraftTree, limits: Round) -> np.ndarray | None:
        """In the order in which tau* takes its nodes."""
        shape = tau_star(self._acceptance(limits), limits.capacity, limits.depth)
        place: dict[tuple[int, ...], int] = {(): 0}  # of a tuple of ranks
        tuples: list[tuple[int, ...]] = [()]
        for node, (parent, rank) in enumerate(shape.nodes, start=1):
            tuples.append((*tuples[parent], rank))
            place[tuples[node]] = node
        return by_worth(-np.array([float(place[_ranks(tree, node)]) for node in range(tree.size + 1)]))

    def _acceptance(self, limits: Round) -> tuple[float, ...]:
        if self.first == 0:
            return acceptance_by_rank(limits.ranks)
        chances: list[float] = []
        while len(chances) < 64 and (left := 1 - sum(chances)) > 0:
            chances.append(min(left, self.first * self.ratio ** len(chances)))
        return tuple(chances)


def _ranks(tree: DraftTree, node: int) -> tuple[int, ...]:
    return tuple(int(tree.rank[i]) for i in tree.path(node))
