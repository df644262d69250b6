"""The kinds of background work: a run, a study of tokens per pass against capacity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from specviz.engine.decode import Models, Run
from specviz.engine.limits import Progress, Study
from specviz.engine.probe.advice import Advising
from specviz.engine.probe.auto import Chooser, Chosen, measured_rate
from specviz.engine.probe.candidates import CAPACITIES
from specviz.engine.workshop import Job, Work
from specviz.records import DecodeTrace, Iteration, LimitsStudy, RunSettings, StopReason


@dataclass
class RunJob(Job):
    """One run; `trace` is there from the first pass on.

    automatic: choose P and depth first.  choosing: what is being done for it, and "" once it is settled.
    """

    out_of_memory: ClassVar[str] = "The run is out of memory; what was written until then is kept"
    settings: RunSettings = field(default_factory=RunSettings)
    prompt: str = ""
    automatic: bool = False
    choosing: str = ""
    tokens: int = 0
    _run: Run | None = None
    _chosen: Chosen | None = None
    _final: DecodeTrace | None = None

    @classmethod
    def of(cls, settings: RunSettings, prompt: str, automatic: bool = False) -> RunJob:
        """A run of these settings."""
        return cls(settings.target, settings.draft, settings=settings, prompt=prompt, automatic=automatic)

    def begin(self, pair: Models) -> Work:
        """The run; before it, where it is asked for, the choice of P and depth."""
        return self._choose_and_run(pair) if self.automatic else self._start(pair)

    def _start(self, pair: Models) -> Run:
        self._run = Run(pair, self.settings, self.prompt, stop=lambda: self.stopping)
        return self._run

    def _choose_and_run(self, pair: Models) -> Iterator[Advising | Iteration]:
        # P of the sliders only, so that a link can say what was chosen.
        chooser = Chooser(pair, self.settings, self.prompt, self.costs, CAPACITIES, stop=lambda: self.stopping)
        yield from chooser
        self._chosen, self.costs = chooser.chosen, chooser.costs
        self.settings, self.choosing = self._chosen.settings, ""
        yield from self._start(pair)

    def advance(self, step: Advising | Iteration) -> None:
        """Count tokens."""
        if isinstance(step, Advising):
            self.choosing = step.label
        else:
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
        if self._chosen is not None and not self.active and not self._run.note:
            self._run.note = self._chosen.sentence(measured_rate(self._run.iterations))
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
