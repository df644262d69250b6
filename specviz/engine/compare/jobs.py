"""A comparison, and a losslessness check, in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from specviz.engine.compare.comparison import Comparison, Method, Step
from specviz.engine.compare.losslessness import Check
from specviz.engine.decode import Models
from specviz.engine.scheduling import Job, Work
from specviz.records import RunSettings
from specviz.records.check import CheckResult
from specviz.records.comparison import ComparisonRecord

WHOLE = 1  # units whose laws are kept: the first is drawn, the others are counted


@dataclass
class CompareJob(Job):
    """Several methods on one prompt and several seeds; `record` is there from the first pass on.

    step: the pass under way.  finished: runs that have ended, of `total`.
    """

    what: ClassVar[str] = "Comparison"
    settings: RunSettings = field(default_factory=RunSettings)
    prompt: str = ""
    methods: Sequence[Method] = ()
    seeds: Sequence[int] = ()
    step: Step | None = None
    finished: int = 0
    _comparison: Comparison | None = None
    _record: ComparisonRecord | None = None

    @classmethod
    def of(cls, settings: RunSettings, prompt: str, methods: Sequence[Method], seeds: int) -> CompareJob:
        """These methods with the settings they have in common; seeds: how many, from the settings' own upwards."""
        own = range(settings.seed, settings.seed + seeds)
        return cls(settings.target, settings.draft, settings=settings, prompt=prompt, methods=methods, seeds=own)

    @property
    def total(self) -> int:
        """Runs in all."""
        return len(self.methods) * len(self.seeds)

    def begin(self, pair: Models) -> Work:
        """The comparison."""
        self._comparison = Comparison(
            pair, self.settings, self.methods, [self.prompt], self.seeds, stop=lambda: self.stopping, whole=WHOLE
        )
        return self._comparison

    def advance(self, step: Step) -> None:
        """How far it is."""
        self.step = step
        self.finished += step.finished

    def conclude(self) -> None:
        """Keep the record, let go of the models."""
        self._record, self._comparison = self.record(), None

    def record(self) -> ComparisonRecord | None:
        """What was done so far, or None before the first pass."""
        return self._comparison.record() if self._comparison is not None else self._record


@dataclass
class CheckJob(Job):
    """One losslessness check; `result` is there from the first draw on. done: draws so far."""

    what: ClassVar[str] = "Losslessness check"
    settings: RunSettings = field(default_factory=RunSettings)
    prompt: str = ""
    position: int = 0
    draws: int = 1000
    tokens: int = 1
    done: int = 0
    _check: Check | None = None
    _result: CheckResult | None = None

    @classmethod
    def of(cls, settings: RunSettings, prompt: str, position: int, draws: int, tokens: int) -> CheckJob:
        """The first tokens of fresh runs with these settings, from a place in the target's own text."""
        return cls(
            settings.target, settings.draft, settings=settings, prompt=prompt, position=position, draws=draws,
            tokens=tokens,
        )  # fmt: skip

    def begin(self, pair: Models) -> Work:
        """The check."""
        self._check = Check(pair, self.settings, self.prompt, self.position, self.draws, self.tokens)
        return self._check

    def advance(self, step: int) -> None:
        """How many draws there are."""
        self.done = step

    def conclude(self) -> None:
        """Keep the counts, let go of the models."""
        self._result, self._check = self.result(), None

    def result(self) -> CheckResult | None:
        """What was counted, or None before the first draw; it may ask the model, so it wants the workshop's turn."""
        if self._check is not None and (self._result is None or self._result.draws < self.done):
            self._result = self._check.result()
        return self._result
