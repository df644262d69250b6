"""Pairs of guesses, one of them the favourite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import hub_pair
from specviz.drafting.expansion import grow_expansions
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class SpecHub(DraftModelDrafter):
    """Two children at a node: a draw and the draft's most probable token a, in the order Q(x, a) = q(x), and
    Q(a, x) = q(a) q(x) / (1 - q(a)) where the draw was a [18]. The most probable nodes are given pairs, P // 2 of them.
    """

    name: ClassVar[str] = "spechub"
    title: ClassVar[str] = "SpecHub pairs"
    summary: ClassVar[str] = "Two guesses at a node: one drawn, one always the draft's favourite."
    cost: ClassVar[str] = "one draft pass per layer"
    reference: ClassVar[int] = 18
    sampling: ClassVar[Sampling] = Sampling.HUB
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P nodes and `depth` passes."""
        builder = TreeBuilder(self.sampling)
        rows = grow_expansions(session, chance, builder, limits, 2, hub_pair)
        return builder.build(), rows
