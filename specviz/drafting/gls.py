"""One race for each of k sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.chance import Ask, Drawn, race_at
from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.iid_sequences import grow_sequences
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class Gls(DraftModelDrafter):
    """k sequences; sequence j is the first arrival at every position of a race on its own field of clocks [14].

    Its tokens are independent draws of the draft model. A target that races on all k fields at once meets one of them
    with chance >= sum p_i / (1 + m_i / k).
    """

    name: ClassVar[str] = "gls"
    title: ClassVar[str] = "k independent races"
    summary: ClassVar[str] = "k sequences, each the winner of races of its own; the target may race on all of them."
    cost: ClassVar[str] = "one draft pass of at most k nodes per layer, O(k V) for the clocks"
    reference: ClassVar[int] = 14
    sampling: ClassVar[Sampling] = Sampling.INDEPENDENT_RACES
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """k * depth never exceeds the capacity."""
        builder = TreeBuilder(self.sampling)

        def go_on(rows: Rows, asks: list[Ask]) -> list[Drawn]:
            return race_at(chance, rows, asks)

        rows = grow_sequences(session, builder, limits, go_on, go_on)
        return builder.build(), rows
