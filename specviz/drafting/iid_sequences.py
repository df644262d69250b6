"""Several sampled sequences, merged into a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, TreeBuilder, draw_token
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class IidSequences:
    """k sequences drawn independently from the draft model; equal beginnings share nodes, repeats are kept [7].

    When the target shares the clocks, sequence r starts with the r-th arrival of the race and goes on with first
    arrivals: the rank tree of k branches [2].
    """

    name: ClassVar[str] = "iid_sequences"
    title: ClassVar[str] = "k independent sequences"
    summary: ClassVar[str] = "k sampled sequences; where they agree they share nodes."
    reference: ClassVar[int] = 7
    sampling: ClassVar[Sampling] = Sampling.IID
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """Level by level, one draft pass each; k * depth never exceeds the capacity."""
        builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else self.sampling)
        rows = session.feed([], [])
        sequences = min(limits.drafts, limits.capacity)
        length = min(limits.depth, limits.capacity // sequences) if sequences else 0
        ends = [0] * sequences  # the node that each sequence has reached
        for depth in range(length):
            position = session.length + depth
            known = builder.size
            if depth == 0 and chance.shared:
                starts = chance.race(position, rows[0], sequences, 0)
                ends = [builder.add(0, token, rows[0][token]) for token in starts]
            else:
                ends = [self._extend(builder, rows, chance, position, node) for node in ends]
            ends = [node for node in ends if builder.token[node] not in limits.stop_ids]
            fresh = range(known + 1, builder.size + 1)
            if not ends or depth == length - 1:
                break
            rows = session.feed([builder.token[i] for i in fresh], [builder.parent[i] for i in fresh])
        return builder.build(), rows

    @staticmethod
    def _extend(builder: TreeBuilder, rows: Rows, chance: Chance, position: int, node: int) -> int:
        row = rows[node]
        token = draw_token(chance, row, position, node)
        return builder.add(node, token, row[token])
