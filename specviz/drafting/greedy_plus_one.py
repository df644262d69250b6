"""The most probable tokens and one drawn from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import top_and_one
from specviz.drafting.expansion import grow_expansions
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class GreedyPlusOne(DraftModelDrafter):
    """k children: the k - 1 most probable tokens, and one draw from the draft row without them [3].

    The most probable nodes are given children, P // k of them.
    """

    name: ClassVar[str] = "greedy_plus_one"
    title: ClassVar[str] = "Greedy plus one draw"
    summary: ClassVar[str] = "The k - 1 most probable tokens, and one drawn from the rest."
    cost: ClassVar[str] = "one draft pass per layer"
    reference: ClassVar[int] = 3
    sampling: ClassVar[Sampling] = Sampling.TOP_AND_ONE
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P nodes and `depth` passes."""
        builder = TreeBuilder(self.sampling)
        rows = grow_expansions(session, chance, builder, limits, limits.drafts, top_and_one)
        return builder.build(), rows
