"""Estimates with an interval: what a finite run tells about a rate."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Estimate:
    """A value, its interval [low, high] at confidence `level`, and the number of independent units behind it."""

    value: float
    low: float
    high: float
    level: float
    count: int


def bootstrap_ratio(
    numerators: ArrayLike, denominators: ArrayLike, level: float = 0.95, seed: int = 0, resamples: int = 2000
) -> Estimate:
    """Ratio of sums with a percentile bootstrap over units: sum(numerators) / sum(denominators).

    Units are resampled whole, so dependence inside a unit is kept; for L/K give tokens and target passes per prompt.
    numerators, denominators: float64[n], one entry per unit, denominators > 0. level: in (0, 1). With one unit the
    interval has no width and says nothing. Raises ValueError for other shapes, values or levels. Reference [23].
    """
    top, bottom = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    if top.ndim != 1 or top.size == 0 or top.shape != bottom.shape:
        raise ValueError("A bootstrap needs numerators and denominators of one common, positive length.")
    if not (np.isfinite(top).all() and np.isfinite(bottom).all()) or (bottom <= 0).any():
        raise ValueError("Numerators must be finite and denominators positive and finite.")
    _check_level(level)
    if resamples < 1:
        raise ValueError("A bootstrap needs at least one resample.")
    rng = np.random.default_rng(seed)
    ratios = np.empty(resamples)
    many = max(1, 1_000_000 // top.size)  # at once, so that a long run does not fill the memory
    for begin in range(0, resamples, many):
        chosen = rng.integers(0, top.size, (min(many, resamples - begin), top.size))
        ratios[begin : begin + many] = top[chosen].sum(axis=1) / bottom[chosen].sum(axis=1)
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(top.sum() / bottom.sum()), float(low), float(high), level, top.size)


def bootstrap_difference(
    first: tuple[ArrayLike, ArrayLike],
    second: tuple[ArrayLike, ArrayLike],
    level: float = 0.95,
    seed: int = 0,
    resamples: int = 2000,
) -> Estimate:
    """Difference of two ratios of sums measured on the same units, which are resampled together: second - first.

    What the units have in common cancels, so the interval is much narrower than the two ratios' own.
    first, second: (numerators, denominators), float64[n] each, denominators > 0. level: in (0, 1).
    Raises ValueError for other shapes, values or levels. Reference [23].
    """
    columns, sums = _resampled(first, second, level, seed, resamples)
    low, high = np.quantile(sums[2] / sums[3] - sums[0] / sums[1], [(1 - level) / 2, (1 + level) / 2])
    value = columns[2].sum() / columns[3].sum() - columns[0].sum() / columns[1].sum()
    return Estimate(float(value), float(low), float(high), level, columns[0].size)


def bootstrap_quotient(
    first: tuple[ArrayLike, ArrayLike],
    second: tuple[ArrayLike, ArrayLike],
    level: float = 0.95,
    seed: int = 0,
    resamples: int = 2000,
) -> Estimate:
    """Quotient of two ratios of sums measured on the same units, which are resampled together: second / first.

    Arguments and errors as `bootstrap_difference`; the numerators of `first` must be positive too. Reference [23].
    """
    columns, sums = _resampled(first, second, level, seed, resamples)
    if (columns[0] <= 0).any():
        raise ValueError("The first ratio must be positive.")
    low, high = np.quantile(sums[2] * sums[1] / (sums[3] * sums[0]), [(1 - level) / 2, (1 + level) / 2])
    value = columns[2].sum() * columns[1].sum() / (columns[3].sum() * columns[0].sum())
    return Estimate(float(value), float(low), float(high), level, columns[0].size)


def bootstrap_slope(
    x: ArrayLike,
    numerators: ArrayLike,
    denominators: ArrayLike,
    level: float = 0.95,
    seed: int = 0,
    resamples: int = 2000,
) -> Estimate:
    """Least-squares slope of a ratio of sums over units against x, the units resampled whole.

    x: float64[m], not all equal. numerators, denominators: float64[n, m], one row per unit, denominators > 0.
    Raises ValueError for other shapes or values. Reference [23].
    """
    at, top, bottom = (np.asarray(values, dtype=np.float64) for values in (x, numerators, denominators))
    if top.ndim != 2 or top.shape != bottom.shape or at.shape != top.shape[1:] or not top.size:
        raise ValueError("A slope needs one row of numerators and denominators per unit and one column per x.")
    if not all(np.isfinite(values).all() for values in (at, top, bottom)) or (bottom <= 0).any() or np.ptp(at) == 0:
        raise ValueError("A slope needs finite numbers, positive denominators and x that differ.")
    _check_level(level)
    weights = (at - at.mean()) / ((at - at.mean()) ** 2).sum()
    chosen = np.random.default_rng(seed).integers(0, len(top), (resamples, len(top)))
    slopes = (top[chosen].sum(axis=1) / bottom[chosen].sum(axis=1)) @ weights
    low, high = np.quantile(slopes, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(top.sum(axis=0) / bottom.sum(axis=0) @ weights), float(low), float(high), level, len(top))


def wilson(successes: int, trials: int, level: float = 0.95) -> Estimate:
    """Proportion with Wilson's score interval: (s + z^2/2 +- z sqrt(s (n - s) / n + z^2/4)) / (n + z^2).

    z = normal quantile of (1 + level) / 2; the trials are taken to be independent. successes: whole, in [0, trials].
    trials: whole, >= 1. level: in (0, 1). Raises ValueError outside these ranges. Reference [24].
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError("A proportion needs at least one trial and successes between 0 and the trials.")
    _check_level(level)
    z = NormalDist().inv_cdf((1 + level) / 2)
    centre = successes + z * z / 2
    reach = z * (successes * (trials - successes) / trials + z * z / 4) ** 0.5
    low, high = (centre - reach) / (trials + z * z), (centre + reach) / (trials + z * z)
    share = successes / trials
    return Estimate(share, max(0.0, min(low, share)), min(1.0, max(high, share)), level, int(trials))


