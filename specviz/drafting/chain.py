"""One sampled sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import independent_draws
from specviz.drafting.layers import grow_widths
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class Chain(DraftModelDrafter):
    """A sequence of `depth` tokens, each drawn from the draft row after the one before [5][6]."""

    name: ClassVar[str] = "chain"
    title: ClassVar[str] = "Chain"
    summary: ClassVar[str] = "One guess per position: a single sampled sequence."
    cost: ClassVar[str] = "one draft pass per token"
    reference: ClassVar[int] = 5
    sampling: ClassVar[Sampling] = Sampling.SINGLE
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """min(depth, P) nodes in a line."""
        return grow_chain(session, chance, limits)

    def nesting(self, tree: DraftTree, limits: Round) -> np.ndarray | None:
        """From the first token on."""
        return np.arange(1, tree.size + 1)


def grow_chain(session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
    """One token at each depth; on shared clocks it is the first arrival of the draft's race."""
    builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else Sampling.SINGLE)
    widths = (1,) * min(limits.depth, limits.capacity)
    rows = grow_widths(session, chance, builder, widths, limits, independent_draws)
    return builder.build(), rows
