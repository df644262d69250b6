"""Which strategy, P, k and depth for one prompt on this machine: costs measured, gains predicted, the best one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, Run
from specviz.engine.probe.candidates import Candidate, candidates
from specviz.engine.probe.costs import CostMeter
from specviz.engine.probe.ground import Ground
from specviz.engine.probe.reading import overlap_along
from specviz.engine.probe.survey import plain, seconds_of, settled
from specviz.records import RunSettings
from specviz.records.advice import Advice, Check, Forecast
from specviz.records.costs import Costs
from specviz.theory import Estimate, bootstrap_quotient

TEXTS = 3  # written by plain decoding, for every strategy the same
STRIDE = 5  # trees are grown at every fifth place of them
REPEATS = 8  # runs of the chosen setting and of plain decoding, in turn


@dataclass(frozen=True)
class Advising:
    """How far a recommendation is: what is under way, and steps done of all."""

    label: str
    done: int
    total: int


@dataclass
class Adviser:
    """A recommendation under way: iterate it for its progress, take it at any time once costs are known.

    settings: models, temperature, length of each run and seed; strategy, P, k and depth are tried.
    costs: of this pair on this machine; None measures them.  tried: see `candidates` for other P.
    stop: asked between passes; a candidate under way is then dropped.
    Raises ValueError for an empty prompt or one that is too long.
    """

    models: Models
    settings: RunSettings
    prompt: str
    costs: Costs | None = None
    tried: Sequence[Candidate] = field(default_factory=candidates)
    repeats: int = REPEATS
    stop: Callable[[], bool] = lambda: False
    check: Check | None = None
    overlaps: list[np.ndarray] = field(default_factory=list)
    _ground: Ground | None = None

    def __post_init__(self) -> None:
        self.ids = self.models.encode(self.prompt, self.settings.chat)
        self.began = time.perf_counter()

    def __iter__(self) -> Iterator[Advising]:
        total = len(self.tried) + 2 + self.repeats
        if self.costs is None:
            meter = CostMeter(self.models, self.ids, stop=self.stop)
            for _ in meter:
                yield Advising("measuring the cost of a pass", 0, total)
            self.costs = meter.costs() if meter.complete else None
            if self.costs is None:  # it was stopped
                return
        ground = Ground(self.models, self.settings, self.prompt, self.costs, STRIDE, stop=self.stop)
        for _ in range(TEXTS):
            for _ in ground.write():
                yield Advising("plain decoding", 1, total)
            self.overlaps.append(overlap_along(self.models, self.ids, ground.texts[-1], self.settings.warp))
            if self.stop():
                break
        self._ground = ground
        for number, candidate in enumerate(self.tried, start=2):
            title = make_drafter(candidate.drafter).title
            for _ in ground.forecast(candidate):
                yield Advising(f"reading trees of {title}, P = {candidate.capacity}", number, total)
            if self.stop():
                return
        for done in self._check():
            yield Advising("running the best one beside plain decoding", 2 + len(self.tried) + done, total)

    @property
    def forecasts(self) -> list[Forecast]:
        """What has been predicted so far."""
        return [] if self._ground is None else self._ground.forecasts

    def _check(self) -> Iterator[int]:
        """The best forecast and plain decoding in turn; only whole repetitions are kept."""
        advice = self.advice()
        if advice is None:
            return
        chosen = settings_of(advice.best, self.settings)
        for number in range(self.repeats):
            settings = replace(chosen, seed=self.settings.seed + 1 + number)
            runs = [Run(self.models, one, self.prompt, self.stop, lean=True) for one in (settings, plain(settings))]
            for run in runs if number % 2 else runs[::-1]:
                for _ in run:
                    yield number
                if self.stop():
                    return
            method, alone = runs
            self.check = _with(self.check, advice.best, method, alone)

    def advice(self) -> Advice | None:
        """What is known so far; None before the first forecast."""
        if self._ground is None or self.costs is None or not self.forecasts:
            return None
        return Advice(
            prompt=self.prompt, settings=self.settings, provenance=self.models.provenance, costs=self.costs,
            plain_seconds=self._ground.plain().seconds, overlap=float(np.concatenate(self.overlaps).mean()),
            mu=float(np.concatenate([step.entropy for step in self._ground.steps]).mean()),
            forecasts=tuple(self.forecasts), check=self.check, seconds=time.perf_counter() - self.began,
        )  # fmt: skip


def settings_of(forecast: Forecast, settings: RunSettings) -> RunSettings:
    """These settings with the forecast's strategy, P, k and depth."""
    return replace(
        settings, drafter=forecast.drafter, verifier=forecast.verifier, capacity=forecast.capacity,
        depth=forecast.depth, drafts=forecast.drafts,
    )  # fmt: skip


def measured_gain(check: Check) -> Estimate:
    """Plain seconds per token / the method's, with a bootstrap over the repetitions."""
    return bootstrap_quotient((check.seconds, check.tokens), (check.plain_seconds, check.plain_tokens))


def _with(check: Check | None, best: Forecast, method: Run, alone: Run) -> Check:
    before = check or Check(best, (), (), (), (), ())
    steps, other = settled(method.iterations), settled(alone.iterations)
    return Check(
        forecast=best,
        tokens=(*before.tokens, sum(len(step.emitted) for step in steps)),
        passes=(*before.passes, len(steps)),
        seconds=(*before.seconds, seconds_of(steps)),
        plain_tokens=(*before.plain_tokens, sum(len(step.emitted) for step in other)),
        plain_seconds=(*before.plain_seconds, seconds_of(other)),
    )
