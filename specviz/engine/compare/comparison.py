"""Several methods on the same prompts and the same randomness."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, Run, cast_of, check_fit, decode
from specviz.metrics import kept_by_depth
from specviz.records import DecodeTrace, Iteration, RunSettings, SparseRows
from specviz.records.comparison import ComparisonRecord, Unit, first_difference
from specviz.theory import Estimate, bootstrap_difference, bootstrap_ratio
from specviz.verification import make_verifier

_SIZE = re.compile(r"(\d{1,4})(?:x(\d{1,2}))?")
WARM_UP = 2  # passes of each method before anything is timed: the first ones pay for memory and caches


@dataclass(frozen=True)
class Method:
    """A drafter with a verifier, each by its spec; P and k of its own where they differ from the comparison's."""

    drafter: str
    verifier: str
    capacity: int | None = None
    drafts: int | None = None

    @classmethod
    def parse(cls, text: str) -> Method:
        """`drafter+verifier`, `drafter+verifier@P` or `drafter+verifier@PxK`.

        ValueError in one sentence for anything else, and for a pair that does not fit.
        """
        names, at, size = text.partition("@")
        drafter, plus, verifier = (part.strip() for part in names.partition("+"))
        if not plus:
            raise ValueError(f"A method is written drafter+verifier, such as chain+token; not {text[:60]!r}.")
        sizes = _SIZE.fullmatch(size.strip())
        if at and sizes is None:
            raise ValueError(f"P and k of a method are written @P or @PxK, such as @16 or @16x4; not {size[:60]!r}.")
        check_fit(make_drafter(drafter), make_verifier(verifier))
        capacity, drafts = (int(part) if part else None for part in (sizes.groups() if sizes else (None, None)))
        return cls(drafter, verifier, capacity, drafts)

    def __str__(self) -> str:
        size = "" if self.capacity is None else f"@{self.capacity}"
        return f"{self.drafter}+{self.verifier}{size}" + ("" if self.drafts is None else f"x{self.drafts}")

    def settings(self, common: RunSettings) -> RunSettings:
        """The comparison's settings with this method's own parts."""
        return replace(
            common,
            drafter=self.drafter,
            verifier=self.verifier,
            capacity=common.capacity if self.capacity is None else self.capacity,
            drafts=common.drafts if self.drafts is None else self.drafts,
        )


@dataclass
class Outcome:
    """What one method did: one run for each unit (prompt and seed), units in the same order for all."""

    method: Method
    runs: list[DecodeTrace] = field(default_factory=list)

    @property
    def units(self) -> list[tuple[Iteration, ...]]:
        """The passes of each unit."""
        return [run.iterations for run in self.runs]

    @property
    def tokens(self) -> list[int]:
        """Tokens emitted in each unit."""
        return [len(run.emitted) for run in self.runs]

    @property
    def target_calls(self) -> list[int]:
        """Target passes of each unit."""
        return [run.target_calls for run in self.runs]

    @property
    def block_efficiency(self) -> Estimate:
        """Tokens per target pass, with a bootstrap over the units."""
        return bootstrap_ratio(self.tokens, self.target_calls)

    @property
    def accepted_per_call(self) -> list[list[int]]:
        """Accepted draft tokens of every pass of every unit."""
        return [[step.verdict.accepted for step in unit] for unit in self.units]

    def rate_by_depth(self) -> list[float]:
        """For depth 1, 2, ..: of the passes that kept the guess before and had one to go on with, how many kept one."""
        rates: list[float] = kept_by_depth(step for unit in self.units for step in unit)["rate"].tolist()
        return rates

    def seconds(self) -> dict[str, float]:
        """Time spent in each part of the passes."""
        steps = [step.seconds for unit in self.units for step in unit]
        return {
            "draft": sum(s.draft for s in steps),
            "target": sum(s.target for s in steps),
            "verify": sum(s.verify for s in steps),
        }

    def text(self, unit: int) -> tuple[int, ...]:
        """Token ids of one unit."""
        return self.runs[unit].emitted


@dataclass(frozen=True)
class Divergence:
    """Where two methods first wrote another token: unit and place in the text, or None where they never did."""

    first: Method
    second: Method
    unit: int | None
    place: int | None


