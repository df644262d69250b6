"""Several sampled sequences, merged into a tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from specviz.chance import Ask, Drawn
from specviz.drafting.base import DRAFTERS, DraftModelDrafter, TreeBuilder
from specviz.drafting.draws import draw_layer, independent_draws
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

        def start(rows: Rows, asks: list[Ask]) -> list[Drawn]:
            together = replace(asks[0], count=len(asks), lane=None)
            drawn = draw_layer(chance, rows, independent_draws, [together])[0]
            return [Drawn([token], [prob]) for token, prob in zip(drawn.tokens, drawn.probs, strict=True)]

        def go_on(rows: Rows, asks: list[Ask]) -> list[Drawn]:
            return draw_layer(chance, rows, independent_draws, [replace(ask, lane=None) for ask in asks])

        rows = grow_sequences(session, builder, limits, start, go_on)
        return builder.build(), rows


Step = Callable[[Rows, list[Ask]], list[Drawn]]


def grow_sequences(
    session: Session,
    builder: TreeBuilder,
    limits: Round,
    start: Step,
    go_on: Step,
) -> Rows:
    """k sequences side by side: `start` draws their first tokens, for as many as there are; `go_on` the next one of
    each. The lane of what is asked is the sequence's number. None grows beyond a stop token."""
    sequences = min(limits.drafts, limits.capacity)
    length = min(limits.depth, limits.capacity // sequences) if sequences else 0
    ends: dict[int | None, int] = dict.fromkeys(range(sequences), 0)  # sequence -> the node it has reached

    def add(depth: int, rows: Rows) -> bool:
        nonlocal ends
        asks = [Ask(node, node, session.length + depth, 1, number) for number, node in ends.items()]
        drawn = (start if depth == 0 else go_on)(rows, asks)
        # A race may have fewer arrivals than there are sequences to start.
        grown = {ask.lane: builder.add_draws(ask.node, one)[0] for ask, one in zip(asks, drawn, strict=depth > 0)}
        ends = {number: node for number, node in grown.items() if builder.token[node] not in limits.stop_ids}
        return bool(ends)

    return grow_layers(session, builder, length, add)
