"""The rows of one prompt: runs that start from one reading of it, and trees that are held against a known text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from specviz.engine.decode import Models, rounds
from specviz.engine.guessers import Cast, draft_warp, open_guesser
from specviz.engine.out_of_memory import is_out_of_memory, release, require_room, what_happened
from specviz.engine.step import Players
from specviz.engine.sweep.cells import Cell
from specviz.engine.sweep.reading import Done, read_along
from specviz.engine.sweep.sessions import ReadOnce
from specviz.engine.sweep.tally import Tally, failed_row, row_of
from specviz.engine.sweep.texts import KnownText, OffTextError, TextKind, TextSession
from specviz.engine.sweep.trees import Grower
from specviz.policy import check_allowed
from specviz.records.sweep import Obtained, SweepPlan, SweepRow
from specviz.seams import Drafter, Guesser, Session

Work = Iterator[SweepRow | None]
"""A row when it is done, and None after every pass before, so that a caller can stop or let others have their turn."""


@dataclass
class PromptWork:
    """Everything that is done with one prompt of a plan. number: its place there."""

    models: Models
    plan: SweepPlan
    number: int
    text: str

    def __post_init__(self) -> None:
        self.target, self.draft = ReadOnce(self.models.target), ReadOnce(self.models.draft)
        self.middle: ReadOnce | None = None
        self.ids: list[int] = []

    def rows(self, seeds: Sequence[int]) -> Work:
        """The rows of these seeds, cells in any order; one that fails is a row with a sentence."""
        try:
            check_allowed(self.plan.settings, self.text)
            self.ids = self.models.encode(self.text, self.plan.settings.chat)
        except ValueError as error:
            for seed in seeds:
                yield from (failed_row(self.plan, self.number, seed, cell, str(error)) for cell in self.plan.cells)
            return
        for seed in seeds:
            yield from self._of_seed(seed)

    def _of_seed(self, seed: int) -> Work:
        together: dict[TextKind, list[Cell]] = {}
        fits = KnownText.fits(self.plan.settings.max_new_tokens, self.target.vocabulary)
        for cell in self.plan.cells:
            one = Cell.of(self.plan, cell, seed)
            kind = one.text_kind
            if self.plan.separate or not fits or kind is None:
                yield from self._run(one)
            else:
                together.setdefault(kind, []).append(one)
        for cells in together.values():
            yield from self._of_one_text(cells)

    def _of_one_text(self, cells: Sequence[Cell]) -> Work:
        """Cells that write one text: those that need the target anyhow are run, or else the first; the others read."""
        running = [one for one in cells if not one.follows]
        reading = [one for one in cells if one.follows]
        text: KnownText | None = None
        while running or (reading and text is None):
            one = (running or reading).pop(0)
            writing = KnownText() if text is None and reading else None
            row = None
            for row in self._run(one, writing):
                yield row
            if row is not None and not row.failed:
                text = writing or text
        alike: dict[tuple[object, ...], list[Cell]] = {}
        for one in reading:
            alike.setdefault(one.grows_like, []).append(one)
        for group in alike.values():
            if text is not None:
                yield from self._read(group, text)

    def _run(self, one: Cell, writing: KnownText | None = None) -> Work:
        """A run of its own; what it writes is kept in `writing`."""
        tally, grower, before = Tally(), Grower(one.drafter), self._passes
        watch = writing.watch if writing is not None else None
        try:
            check_allowed(one.settings, self.text)
            require_room(self.models, one.settings, len(self.ids))
            models = self._cast(one)
            target = self.target.open(self.ids, one.settings.warp)
            players = Players(target, self._guesser(one, models, target), cast(Drafter, grower), one.verifier)
            for step in rounds(players, one.settings, models.context, self.models.stop_ids, watch, lean=True):
                tally.add(step)
                if writing is not None:
                    writing.add(step)
                yield None
        except Exception as error:  # a model, a device or a method can break in many ways; the sweep goes on
            yield self._failed(one, error)
            return
        passes = len(tally.steps)
        drafting = self._passes - before - passes
        yield self._row(one, Obtained.RUN, passes, Done(tally, grower.wanted, grower.grown, drafting))

    def _read(self, cells: Sequence[Cell], text: KnownText) -> Work:
        """Trees of cells that grow alike, held against the text; a cell that leaves it is run after all."""
        waiting = []
        for one in cells:
            try:
                check_allowed(one.settings, self.text)
                waiting.append(one)
            except ValueError as error:
                yield self._failed(one, error)
        while waiting:
            for one, outcome in self._along(waiting, text):
                if outcome is None:
                    yield None
                    continue
                waiting = [other for other in waiting if other is not one]
                if isinstance(outcome, Done):
                    yield self._row(one, Obtained.READ, 0, outcome)
                elif isinstance(outcome, OffTextError):
                    yield from self._run(one)
                else:
                    yield self._failed(one, outcome)
                    break  # the session that they share may be broken: the others begin anew

    def _along(self, cells: Sequence[Cell], text: KnownText) -> Iterator[tuple[Cell, Done | Exception | None]]:
        try:
            models = self._cast(cells[0])
            target = TextSession(text, self.ids, self.target.vocabulary)
            guesser = self._guesser(cells[0], models, target)
        except Exception as error:  # such as a middle model that cannot be loaded
            yield cells[0], error
            return
        stop_ids = self.models.stop_ids
        yield from read_along(cells, text, self.ids, guesser, models.context, stop_ids, lambda: self._passes)

    def _cast(self, one: Cell) -> Cast:
        """The models that a cell needs."""
        layered = one.drafter.guesser == Guesser.LAYERED
        if layered and self.middle is None:
            self.middle = ReadOnce(self.models.middle(one.settings.middle))
        return Cast(self.target, self.draft, self.middle if layered else None)

    def _guesser(self, one: Cell, models: Cast, target: Session) -> Session:
        """The drafter's session at the end of the prompt."""
        return open_guesser(models, one.drafter, target, self.ids, draft_warp(one.settings, one.drafter, one.verifier))

    @property
    def _passes(self) -> int:
        """Passes of all models so far."""
        return sum(model.passes for model in (self.target, self.draft, self.middle) if model is not None)

    def _row(self, one: Cell, obtained: Obtained, target_passes: int, done: Done) -> SweepRow:
        tally = done.tally
        return row_of(
            self.plan, self.number, one.settings.seed, one.cell, obtained, **tally.counts(), text=tally.text(),
            stop_reason=tally.why_ended(one.settings, self.models.stop_ids).value, target_passes=target_passes,
            draft_passes=done.draft_passes, trees=done.trees, trees_grown=done.grown,
        )  # fmt: skip

    def _failed(self, one: Cell, error: Exception) -> SweepRow:
        """A row with one sentence; a ValueError says one already."""
        if is_out_of_memory(error):
            release()
            why = what_happened(self.models, one.settings, self.text, "This run is out of memory")
        elif isinstance(error, ValueError) and str(error):
            why = str(error)
        else:
            why = f"This run broke off with {type(error).__name__}: {error}"
        return failed_row(self.plan, self.number, one.settings.seed, one.cell, why)
