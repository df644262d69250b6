"""A study of tokens per pass against capacity: strategies x capacities x prompts, as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, cast_of, check_fit, decode
from specviz.records import LimitsStudy, Measurement, RunSettings
from specviz.verification import make_verifier

STRATEGIES = (
    ("best_first", "sample_and_look"),
    ("iid_sequences", "recursive_rejection"),
    ("chain", "recursive_rejection"),
    ("race_tau_star", "shared_race"),
    ("oracle", "sample_and_look"),
)


@dataclass
class Study:
    """A study under way: iterate it for its progress, take its record at any time."""

    models: Models
    settings: RunSettings
    prompts: Sequence[tuple[str, str]]  # (kind, prompt)
    capacities: Sequence[int]
    strategies: Sequence[tuple[str, str]] = STRATEGIES
    stop: Callable[[], bool] = lambda: False
    measurements: list[Measurement] = field(default_factory=list)
    note: str = ""

    def __post_init__(self) -> None:
        for capacity in self.capacities:
            replace(self.settings, capacity=capacity)  # the range check
        for drafter, verifier in self.strategies:
            check_fit(make_drafter(drafter), make_verifier(verifier))
        self.ids = [self.models.encode(prompt) for _, prompt in self.prompts]
        self.surprisals: list[np.ndarray] = []
        self.entropies: list[np.ndarray] = []
        self.second_moments: list[np.ndarray] = []

    @property
    def total(self) -> int:
        """Measurements in all."""
        return len(self.strategies) * len(self.capacities)

    def __iter__(self) -> Iterator[Measurement]:
        self._sample_text()
        for drafter, verifier in self.strategies:
            for capacity in self.capacities:
                if self.stop():
                    return
                measurement = self._measure(drafter, verifier, capacity)
                self.measurements.append(measurement)
                yield measurement

    def _sample_text(self) -> None:
        """Plain decoding of every prompt: the target's surprisals and entropies on its own text."""
        plain = replace(self.settings, capacity=0, drafter="chain", verifier="sample_and_look")
        for ids in self.ids:
            steps = list(decode(cast_of(self.models, plain), plain, ids))
            for name in ("surprisal", "entropy", "second_moment"):
                column = np.concatenate([getattr(step, name) for step in steps])
                {"surprisal": self.surprisals, "entropy": self.entropies, "second_moment": self.second_moments}[
                    name
                ].append(column)

    def _measure(self, drafter: str, verifier: str, capacity: int) -> Measurement:
        """Every prompt to the full length: an end-of-text token does not end a measured run."""
        began = time.perf_counter()
        settings = replace(self.settings, drafter=drafter, verifier=verifier, capacity=capacity)
        models = cast_of(self.models, settings)
        tokens, passes = [], []
        for ids in self.ids:
            lengths = [len(step.emitted) for step in decode(models, settings, ids)]
            tokens.append(sum(lengths))
            passes.append(len(lengths))
        return Measurement(drafter, verifier, capacity, tuple(tokens), tuple(passes), time.perf_counter() - began)

    def record(self) -> LimitsStudy:
        """What has been measured so far."""
        return LimitsStudy(
            temperature=self.settings.temperature,
            drafts=self.settings.drafts,
            depth=self.settings.depth,
            max_new_tokens=self.settings.max_new_tokens,
            seed=self.settings.seed,
            provenance=self.models.provenance,
            vocabulary=self.models.target.vocabulary,
            kinds=tuple(kind for kind, _ in self.prompts),
            prompts=tuple(prompt for _, prompt in self.prompts),
            measurements=tuple(self.measurements),
            surprisals=tuple(self.surprisals),
            entropies=tuple(self.entropies),
            second_moments=tuple(self.second_moments),
            note=self.note,
        )
