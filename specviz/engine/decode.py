"""A run: a generator of iterations that can be stopped within one pass, and the record it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from specviz.drafting import make_drafter
from specviz.engine.guessers import Cast, draft_warp, open_guesser
from specviz.engine.out_of_memory import require_room
from specviz.engine.step import Players, Watch, count_ranks, iterate
from specviz.policy import check_allowed
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
    before: Sequence[Iteration] = (),
) -> Iterator[Iteration]:
    """Iterations as they happen, until the length asked for, an end-of-text token or the end of the context.

    watch: told of each pass while its whole rows are there.  lean: without both models' rows in the record.
    before: passes of this very run that were made already; the noise is counted by position, so that what follows is
    what would have followed.
    Raises ValueError before the first pass when drafter and verifier do not fit, or a name is unknown.
    """
    drafter, verifier = make_drafter(settings.drafter), make_verifier(settings.verifier)
    check_fit(drafter, verifier)
    written = [token for iteration in before for token in iteration.emitted]
    context = [*prompt_ids, *written]
    target = models.target.open(context, settings.warp)
    guesser = open_guesser(models, drafter, target, context, draft_warp(settings, drafter, verifier))
    players = Players(target, guesser, drafter, verifier)
    yield from rounds(players, settings, models.context, stop_ids, watch, lean, before)


def rounds(
    players: Players,
    settings: RunSettings,
    most: int,
    stop_ids: frozenset[int],
    watch: Watch | None = None,
    lean: bool = False,
    before: Sequence[Iteration] = (),
) -> Iterator[Iteration]:
    """The iterations of players who stand where `before` ended; see `decode`. most: tokens that a text may have."""
    done, index, ranks = sum(len(one.emitted) for one in before), len(before), RankCounts()
    for one in before:
        ranks = count_ranks(one.tree, one.verdict, one.races, ranks)
    while done < settings.max_new_tokens:
        room = most - players.target.length
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
    """The models that these settings need; a middle one is loaded only for a drafter that asks for it.

    Every kind of work comes through here, so the limits of the server are enforced here: NotAllowedError.
    """
    check_allowed(settings)
    layered = make_drafter(settings.drafter).guesser == Guesser.LAYERED
    return Cast(models.target, models.draft, models.middle(settings.middle) if layered else None)


@dataclass
class Run:
    """One run of a pair on a prompt: iterate it, stop it, and take its record at any time.

    stop: asked between passes.  lean: without both models' rows in the record.
    iterations: passes that were made before, where a run is continued; then the new ones as well.
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
        check_allowed(self.settings, self.prompt)
        self.prompt_ids = self.models.encode(self.prompt, self.settings.chat)
        require_room(self.models, self.settings, len(self.prompt_ids))
        check_fit(make_drafter(self.settings.drafter), make_verifier(self.settings.verifier))

    def __iter__(self) -> Iterator[Iteration]:
        stop_ids = self.models.stop_ids
        if self.iterations and self.iterations[-1].emitted[-1] in stop_ids:
            self.reason = StopReason.END_OF_TEXT
            return
        cast = cast_of(self.models, self.settings)
        before = tuple(self.iterations)
        for iteration in decode(cast, self.settings, self.prompt_ids, stop_ids, lean=self.lean, before=before):
            self.iterations.append(iteration)
            yield iteration
            if self.stop():
                self.reason = StopReason.STOPPED
                return
        self.reason = why_ended(self.iterations, self.settings, stop_ids)

    def text(self) -> str:
        """What was written so far."""
        return self.models.decode([token for iteration in self.iterations for token in iteration.emitted])

    def trace(self) -> DecodeTrace:
        """The record of what has happened so far."""
        iterations = tuple(self.iterations)
        ids = set(self.prompt_ids).union(*(ids_of(iteration) for iteration in iterations))
        return DecodeTrace(
            settings=self.settings,
            provenance=self.models.provenance,
            prompt=self.prompt,
            prompt_ids=tuple(self.prompt_ids),
            iterations=iterations,
            texts=self.models.texts(ids),
            vocabulary=self.models.target.vocabulary,
            text=self.text(),
            stop_reason=self.reason,
            note=self.note,
        )


def why_ended(iterations: Sequence[Iteration], settings: RunSettings, stop_ids: frozenset[int]) -> StopReason:
    """Why there is no pass after these."""
    if iterations and iterations[-1].emitted[-1] in stop_ids:
        return StopReason.END_OF_TEXT
    whole = sum(len(one.emitted) for one in iterations) >= settings.max_new_tokens
    return StopReason.LENGTH if whole else StopReason.CONTEXT_FULL


def ids_of(iteration: Iteration) -> set[int]:
    """Every token that a pass names."""
    ids = set(iteration.tree.ids[1:]) | {iteration.verdict.closing_token} | set(iteration.emitted)
    for rows in (iteration.draft, iteration.target):
        ids |= set(rows.ids[rows.ids >= 0].tolist())
    return ids.union(*(race.ids.tolist() for race in iteration.races.values()))


def finish(run: Run) -> DecodeTrace:
    """Run to the end and take the record."""
    for _ in run:
        pass
    return run.trace()
