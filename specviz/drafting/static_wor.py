"""A static tree whose siblings never repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import distinct_draws
from specviz.drafting.layers import grow_widths
from specviz.drafting.widths import best_widths
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class StaticWor(DraftModelDrafter):
    """Every node of depth d has w_d children, drawn from its draft row without replacement [17][32].

    The widths are the best ones for the acceptance by rank that the run has measured so far.
    """

    name: ClassVar[str] = "static_wor"
    title: ClassVar[str] = "Static tree, without replacement"
    summary: ClassVar[str] = "A fixed width at each depth; siblings are drawn so that no guess repeats."
    cost: ClassVar[str] = "one draft pass per layer"
    reference: ClassVar[int] = 17
    sampling: ClassVar[Sampling] = Sampling.WITHOUT_REPLACEMENT
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most k children at a node and P nodes in all."""
        builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else self.sampling)
        widths = best_widths(limits)
        rows = grow_widths(session, chance, builder, widths, limits, distinct_draws)
        return builder.build(), rows
