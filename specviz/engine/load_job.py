"""Loading a pair as a job of its own: each named stage with its seconds, what a pass costs, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, cast

from specviz.engine.decode import Models
from specviz.engine.probe.costs import CostMeter, plain_text
from specviz.engine.scheduling import Job, Work
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
    """Loads a pair and measures what its passes cost; `steps` grow as it goes, `provenance` says what was loaded."""

    out_of_memory: ClassVar[str] = "There is no memory to measure what a pass costs; the pair is loaded all the same"
    what: ClassVar[str] = "Loading a pair"
    tells_stop: ClassVar[bool] = True
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
        """What a pass costs, where nobody has measured it yet or it shall be measured again."""
        self._clock()
        self.provenance = pair.provenance
        return cast(Work, ()) if self.costs else self._measure(pair)

    @property
    def only_measures(self) -> bool:
        """Whether the pair is in memory already, so that nothing has to be loaded."""
        return self.steps[0].stage == LoadStage.COSTS if self.steps else self.again

    def _measure(self, pair: Models) -> Iterator[int]:
        self.steps.append(Step(LoadStage.COSTS, time.monotonic()))
        meter, rounds = CostMeter(pair, plain_text(pair), stop=lambda: self.stopping), 0
        for done in meter:
            if meter.complete and done > rounds:
                rounds, self.costs = done, meter.costs()
            yield done
        self.costs = meter.costs() if meter.complete else None

    def advance(self, step: int) -> None:
        """Passes of each size so far."""
        self._clock()
        self.steps[-1].note = f"each size {step} times" if step > 1 else ""

    def fail(self, message: str) -> None:
        """The stage under way is the one that failed."""
        self._clock()
        super().fail(message)

    def _clock(self) -> None:
        if self.steps:
            self.steps[-1].seconds = time.monotonic() - self.steps[-1].began
