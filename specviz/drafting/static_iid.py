"""A static tree whose children are drawn independently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import independent_draws
from specviz.drafting.layers import grow_widths
from specviz.drafting.widths import best_widths
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class StaticIid(DraftModelDrafter):
    """Every node of depth d has w_d independent draws of its draft row as children; repeats are kept [8].

    The widths are the best ones for the acceptance by rank that the run has measured so far.
    """

    name: ClassVar[str] = "static_iid"
    title: ClassVar[str] = "Static tree, independent draws"
    summary: ClassVar[str] = "A fixed width at each depth; children are drawn independently, so guesses may repeat."
    cost: ClassVar[str] = "one draft pass per layer"
    reference: ClassVar[int] = 8
    sampling: ClassVar[Sampling] = Sampling.IID
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most k children at a node and P draws in all."""
        builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else self.sampling)
        widths = best_widths(limits)
        rows = grow_widths(session, chance, builder, widths, limits, independent_draws)
        return builder.build(), rows
