"""Several methods on the same prompts and the same randomness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, Run, cast_of, check_fit
from specviz.records import Iteration, RunSettings
from specviz.theory import Estimate, bootstrap_difference, bootstrap_ratio
from specviz.verification import make_verifier


@dataclass(frozen=True)
class Method:
    """A drafter with a verifier, each by its spec."""

    drafter: str
    verifier: str

    @classmethod
    def parse(cls, text: str) -> Method:
        """`drafter+verifier`; ValueError in one sentence for anything else, and for a pair that does not fit."""
        drafter, plus, verifier = (part.strip() for part in text.partition("+"))
        if not plus:
            raise ValueError(f"A method is written drafter+verifier, such as chain+token; not {text[:60]!r}.")
        check_fit(make_drafter(drafter), make_verifier(verifier))
        return cls(drafter, verifier)

    def __str__(self) -> str:
        return f"{self.drafter}+{self.verifier}"


@dataclass
class Outcome:
    """What one method did: one list of passes for each unit (prompt and seed), units in the same order for all."""

    method: Method
    units: list[list[Iteration]] = field(default_factory=list)

    @property
    def tokens(self) -> list[int]:
        """Tokens emitted in each unit."""
        return [sum(len(step.emitted) for step in unit) for unit in self.units]

    @property
    def target_calls(self) -> list[int]:
        """Target passes of each unit."""
        return [len(unit) for unit in self.units]

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
        kept: list[int] = []
        tried: list[int] = []
        for step in (step for unit in self.units for step in unit):
            here = [0, *step.verdict.path.tolist()]
            for depth, node in enumerate(here):
                if not step.tree.children[node]:
                    break
                if depth == len(tried):
                    tried.append(0)
                    kept.append(0)
                tried[depth] += 1
                kept[depth] += int(depth < len(here) - 1)
        return [a / b for a, b in zip(kept, tried, strict=True)]

    def seconds(self) -> dict[str, float]:
        """Time spent in each part of the passes."""
        steps = [step.seconds for unit in self.units for step in unit]
        return {
            "draft": sum(s.draft for s in steps),
            "target": sum(s.target for s in steps),
            "verify": sum(s.verify for s in steps),
        }

    def text(self, unit: int) -> list[int]:
        """Token ids of one unit."""
        return [token for step in self.units[unit] for token in step.emitted]


@dataclass(frozen=True)
class Divergence:
    """Where two methods first wrote another token: unit and place in the text, or None where they never did."""

    first: Method
    second: Method
    unit: int | None
    place: int | None


@dataclass
class Comparison:
    """Methods on the same prompts and seeds: iterate it for its progress, ask it at the end.

    A unit is a prompt with a seed; every method is given the same noise there, so that a shared race writes one text.
    stop: asked between runs.
    """

    models: Models
    settings: RunSettings
    methods: Sequence[Method]
    prompts: Sequence[str]
    seeds: Sequence[int]
    stop: Callable[[], bool] = lambda: False
    outcomes: list[Outcome] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[Method, int]]:
        """After every run: the method and the number of the unit."""
        self.outcomes = [Outcome(method) for method in self.methods]
        settings = [replace(self.settings, drafter=m.drafter, verifier=m.verifier) for m in self.methods]
        for one in settings:  # loads a middle model, before anything is measured
            cast_of(self.models, one)
        units = [(prompt, seed) for prompt in self.prompts for seed in self.seeds]
        for number, (prompt, seed) in enumerate(units):
            for outcome, one in zip(self.outcomes, settings, strict=True):
                if self.stop():
                    return
                outcome.units.append(list(Run(self.models, replace(one, seed=seed), prompt)))
                yield outcome.method, number

    def keep_whole_units(self) -> int:
        """After a stop: drop what not every method has done; how many units are left."""
        whole = min((len(outcome.units) for outcome in self.outcomes), default=0)
        for outcome in self.outcomes:
            del outcome.units[whole:]
        return whole

    def divergences(self) -> list[Divergence]:
        """The first difference of every two methods."""
        return [self._divergence(a, b) for a, b in combinations(self.outcomes, 2)]

    @staticmethod
    def _divergence(a: Outcome, b: Outcome) -> Divergence:
        for unit in range(min(len(a.units), len(b.units))):
            one, other = a.text(unit), b.text(unit)
            for place, (x, y) in enumerate(zip(one, other, strict=False)):
                if x != y:
                    return Divergence(a.method, b.method, unit, place)
        return Divergence(a.method, b.method, None, None)

    def gain(self, outcome: Outcome) -> Estimate:
        """Tokens per pass more than the first method's, units resampled in pairs."""
        first = self.outcomes[0]
        return bootstrap_difference((first.tokens, first.target_calls), (outcome.tokens, outcome.target_calls))
