"""The optimal static tree for acceptance by rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import distinct_draws
from specviz.drafting.layers import grow_shape
from specviz.drafting.ranks import acceptance_by_rank
from specviz.race import tau_star
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class Sequoia(DraftModelDrafter):
    """The tree of P nodes that keeps most tokens if rank r is accepted with chance a_r, measured on the run [9].

    Sequoia's dynamic program, F[m][d] = max of sums of a_b F[m_b][d - 1], and the best-first search for rank tuples
    reach the same value, because reach is a product that only falls on the way down; the search needs O(P log P)
    instead of O(P^2 d k). Depth and branches are limited. Children are drawn without replacement.
    """

    name: ClassVar[str] = "sequoia"
    title: ClassVar[str] = "Sequoia tree"
    summary: ClassVar[str] = "The best fixed shape for the acceptance by rank; siblings are drawn without replacement."
    cost: ClassVar[str] = "one draft pass per layer"
    reference: ClassVar[int] = 9
    sampling: ClassVar[Sampling] = Sampling.WITHOUT_REPLACEMENT
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most k children at a node and P nodes in all; a row with few tokens leaves its later children out."""
        builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else self.sampling)
        shape = tau_star(acceptance_by_rank(limits.ranks, limits.drafts), limits.capacity, limits.depth)
        rows = grow_shape(session, chance, builder, shape, limits, distinct_draws)
        return builder.build(), rows
