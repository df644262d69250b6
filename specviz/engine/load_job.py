"""Loading a pair as a job of its own: each named stage with its seconds, and what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import cast

from specviz.engine.decode import Models
from specviz.engine.workshop import Job, Work
from specviz.models.preflight.stages import LoadStage
from specviz.models.preflight.troubles import ModelError, Trouble
from specviz.records import Provenance


@dataclass
class Step:
    """One stage: when it began, how long it took (so far), and a note."""

    stage: LoadStage
    began: float
    seconds: float = 0.0
    note: str = ""


@dataclass
class LoadJob(Job):
    """Loads a pair and does nothing with it; `steps` grow as it goes, `provenance` says what was loaded."""

    steps: list[Step] = field(default_factory=list)
    provenance: Provenance | None = None

    def loading(self, stage: LoadStage, note: str) -> None:
        """Clock the stages; a stop takes effect between two of them."""
        if self.stopping:
            raise ModelError("Loading was stopped; the pair that was loaded before stays.", Trouble.STOPPED)
        if not self.steps or self.steps[-1].stage != stage:
            self._clock()
            self.steps.append(Step(stage, time.monotonic()))
        self.steps[-1].note = note

    def begin(self, pair: Models) -> Work:
        """Nothing is left to do once the pair is there."""
        self._clock()
        self.provenance = pair.provenance
        return cast(Work, ())

    def advance(self, step: object) -> None:
        """There are no steps."""

    def fail(self, message: str) -> None:
        """The stage under way is the one that failed."""
        self._clock()
        super().fail(message)

    def _clock(self) -> None:
        if self.steps:
            self.steps[-1].seconds = time.monotonic() - self.steps[-1].began
