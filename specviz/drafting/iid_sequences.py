"""Several sampled sequences, merged into a tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import draw_token, independent_draws
from specviz.drafting.layers import grow_layers
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class IidSequences(DraftModelDrafter):
    """k sequences drawn independently from the draft model; equal beginnings share nodes, repeats are kept [7].

    When the target shares the clocks, sequence r starts with the r-th arrival of the race and goes on with first
    arrivals: the rank tree of k branches [2].
    """

    name: ClassVar[str] = "iid_sequences"
    title: ClassVar[str] = "k independent sequences"
    summary: ClassVar[str] = "k sampled sequences; where they agree they share nodes."
    cost: ClassVar[str] = "one draft pass of at most k nodes per layer"
    reference: ClassVar[int] = 7
    sampling: ClassVar[Sampling] = Sampling.IID
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """k * depth never exceeds the capacity."""
        builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else self.sampling)

        def start(row: Rows, position: int, count: int) -> list[int]:
            return independent_draws(chance, row[0], count, position, 0)

        def go_on(row: Rows, position: int, node: int, sequence: int) -> int:
            return draw_token(chance, row[node], position, node)

        rows = grow_sequences(session, builder, limits, start, go_on)
        return builder.build(), rows


def grow_sequences(
    session: Session,
    builder: TreeBuilder,
    limits: Round,
    start: Callable[[Rows, int, int], list[int]],
    go_on: Callable[[Rows, int, int, int], int],
) -> Rows:
    """k sequences side by side: `start(rows, position, k)` draws their first tokens, `go_on(rows, position, node,
    sequence)` the next one of each. None grows beyond a stop token."""
    sequences = min(limits.drafts, limits.capacity)
    length = min(limits.depth, limits.capacity // sequences) if sequences else 0
    ends: dict[int, int] = {}  # sequence -> the node it has reached

    def add(depth: int, rows: Rows) -> bool:
        nonlocal ends
        position = session.length + depth
        if depth == 0:
            drawn = dict(enumerate(start(rows, position, sequences)))
            ends = dict.fromkeys(drawn, 0)
        else:
            drawn = {number: go_on(rows, position, node, number) for number, node in ends.items()}
        grown = {number: builder.add(node, drawn[number], rows[node][drawn[number]]) for number, node in ends.items()}
        ends = {number: node for number, node in grown.items() if builder.token[node] not in limits.stop_ids}
        return bool(ends)

    return grow_layers(session, builder, length, add)
