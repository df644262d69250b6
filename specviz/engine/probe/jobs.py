"""The Probe page's background work: reading a text, a survey of prompts, a recommendation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from specviz.engine.decode import Models, Run
from specviz.engine.probe.advice import Adviser, Advising
from specviz.engine.probe.prompts import Prompt
from specviz.engine.probe.reading import TextReader
from specviz.engine.probe.survey import Survey, Surveyed
from specviz.engine.scheduling import Job, Work
from specviz.records import DecodeTrace, MeasuredTable, RunSettings
from specviz.records.advice import Advice
from specviz.records.reading import TextReading


@dataclass(frozen=True)
class Progress:
    """What a job is doing, in words, and how far it is."""

    label: str
    done: int
    total: int


@dataclass
class ReadJob(Job):
    """Both models read a text, a run, or a prompt and what the pair writes after it.

    settings: how to continue the text; None reads it as it is.  run: read this instead of a text.
    """

    what: ClassVar[str] = "Reading a text"
    text: str = ""
    settings: RunSettings | None = None
    run: DecodeTrace | None = None
    progress: Progress | None = None
    _reader: TextReader | None = None
    _reading: TextReading | None = None

    def begin(self, pair: Models) -> Work:
        """Write, then read."""
        return self._steps(pair)

    def _steps(self, pair: Models) -> Iterator[Progress]:
        if self.settings is not None:
            run, written = Run(pair, self.settings, self.text, stop=lambda: self.stopping), 0
            for step in run:
                written += len(step.emitted)
                yield Progress("Writing", written, self.settings.max_new_tokens)
            self.run = run.trace()
        run_made = self.run is not None
        reader = TextReader.of_run(pair, self.run) if self.run else TextReader.of_text(pair, self.text)
        self._reader = reader
        for read in reader:
            yield Progress("Reading the run" if run_made else "Reading", read, len(reader.ids))

    def advance(self, step: Progress) -> None:
        """How far it is."""
        self.progress = step

    def conclude(self) -> None:
        """Keep the reading, let go of the models."""
        self._reading, self._reader = self.reading(), None

    def reading(self) -> TextReading | None:
        """What has been read so far, or None before the first chunk."""
        return self._reading if self._reader is None else self._reader.reading()


@dataclass
class SurveyJob(Job):
    """One survey of prompts."""

    what: ClassVar[str] = "Survey of prompts"
    settings: RunSettings = field(default_factory=RunSettings)
    prompts: Sequence[Prompt] = ()
    progress: Surveyed | None = None
    _survey: Survey | None = None
    _table: MeasuredTable | None = None
    _notes: tuple[str, ...] = ()

    def begin(self, pair: Models) -> Work:
        """The survey."""
        self._survey = Survey(pair, self.settings, self.prompts, stop=lambda: self.stopping)
        return self._survey

    def advance(self, step: Surveyed) -> None:
        """How far it is."""
        self.progress = step

    def conclude(self) -> None:
        """Keep the table, let go of the models."""
        self._table, self._notes = self.table(), self.notes
        self._survey = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, and why."""
        return self._notes if self._survey is None else tuple(self._survey.notes)

    def table(self) -> MeasuredTable | None:
        """What was measured so far, or None before the first whole prompt."""
        return self._table if self._survey is None else self._survey.table()


@dataclass
class AdviceJob(Job):
    """One recommendation."""

    what: ClassVar[str] = "Advice"
    settings: RunSettings = field(default_factory=RunSettings)
    prompt: str = ""
    progress: Advising | None = None
    _adviser: Adviser | None = None
    _advice: Advice | None = None

    def begin(self, pair: Models) -> Work:
        """The recommendation."""
        self._adviser = Adviser(pair, self.settings, self.prompt, self.costs, stop=lambda: self.stopping)
        return self._adviser

    def advance(self, step: Advising) -> None:
        """How far it is."""
        self.progress = step
        if self._adviser is not None:
            self.costs = self._adviser.costs

    def conclude(self) -> None:
        """Keep the advice, let go of the models."""
        self._advice, self._adviser = self.advice(), None

    def advice(self) -> Advice | None:
        """What is known so far, or None before the first forecast."""
        return self._advice if self._adviser is None else self._adviser.advice()
