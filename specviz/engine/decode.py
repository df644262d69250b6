"""A run: a generator of iterations that can be stopped within one pass, and the record it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from specviz.drafting import make_drafter
from specviz.engine.guessers import Cast, draft_warp, open_guesser
from specviz.engine.out_of_memory import require_room
from specviz.engine.step import Players, Watch, count_ranks, iterate
from specviz.records import DecodeTrace, Iteration, Provenance, RunSettings, StopReason
from specviz.seams import Drafter, Guesser, LanguageModel, RankCounts, Verifier
from specviz.verification import make_verifier, why_not


class Models(Protocol):
    """A pair as the engine needs it: two models, and what turns text into ids and back."""

    @property
    def target(self) -> LanguageModel:
        """The model whose law is kept."""
        ...

    @property
    def draft(self) -> LanguageModel:
        """The model that guesses."""
        ...

    def middle(self, name: str) -> LanguageModel:
        """A third model of the same vocabulary, loaded when a hierarchy asks for it."""
        ...

    @property
    def provenance(self) -> Provenance:
        """What the record says about the pair."""
        ...

    @property
    def stop_ids(self) -> frozenset[int]:
        """End-of-text ids."""
        ...

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        """Token ids of a prompt, or of a chat message with that text."""
        ...

    def decode(self, ids: list[int]) -> str:
        """Text of ids."""
        ...

    def texts(self, ids: set[int]) -> dict[int, str]:
        """Visible text of each id by itself."""
        ...


def check_fit(drafter: Drafter, verifier: Verifier) -> None:
    """ValueError with the reason where the verifier cannot judge this drafter's trees."""
    reason = why_not(drafter, verifier)
    if reason:
        raise ValueError(reason)


def decode(
    models: Cast,
    settings: RunSettings,
    prompt_ids: Sequence[int],
    stop_ids: frozenset[int] = frozenset(),
    watch: Watch | None = None,
    lean: bool = False,
) -> Iterator[Iteration]:
    """Iterations as they happen, until the length asked for, an end-of-text token or the end of the context.

    watch: told of each pass while its whole rows are there.  lean: without both models' rows in the record.
    Raises ValueError before the first pass when drafter and verifier do not fit, or a name is unknown.
    """
    drafter, verifier = make_drafter(settings.drafter), make_verifier(settings.verifier)
    check_fit(drafter, verifier)
    target = models.target.open(prompt_ids, settings.warp)
    guesser = open_guesser(models, drafter, target, prompt_ids, draft_warp(settings, drafter, verifier))
    players = Players(target, guesser, drafter, verifier)
    done, index, ranks = 0, 0, RankCounts()
    while done < settings.max_new_tokens:
        room = models.context - target.length
        if room < 1:
            return
        remaining = min(settings.max_new_tokens - done, room)
        iteration = iterate(players, settings, index, remaining, stop_ids, ranks, watch, lean)
        ranks = count_ranks(iteration.tree, iteration.verdict, iteration.races, ranks)
        yield iteration
        done, index = done + len(iteration.emitted), index + 1
        if iteration.emitted[-1] in stop_ids:
            return


def cast_of(models: Models, settings: RunSettings) -> Cast:
    """The models that these settings need; a middle one is loaded only for a drafter that asks for it."""
    layered = make_drafter(settings.drafter).guesser == Guesser.LAYERED
    return Cast(models.target, models.draft, models.middle(settings.middle) if layered else None)


@dataclass
class Run:
    """One run of a pair on a prompt: iterate it, stop it, and take its record at any time.

    stop: asked between passes.  lean: without both models' rows in the record.
    """

    models: Models
    settings: RunSettings
    prompt: str
    stop: Callable[[], bool] = lambda: False
    iterations: list[Iteration] = field(default_factory=list)
    reason: StopReason = StopReason.STOPPED
    note: str = ""
    lean: bool = False

    def __post_init__(self) -> None:
        self.prompt_ids = self.models.encode(self.prompt, self.settings.chat)
        require_room(self.models, self.settings, len(self.prompt_ids))
        check_fit(make_drafter(self.settings.drafter), make_verifier(self.settings.verifier))

    def __iter__(self) -> Iterator[Iteration]:
        stop_ids = self.models.stop_ids
        cast = cast_of(self.models, self.settings)
        for iteration in decode(cast, self.settings, self.prompt_ids, stop_ids, lean=self.lean):
            self.iterations.append(iteration)
            yield iteration
            if self.stop():
                self.reason = StopReason.STOPPED
                return
        emitted = sum(len(i.emitted) for i in self.iterations)
        if self.iterations and self.iterations[-1].emitted[-1] in stop_ids:
            self.reason = StopReason.END_OF_TEXT
        elif emitted >= self.settings.max_new_tokens:
            self.reason = StopReason.LENGTH
        else:
            self.reason = StopReason.CONTEXT_FULL

    def trace(self) -> DecodeTrace:
        """The record of what has happened so far."""
        iterations = tuple(self.iterations)
        emitted = [token for iteration in iterations for token in iteration.emitted]
        ids = set(self.prompt_ids) | set(emitted)
        for iteration in iterations:
            ids |= {int(i) for i in iteration.tree.token[1:]} | {iteration.verdict.closing_token}
            for rows in (iteration.draft, iteration.target):
                ids |= {int(i) for i in rows.ids.ravel() if i >= 0}
            for race in iteration.races.values():
                ids |= {int(i) for i in race.ids}
        return DecodeTrace(
            settings=self.settings,
            provenance=self.models.provenance,
            prompt=self.prompt,
            prompt_ids=tuple(self.prompt_ids),
            iterations=iterations,
            texts=self.models.texts(ids),
            vocabulary=self.models.target.vocabulary,
            text=self.models.decode(emitted),
            stop_reason=self.reason,
            note=self.note,
        )


def finish(run: Run) -> DecodeTrace:
    """Run to the end and take the record."""
    for _ in run:
        pass
    return run.trace()
