"""A run as a job: written to disk as it happens, and continued where it was broken off."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from specviz.engine.decode import Models, Run
from specviz.engine.probe.advice import Advising
from specviz.engine.probe.auto import Chooser, Chosen, measured_rate
from specviz.engine.probe.candidates import CAPACITIES
from specviz.engine.scheduling.folder import RunFile, RunFolder
from specviz.engine.scheduling.job import Job, Work
from specviz.records import DecodeTrace, Iteration, RunSettings, StopReason

BROKEN_OFF = (StopReason.STOPPED, StopReason.FAILED, StopReason.INTERRUPTED)


@dataclass
class RunJob(Job):
    """One run; `trace` is there from the first pass on.

    automatic: choose P and depth first.  choosing: what is being done for it, and "" once it is settled.
    before: the same run, broken off earlier, which this one continues.
    unkept: why the run is not written to disk, where it should be.
    """

    out_of_memory: ClassVar[str] = "The run is out of memory; what was written until then is kept"
    what: ClassVar[str] = "Run"
    settings: RunSettings = field(default_factory=RunSettings)
    prompt: str = ""
    automatic: bool = False
    choosing: str = ""
    tokens: int = 0
    before: DecodeTrace | None = None
    unkept: str = ""
    _run: Run | None = None
    _chosen: Chosen | None = None
    _final: DecodeTrace | None = None
    _folder: RunFolder | None = None
    _file: RunFile | None = None
    _weight: int = 0
    _held: weakref.ref[DecodeTrace] | None = None

    @classmethod
    def of(cls, settings: RunSettings, prompt: str, automatic: bool = False, visitor: str = "") -> RunJob:
        """A run of these settings."""
        return cls(
            settings.target, settings.draft, settings=settings, prompt=prompt, automatic=automatic, visitor=visitor
        )

    @classmethod
    def stored(cls, number: str, trace: DecodeTrace) -> RunJob:
        """The job of a run that a file holds."""
        job = cls.of(trace.settings, trace.prompt)
        job.id, job.tokens, job._final = number, len(trace.emitted), trace
        job._weight = _bytes(trace.iterations)
        job.end()
        return job

    def continued(self, visitor: str = "") -> RunJob:
        """The job that goes on with this run, under the same id."""
        job = RunJob.of(self.settings, self.prompt, visitor=visitor)
        job.id, job.before = self.id, self.trace()
        return job

    @property
    def unfinished(self) -> bool:
        """Whether the run is over before its end, so that it can be continued."""
        trace = None if self.active else self.trace()
        return trace is not None and trace.stop_reason in BROKEN_OFF

    def keep_in(self, folder: RunFolder | None) -> None:
        """Where the run is written."""
        self._folder = folder

    def begin(self, pair: Models) -> Work:
        """The run; before it, where it is asked for, the choice of P and depth."""
        return self._choose_and_run(pair) if self.automatic else self._start(pair)

    def _start(self, pair: Models) -> Run:
        run = Run(pair, self.settings, self.prompt, stop=lambda: self.stopping)
        if self.before is not None:
            if tuple(run.prompt_ids) != self.before.prompt_ids:
                raise ValueError(
                    "These models read the prompt as other tokens than those that began the run, so that it cannot be "
                    "continued; press Run to decode it from its start."
                )
            run.iterations = list(self.before.iterations)
            self.tokens = len(self.before.emitted)
        if self._folder is not None:
            self._file = RunFile(self._folder, run, self.id)
            self.unkept = self._file.trouble
        self._weight = _bytes(run.iterations)
        self._run = run
        return run

    def _choose_and_run(self, pair: Models) -> Iterator[Advising | Iteration]:
        # P of the sliders only, so that a link can say what was chosen.
        chooser = Chooser(pair, self.settings, self.prompt, self.costs, CAPACITIES, stop=lambda: self.stopping)
        yield from chooser
        self._chosen, self.costs = chooser.chosen, chooser.costs
        self.settings, self.choosing = self._chosen.settings, ""
        yield from self._start(pair)

    def advance(self, step: Advising | Iteration) -> None:
        """Count tokens, and write the pass down."""
        if isinstance(step, Advising):
            self.choosing = step.label
            return
        self.tokens += len(step.emitted)
        self._weight += _bytes((step,))
        if self._file is not None:
            self._file.add(step)
            self.unkept = self._file.trouble

    @property
    def written(self) -> int:
        """Tokens that this job, not one before it, added."""
        return self.tokens - (0 if self.before is None else len(self.before.emitted))

    def fail(self, message: str) -> None:
        """The record says it too."""
        if self._run is not None:
            self._run.reason = StopReason.FAILED
            self._run.note = message
        super().fail(message)

    def end(self) -> None:
        """Save the record; a run of which nothing was decoded leaves none."""
        run = self._run
        if run is not None and self._chosen is not None and not run.note:
            run.note = self._chosen.sentence(measured_rate(run.iterations))
        if run is not None and run.iterations:
            self._final = run.trace()
        elif self.before is not None:
            self._final = self.before
        if self._file is not None:
            self._file.end()
            self._save()
            self._file.leave()
        self._run = self._file = None  # the models may go
        super().end()

    def _save(self) -> None:
        if self._folder is None or self._final is None:
            return
        try:
            self._folder.save(self._final, self.id)
        except OSError as error:
            self.unkept = f"The run could not be saved on the server ({error.strerror}); download it to keep it."

    def trace(self) -> DecodeTrace | None:
        """The record so far, or None before the first pass; after the end always the same object while one is held."""
        if self.spilled:
            return self._fetch()
        if self._final is not None or self._run is None or not self._run.iterations:
            return self._final
        return self._run.trace()

    @property
    def weight(self) -> int:
        """Bytes of its passes' columns; 0 once they are on disk alone."""
        return 0 if self.spilled else self._weight

    def spill(self) -> bool:
        """Let go of the record, because its file holds it."""
        if self.spilled or self._folder is None or self.unkept or self.active:
            return self.spilled
        if self._final is not None:
            self._held = weakref.ref(self._final)
        self._final = self.before = None
        self.spilled = True
        return True

    def _fetch(self) -> DecodeTrace | None:
        held = None if self._held is None else self._held()
        if held is None and self._folder is not None:
            held = self._folder.find(self.id)
            self._held = None if held is None else weakref.ref(held)
        return held


def _bytes(iterations: tuple[Iteration, ...] | list[Iteration]) -> int:
    """Bytes of the rows that passes hold, which are nearly all that they hold."""
    rows = [
        one for item in iterations for one in (item.draft, item.target, *item.residuals.values())
    ]  # fmt: skip
    return sum(one.ids.nbytes + one.probs.nbytes + one.below.nbytes + one.tail.nbytes for one in rows)