def counted_entropy(counts: ArrayLike) -> float:
    """Entropy (nats) of a law known by counts, with Miller and Madow's correction: plug-in + (bins - 1) / (2 N).

    The plug-in value alone is too low on average. counts: whole numbers >= 0; bins with a count, N = their sum > 0.
    Raises ValueError for no count or a negative one. Reference [33].
    """
    seen = np.asarray(counts, dtype=np.float64)
    if seen.ndim != 1 or not np.isfinite(seen).all() or (seen < 0).any() or seen.sum() <= 0:
        raise ValueError("An entropy needs at least one count, and none that is negative.")
    seen = seen[seen > 0]
    share = seen / seen.sum()
    return float(-(share * np.log(share)).sum() + (seen.size - 1) / (2 * seen.sum()))


def _resampled(
    first: tuple[ArrayLike, ArrayLike], second: tuple[ArrayLike, ArrayLike], level: float, seed: int, resamples: int
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """The four checked columns, and the sums float64[resamples] of each over the same resampled units."""
    columns = [np.asarray(column, dtype=np.float64) for column in (*first, *second)]
    if columns[0].ndim != 1 or columns[0].size == 0 or any(column.shape != columns[0].shape for column in columns):
        raise ValueError("A paired bootstrap needs columns of one common, positive length.")
    if not all(np.isfinite(column).all() for column in columns) or (columns[1] <= 0).any() or (columns[3] <= 0).any():
        raise ValueError("Numerators must be finite and denominators positive and finite.")
    _check_level(level)
    chosen = np.random.default_rng(seed).integers(0, columns[0].size, (resamples, columns[0].size))
    return columns, [column[chosen].sum(axis=1) for column in columns]


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError("A confidence level must lie strictly between 0 and 1.")
