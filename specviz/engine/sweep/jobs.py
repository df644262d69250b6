"""A sweep in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from specviz.engine.decode import Models
from specviz.engine.probe.prompts import Prompt
from specviz.engine.scheduling import Job, Work
from specviz.engine.scheduling.folder import RunFolder
from specviz.engine.sweep.local import LocalSweep
from specviz.engine.sweep.results import Progress, Results
from specviz.records.sweep import Sweep, SweepPlan
from specviz.records.sweep_store import load_sweep

ENDING = ".sweep.parquet"
BYTES_OF_A_ROW = 1_500


@dataclass
class SweepJob(Job):
    """A sweep; `sweep()` has its rows so far, and where there is a folder they are in `file` as well.

    progress: how far it is, None before its first pass.  before: rows of the same sweep, broken off earlier.
    """

    out_of_memory: ClassVar[str] = "The sweep is out of memory; the runs that were finished are kept"
    what: ClassVar[str] = "Sweep"
    lasting: ClassVar[bool] = True
    plan: SweepPlan = None  # type: ignore[assignment]  # the fields before it have standard values; `of` fills it
    texts: Sequence[str] = ()
    progress: Progress | None = None
    before: Sweep | None = None
    file: Path | None = None
    _results: Results | None = None
    _sweep: Sweep | None = None

    @classmethod
    def of(cls, plan: SweepPlan, prompts: Sequence[Prompt]) -> SweepJob:
        """A sweep of this plan over the prompts that it was made of."""
        texts = [prompt.text for prompt in prompts]
        return cls(plan.settings.target, plan.settings.draft, plan=plan, texts=texts)

    @classmethod
    def stored(cls, number: str, folder: RunFolder | None) -> SweepJob | None:
        """The job of a sweep whose results file the folder holds, or None. Raises TraceError for a damaged file."""
        file = None if folder is None else folder.file_of(number, ENDING)
        if file is None:
            return None
        sweep = load_sweep(file)
        job = cls.of(sweep.plan, ())
        job.id, job.file, job._sweep = number, file, sweep
        job.end()
        return job

    @property
    def unfinished(self) -> bool:
        """Whether it is over before its end, with rows that are worth going on with."""
        sweep = None if self.active else self.sweep()
        return sweep is not None and bool(sweep.rows) and not sweep.is_whole

    def continued(self, prompts: Sequence[Prompt]) -> SweepJob:
        """The job that goes on with this sweep, under the same id.  prompts: those of its plan."""
        job = SweepJob.of(self.plan, prompts)
        job.id, job.before = self.id, self.sweep()
        return job

    def keep_in(self, folder: RunFolder | None) -> None:
        """Its results file is written there every couple of seconds."""
        if folder is not None:
            self.file = folder.path / f"{self.id}{ENDING}"

    def begin(self, pair: Models) -> Work:
        """The sweep."""
        try:
            self._results = Results(self.plan, pair.provenance, self.file, self.before)
        except ValueError:  # the rows before were made by other versions: they would not go together
            self._results = Results(self.plan, pair.provenance, self.file)
        return LocalSweep(pair, self.texts, self._results, stop=lambda: self.stopping)

    def advance(self, step: Progress) -> None:
        """How far it is."""
        self.progress = step

    def conclude(self) -> None:
        """Keep the rows."""
        self._sweep, self._results = self.sweep(), None

    def sweep(self) -> Sweep | None:
        """The rows so far; None before the models are there."""
        if self.spilled and self.file is not None:
            return load_sweep(self.file)
        return self._results.sweep() if self._results is not None else self._sweep

    @property
    def weight(self) -> int:
        """Bytes of the rows; 0 once they are on disk alone."""
        return 0 if self._sweep is None else BYTES_OF_A_ROW * len(self._sweep.rows)

    def spill(self) -> bool:
        """Let go of the rows, because the file holds them."""
        if self.file is not None and self.file.is_file() and not self.active:
            self.spilled, self._sweep = True, None
        return self.spilled
