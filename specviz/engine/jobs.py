"""The kinds of background work: a run, a study of tokens per pass against capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from specviz.engine.decode import Models, Run
from specviz.engine.limits import Progress, Study
from specviz.engine.workshop import Job, Work
from specviz.records import DecodeTrace, Iteration, LimitsStudy, RunSettings, StopReason


@dataclass
class RunJob(Job):
    """One run; `trace` is there from the first pass on."""

    settings: RunSettings = field(default_factory=RunSettings)
    prompt: str = ""
    tokens: int = 0
    _run: Run | None = None
    _final: DecodeTrace | None = None

    @classmethod
    def of(cls, settings: RunSettings, prompt: str) -> RunJob:
        """A run of these settings."""
        return cls(settings.target, settings.draft, settings=settings, prompt=prompt)

    def begin(self, pair: Models) -> Work:
        """The run."""
        self._run = Run(pair, self.settings, self.prompt, stop=lambda: self.stopping)
        return self._run

    def advance(self, step: Iteration) -> None:
        """Count tokens."""
        self.tokens += len(step.emitted)

    def fail(self, message: str) -> None:
        """The record says it too."""
        if self._run is not None:
            self._run.reason = StopReason.FAILED
            self._run.note = message
        super().fail(message)

    def trace(self) -> DecodeTrace | None:
        """The record so far, or None before the first pass; after the end always the same object."""
        if self._final is not None or self._run is None or not self._run.iterations:
            return self._final
        record = self._run.trace()
        if not self.active:
            self._final = record
        return record


@dataclass
class StudyJob(Job):
    """One study of tokens per pass against capacity; `record` is there from its first measurement on."""

    settings: RunSettings = field(default_factory=RunSettings)
    prompts: Sequence[tuple[str, str]] = ()
    capacities: Sequence[int] = ()
    nested: Sequence[int] = ()
    progress: Progress | None = None
    _study: Study | None = None

    def begin(self, pair: Models) -> Work:
        """The study."""
        self._study = Study(
            pair, self.settings, self.prompts, self.capacities, nested=self.nested, stop=lambda: self.stopping
        )
        return self._study

    def advance(self, step: Progress) -> None:
        """How far it is."""
        self.progress = step

    def record(self) -> LimitsStudy | None:
        """What was measured so far, or None before the first measurement."""
        return self._study.record() if self._study is not None and self._study.measurements else None
