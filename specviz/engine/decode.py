"""A run: a generator of iterations that can be stopped within one pass, and the record it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from specviz.drafting import make_drafter
from specviz.engine.step import Players, draft_warp, iterate
from specviz.records import DecodeTrace, Iteration, Provenance, RunSettings, StopReason
from specviz.seams import LanguageModel
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

    @property
    def provenance(self) -> Provenance:
        """What the record says about the pair."""
        ...

    @property
    def stop_ids(self) -> frozenset[int]:
        """End-of-text ids."""
        ...

    def encode(self, prompt: str) -> list[int]:
        """Token ids of a prompt."""
        ...

    def decode(self, ids: list[int]) -> str:
        """Text of ids."""
        ...

    def texts(self, ids: set[int]) -> dict[int, str]:
        """Visible text of each id by itself."""
        ...


def decode(
    target: LanguageModel,
    draft: LanguageModel,
    settings: RunSettings,
    prompt_ids: Sequence[int],
    stop_ids: frozenset[int] = frozenset(),
) -> Iterator[Iteration]:
    """Iterations as they happen, until the length asked for, an end-of-text token or the end of the context.

    Raises ValueError before the first pass when drafter and verifier do not fit, or a name is unknown.
    """
    drafter, verifier = make_drafter(settings.drafter), make_verifier(settings.verifier)
    reason = why_not(drafter, verifier)
    if reason:
        raise ValueError(reason)
    players = Players(
        target.open(prompt_ids, settings.warp),
        draft.open(prompt_ids, draft_warp(settings, drafter, verifier)),
        drafter,
        verifier,
    )
    done, index, ranks = 0, 0, [0] * 16
    while done < settings.max_new_tokens:
        room = target.context - players.target.length
        if room < 1:
            return
        remaining = min(settings.max_new_tokens - done, room)
        iteration = iterate(players, settings, index, remaining, stop_ids, tuple(ranks))
        for race in iteration.races.values():
            if race.rank_of_target is not None:
                ranks[min(race.rank_of_target, len(ranks)) - 1] += 1
        yield iteration
        done, index = done + len(iteration.emitted), index + 1
        if iteration.emitted[-1] in stop_ids:
            return


@dataclass
class Run:
    """One run of a pair on a prompt: iterate it, stop it, and take its record at any time.

    stop: asked between passes.
    """

    models: Models
    settings: RunSettings
    prompt: str
    stop: Callable[[], bool] = lambda: False
    iterations: list[Iteration] = field(default_factory=list)
    reason: StopReason = StopReason.STOPPED
    note: str = ""

    def __post_init__(self) -> None:
        self.prompt_ids = self.models.encode(self.prompt)
        reason = why_not(make_drafter(self.settings.drafter), make_verifier(self.settings.verifier))
        if reason:
            raise ValueError(reason)

    def __iter__(self) -> Iterator[Iteration]:
        stop_ids = self.models.stop_ids
        steps = decode(self.models.target, self.models.draft, self.settings, self.prompt_ids, stop_ids)
        for iteration in steps:
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
