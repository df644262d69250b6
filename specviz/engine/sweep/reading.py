"""Runs along a known text: the draft side alone, several capacities in step with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from specviz.engine.decode import rounds
from specviz.engine.step import Players
from specviz.engine.sweep.cells import Cell
from specviz.engine.sweep.tally import Tally
from specviz.engine.sweep.texts import KnownText, TextSession
from specviz.engine.sweep.trees import Grower
from specviz.records import Iteration, Rows, Warp
from specviz.seams import Drafter, Session


@dataclass(frozen=True)
class Done:
    """A cell that has reached the end of the text. trees, grown: that it needed, and that were grown for it."""

    tally: Tally
    trees: int
    grown: int
    draft_passes: int


Outcome = Done | Exception | None
"""None after each round."""


@dataclass
class _Held:
    """A guesser's session that only `read_along` moves; for whoever else uses it, it stays where it is."""

    inner: Session

    @property
    def vocabulary(self) -> int:
        """V."""
        return self.inner.vocabulary

    @property
    def ids(self) -> Sequence[int]:
        """The context."""
        return self.inner.ids

    @property
    def length(self) -> int:
        """Tokens in it."""
        return self.inner.length

    @property
    def small(self) -> Session:
        """Of two models in layers the one below."""
        return self.inner.small  # type: ignore[attr-defined]  # asked for by a drafter of layers alone

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """A pass."""
        return self.inner.feed(tokens, parents)

    def commit(self, ids: Sequence[int]) -> None:
        """Ids are ignored; without any, the tree above the context is dropped."""
        if not ids:
            self.inner.commit([])

    def early_exit(self, share: float, warp: Warp) -> Session:
        """The model's first layers."""
        return self.inner.early_exit(share, warp)


@dataclass
class _Lane:
    """One cell on its way along the text."""

    one: Cell
    target: TextSession
    rounds: Iterator[Iteration]
    tally: Tally
    trees: int = 0
    grown: int = 0
    passes: int = 0


def read_along(
    cells: Sequence[Cell],
    text: KnownText,
    prompt: Sequence[int],
    guesser: Session,
    most: int,
    stop_ids: frozenset[int],
    passes: Callable[[], int],
) -> Iterator[tuple[Cell, Outcome]]:
    """After every round the cell that made it and what came of it, until each has ended.

    cells: that grow alike (`Cell.grows_like`).  guesser: their session, at the end of the prompt.  most: tokens that a
    text may have.  passes: how many passes the guesser's models have made. Always the cell that is furthest behind
    goes on, the largest capacity first: so each place of the text is drafted from once.
    """
    grower, held = Grower(cells[0].drafter), _Held(guesser)
    lanes = []
    for one in cells:
        target = TextSession(text, list(prompt), guesser.vocabulary)
        players = Players(target, held, cast(Drafter, grower), one.verifier)  # of a drafter only `grow` is asked for
        lanes.append(_Lane(one, target, rounds(players, one.settings, most, stop_ids, lean=True), Tally()))
    while lanes:
        lane = min(lanes, key=lambda lane: (lane.target.at, -lane.one.settings.capacity))
        before = grower.wanted, grower.grown, passes()
        try:
            if guesser.length < lane.target.length:
                guesser.commit(text.tokens[guesser.length - len(prompt) : lane.target.at])
            step = next(lane.rounds, None)
        except Exception as error:  # whoever called knows what to do: the text was left, or a model broke
            lanes.remove(lane)
            yield lane.one, error
            continue
        lane.trees += grower.wanted - before[0]
        lane.grown += grower.grown - before[1]
        lane.passes += passes() - before[2]
        if step is None:
            lanes.remove(lane)
            yield lane.one, Done(lane.tally, lane.trees, lane.grown, lane.passes)
        else:
            lane.tally.add(step)
            yield lane.one, None
