"""The kinds of background work: a run, a study of tokens per pass against capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from specviz.engine.decode import Models
from specviz.engine.limits import Progress, Study
from specviz.engine.run_job import RunJob
from specviz.engine.scheduling import Job, Work
from specviz.records import LimitsStudy, RunSettings

__all__ = ["RunJob", "StudyJob"]


@dataclass
class StudyJob(Job):
    """One study of tokens per pass against capacity; `record` is there from its first measurement on."""

    what: ClassVar[str] = "Study of tokens per pass"
    settings: RunSettings = field(default_factory=RunSettings)
    prompts: Sequence[tuple[str, str]] = ()
    capacities: Sequence[int] = ()
    nested: Sequence[int] = ()
    progress: Progress | None = None
    _study: Study | None = None
    _record: LimitsStudy | None = None

    def begin(self, pair: Models) -> Work:
        """The study."""
        self._study = Study(
            pair, self.settings, self.prompts, self.capacities, nested=self.nested, stop=lambda: self.stopping
        )
        return self._study

    def advance(self, step: Progress) -> None:
        """How far it is."""
        self.progress = step

    def conclude(self) -> None:
        """Keep the record, let go of the models."""
        self._record, self._study = self.record(), None

    def record(self) -> LimitsStudy | None:
        """What was measured so far, or None before the first measurement."""
        return self._study.record() if self._study is not None and self._study.measurements else self._record