@dataclass(frozen=True)
class Step:
    """One target pass: whose, in which unit, tokens of that run so far, and whether the run has ended."""

    method: Method
    unit: int
    tokens: int
    finished: bool


@dataclass
class Comparison:
    """Methods on the same prompts and seeds: iterate it for its progress, ask it at the end.

    A unit is a prompt with a seed; every method is given the same noise there, so that a shared race writes one text.
    The method that begins changes from unit to unit, so that none is always the one that meets a warm machine.
    stop: asked between runs.  whole: units whose records keep both models' laws; None is all of them.
    """

    models: Models
    settings: RunSettings
    methods: Sequence[Method]
    prompts: Sequence[str]
    seeds: Sequence[int]
    stop: Callable[[], bool] = lambda: False
    whole: int | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    current: Run | None = None

    def __iter__(self) -> Iterator[Step]:
        """After every pass."""
        self.outcomes = [Outcome(method) for method in self.methods]
        settings = [method.settings(self.settings) for method in self.methods]
        self._warm_up(settings)
        units = [(prompt, seed) for prompt in self.prompts for seed in self.seeds]
        for number, (prompt, seed) in enumerate(units):
            for turn in range(len(settings)):
                if self.stop():
                    return
                place = (number + turn) % len(settings)
                outcome, tokens = self.outcomes[place], 0
                self.current = Run(self.models, replace(settings[place], seed=seed), prompt)
                for iteration in self.current:
                    tokens += len(iteration.emitted)
                    yield Step(outcome.method, number, tokens, False)
                trace, self.current = self.current.trace(), None
                outcome.runs.append(self._kept(trace, number))
                yield Step(outcome.method, number, tokens, True)

    def _warm_up(self, settings: Sequence[RunSettings]) -> None:
        """Loads a middle model and lets every method make its first passes, before anything is measured."""
        for one in settings:
            passes = decode(cast_of(self.models, one), one, self.models.encode(self.prompts[0]), self.models.stop_ids)
            for _ in islice(passes, WARM_UP):
                pass

    def _kept(self, trace: DecodeTrace, number: int) -> DecodeTrace:
        if self.whole is None or number < self.whole:
            return trace
        nothing = SparseRows.unknown(1)
        short = tuple(replace(i, draft=nothing, target=nothing, races={}, residuals={}) for i in trace.iterations)
        return replace(trace, iterations=short)

    def keep_whole_units(self) -> int:
        """After a stop: drop what not every method has done; how many units are left."""
        whole = min((len(outcome.runs) for outcome in self.outcomes), default=0)
        for outcome in self.outcomes:
            del outcome.runs[whole:]
        return whole

    def record(self) -> ComparisonRecord | None:
        """The first unit's runs, the one under way too, and the counts of all whole units; None before any pass."""
        lanes = [outcome.runs[0] for outcome in self.outcomes if outcome.runs]
        if self.current is not None and self.current.iterations and len(lanes) < len(self.outcomes):
            lanes.append(self.current.trace())
        if not lanes:
            return None
        whole = min(len(outcome.runs) for outcome in self.outcomes)
        units = tuple(tuple(Unit.of(run) for run in outcome.runs[:whole]) for outcome in self.outcomes)
        return ComparisonRecord(tuple(lanes), units)

    def divergences(self) -> list[Divergence]:
        """The first difference of every two methods."""
        return [self._divergence(a, b) for a, b in combinations(self.outcomes, 2)]

    @staticmethod
    def _divergence(a: Outcome, b: Outcome) -> Divergence:
        for unit in range(min(len(a.runs), len(b.runs))):
            place = first_difference(a.text(unit), b.text(unit))
            if place is not None:
                return Divergence(a.method, b.method, unit, place)
        return Divergence(a.method, b.method, None, None)

    def gain(self, outcome: Outcome) -> Estimate:
        """Tokens per pass more than the first method's, units resampled in pairs."""
        first = self.outcomes[0]
        return bootstrap_difference((first.tokens, first.target_calls), (outcome.tokens, outcome.target_calls))
