"""Interleaved repetitions: all alternatives take turns in one process, so that what disturbs one disturbs all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.spent import clock, wait

Call = Callable[[], object]


@dataclass(frozen=True)
class Spread:
    """Median of the repetitions, and the range that holds the middle 80 percent of them."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: np.ndarray) -> Spread:
        """NaNs are left out; all NaN where nothing else is there."""
        known = values[~np.isnan(values)]
        if not len(known):
            return cls(float("nan"), float("nan"), float("nan"), 0)
        low, median, high = (float(x) for x in np.quantile(known, (0.1, 0.5, 0.9)))
        return cls(median, low, high, len(known))

    def text(self, digits: int = 2) -> str:
        """Median and range."""
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


@dataclass(frozen=True)
class Times:
    """Seconds of each alternative in each repetition, by name."""

    seconds: Mapping[str, np.ndarray]

    def spread(self, name: str, scale: float = 1.0) -> Spread:
        """Of one alternative, times a factor."""
        return Spread.of(scale * self.seconds[name])

    def ratio(self, above: str, below: str) -> Spread:
        """Time of one over the time of another, repetition by repetition."""
        return Spread.of(self.seconds[above] / self.seconds[below])

    def gain(self, name: str, *against: str) -> Spread:
        """How many times faster than the fastest of the others in the same repetition."""
        return Spread.of(np.min([self.seconds[other] for other in against], axis=0) / self.seconds[name])

    def best(self, names: list[str]) -> str:
        """The alternative of the least median."""
        return min(names, key=lambda name: float(np.median(self.seconds[name])))


def take_turns(calls: Mapping[str, Call], repeats: int, warm_up: int = 1) -> Times:
    """Each call once in every repetition; the one that begins changes from repetition to repetition."""
    names = list(calls)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(-warm_up, repeats):
        for place in range(len(names)):
            name = names[(place + turn) % len(names)]
            wait()
            began = clock()
            calls[name]()
            wait()
            if turn >= 0:
                seconds[name].append(clock() - began)
    return Times({name: np.array(column) for name, column in seconds.items()})
