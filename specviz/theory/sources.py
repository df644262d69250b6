"""Text sources whose next-token laws are independent from prefix to prefix: what the closed-form limits assume.

Real text does not obey it: easy and hard stretches come in runs. mu = mean entropy of the laws, nats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
SUM_TOLERANCE = 1e-9
VOCABULARY = 2_000


@dataclass(frozen=True, eq=False)
class Source:
    """A text source: at every prefix the next-token law is one of `laws`, each equally likely, drawn independently.

    laws: float64[K, V], every row sums to 1 and falls from its most probable token on.
    Raises ValueError for anything else.
    """

    name: str
    laws: FloatArray

    def __post_init__(self) -> None:
        laws = np.array(self.laws, dtype=np.float64)
        if laws.ndim != 2 or laws.size == 0 or not np.isfinite(laws).all() or (laws < 0).any():
            raise ValueError("The laws of a source must be a non-empty array [laws, vocabulary] of probabilities.")
        if (np.abs(laws.sum(axis=1) - 1) > SUM_TOLERANCE).any() or (np.diff(laws, axis=1) > 0).any():
            raise ValueError("Every law of a source must sum to 1 and be sorted from the most probable token on.")
        laws.flags.writeable = False
        object.__setattr__(self, "laws", laws)

    @cached_property
    def costs(self) -> FloatArray:
        """float64[K, V + 1]: -log of the laws in nats; the last column, infinite, stands for "no such token"."""
        with np.errstate(divide="ignore"):
            costs = np.abs(np.log(self.laws))
        return np.pad(costs, ((0, 0), (0, 1)), constant_values=np.inf)

    @cached_property
    def entropies(self) -> FloatArray:
        """float64[K]: entropy of each law, nats; their mean is mu."""
        used = np.where(self.laws > 0, self.costs[:, :-1], 0.0)
        return np.asarray((self.laws * used).sum(axis=1))

    @cached_property
    def rows(self) -> list[list[float]]:
        """The costs as plain lists, which a heap reads faster than an array."""
        rows: list[list[float]] = self.costs.tolist()
        return rows


def zipf_source(entropy: float) -> Source:
    """A heavy-tailed source of the mean entropy asked for: Zipf laws whose exponents lie 0.6 to 1.4 times around one.

    entropy: nats, in [0.05, 6]; V = 2,000. Raises ValueError outside.
    """
    if not 0.05 <= entropy <= 6:
        raise ValueError("The mean entropy of the Zipf source must lie between 0.05 and 6 nats.")
    low, high = 0.0, 40.0
    for _ in range(40):  # the entropy falls with the exponent
        middle = (low + high) / 2
        above = Source("", _zipf(middle * _between(0.6, 1.4, 32))).entropies.mean() > entropy
        low, high = (middle, high) if above else (low, middle)
    return Source(f"Zipf of {entropy:g} nats", _zipf(high * _between(0.6, 1.4, 32)))


def named_source(name: str) -> Source:
    """One of the fixed sources in `SOURCES`. Raises ValueError for another name."""
    if name not in SOURCES:
        raise ValueError(f"A source is one of {', '.join(SOURCES)}, not {name!r}.")
    return Source(name, SOURCES[name]())


def _chat() -> FloatArray:
    return np.vstack([_nearly_certain(40), _zipf(_between(1.15, 3.2, 60))])


def _code() -> FloatArray:
    return np.vstack([_nearly_certain(75), _zipf(_between(1.6, 4.0, 25))])


def _dirichlet() -> FloatArray:
    laws = np.random.default_rng(8).dirichlet(np.full(50, 0.08), 200)
    return np.asarray(-np.sort(-laws, axis=1))


# Name -> its laws; made when asked for.
SOURCES: dict[str, Callable[[], FloatArray]] = {
    "chat-like": _chat,
    "code-like": _code,
    "Dirichlet": _dirichlet,
    "Zipf": lambda: _zipf(_between(1.2, 4.0, 64)),
    "binary (0.8, 0.2)": lambda: np.array([[0.8, 0.2]]),
    "uniform over 4": lambda: np.full((1, 4), 0.25),
}


def _between(low: float, high: float, count: int) -> FloatArray:
    """Midpoints of `count` equal parts of an interval."""
    return low + (high - low) * (np.arange(count) + 0.5) / count


def _zipf(exponents: FloatArray, vocabulary: int = VOCABULARY) -> FloatArray:
    """float64[K, V]: p proportional to rank^-exponent, one row per exponent."""
    weights = np.exp(-np.log(np.arange(1, vocabulary + 1)) * exponents[:, None])
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _nearly_certain(count: int) -> FloatArray:
    """Laws that leave between 0.03 % and 2 % to everything but their first token."""
    doubt = np.exp(_between(np.log(0.0003), np.log(0.02), count))[:, None]
    return np.hstack([1 - doubt, doubt * _zipf(np.array([1.5]), VOCABULARY - 1)])
