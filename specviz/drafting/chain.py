"""One sampled sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, TreeBuilder, draw_token
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class Chain:
    """A sequence of `depth` tokens, each drawn from the draft row after the one before [5][6]."""

    name: ClassVar[str] = "chain"
    title: ClassVar[str] = "Chain"
    summary: ClassVar[str] = "One guess per position: a single sampled sequence."
    reference: ClassVar[int] = 5
    sampling: ClassVar[Sampling] = Sampling.SINGLE
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """min(depth, capacity) nodes in a line; one draft pass each."""
        builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else self.sampling)
        rows = session.feed([], [])
        node = 0
        length = min(limits.depth, limits.capacity)
        for depth in range(length):
            row = rows[node]
            token = draw_token(chance, row, session.length + depth, node)
            parent, node = node, builder.add(node, token, row[token])
            if token in limits.stop_ids or depth == length - 1:
                break
            rows = session.feed([token], [parent])
        return builder.build(), rows
