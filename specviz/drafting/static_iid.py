"""A static tree whose children are drawn independently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import independent_draws
from specviz.drafting.layers import grow_widths
from specviz.drafting.ranks import acceptance_by_rank
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
        acceptance = acceptance_by_rank(limits.ranks, limits.drafts, digits=2)
        widths = best_widths(acceptance, limits.capacity, limits.drafts, limits.depth)

        def draw(node: int, rows: Rows, count: int) -> list[int]:
            return independent_draws(chance, rows[node], count, session.length + builder.depth[node], node)

        rows = grow_widths(session, builder, widths, limits, draw)
        return builder.build(), rows
