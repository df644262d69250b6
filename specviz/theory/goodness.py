"""Do counts follow a law? The chi-square test, what it could have seen, and what chance alone does to a distance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST = 5.0  # expected count of a cell from which on the chi-square law is a fair approximation


@dataclass(frozen=True)
class Cells:
    """Counts and expected counts, every expected one at least `LEAST` where that can be had.

    names: the outcomes that have a cell of their own; a last cell without a name holds all others where there are any.
    """

    names: tuple[int, ...]
    counts: NDArray[np.float64]
    expected: NDArray[np.float64]


@dataclass(frozen=True)
class ChiSquare:
    """statistic: sum (count - expected)^2 / expected.  freedom: cells - 1.  p_value: chance of as much or more under
    the law; 1 with a single cell, 0 where something came that the law rules out."""

    statistic: float
    freedom: int
    p_value: float


def chi_square_survival(statistic: float, freedom: int, shift: float = 0.0) -> float:
    """P(X > statistic) for X chi-square with `freedom` degrees of freedom and noncentrality `shift`.

    Central: Q(freedom / 2, statistic / 2) in closed form, by Q(a + 1, x) = Q(a, x) + x^a e^-x / Gamma(a + 1).
    Noncentral: the Poisson(shift / 2) mixture over freedom + 2j. ValueError for freedom < 1 or a negative number.
    """
    if freedom < 1 or statistic < 0 or shift < 0 or not math.isfinite(statistic + shift):
        raise ValueError("A chi-square law needs at least one degree of freedom and numbers that are not negative.")
    x, a = statistic / 2, freedom % 2 / 2
    total = math.erfc(math.sqrt(x)) if a else 0.0
    total += sum(_term(a + i, x) for i in range(freedom // 2))
    if shift == 0:
        return min(1.0, total)
    mean, weight_left, result = shift / 2, 1.0, 0.0
    for j in range(int(mean + 12 * math.sqrt(mean) + 40)):
        weight = math.exp(j * math.log(mean) - mean - math.lgamma(j + 1))
        result += weight * min(1.0, total)
        weight_left -= weight
        total += _term(a + freedom // 2 + j, x)
    return min(1.0, result + max(0.0, weight_left))


def _term(a: float, x: float) -> float:
    """x^a e^-x / Gamma(a + 1)."""
    if x == 0:
        return 1.0 if a == 0 else 0.0
    return math.exp(a * math.log(x) - x - math.lgamma(a + 1))


def pooled_cells(counts: Sequence[float], law: ArrayLike, draws: int) -> Cells:
    """One cell for each outcome with draws * p >= 5, the rest in one cell, which joins the smallest if it is too small.

    counts: how often outcome i came.  law: p_i; what is missing to 1 is an outcome that is not listed.
    """
    p, seen = np.asarray(law, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    own = np.flatnonzero(draws * p >= LEAST)
    own = own[np.argsort(-p[own], kind="stable")]
    rest, came = max(0.0, 1.0 - float(p[own].sum())), draws - float(seen[own].sum())
    if rest < 1e-9 and came == 0:
        return Cells(tuple(own.tolist()), seen[own], draws * p[own])
    if len(own) > 1 and draws * rest < LEAST and rest >= 1e-9:
        rest, came = rest + float(p[own[-1]]), came + float(seen[own[-1]])
        own = own[:-1]
    return Cells(tuple(own.tolist()), np.append(seen[own], came), draws * np.append(p[own], rest))


def chi_square_test(cells: Cells) -> ChiSquare:
    """Pearson's test of the cells' counts against their expected counts."""
    if ((cells.expected < 1e-9) & (cells.counts > 0)).any():
        return ChiSquare(math.inf, max(1, len(cells.counts) - 1), 0.0)
    statistic = float(((cells.counts - cells.expected) ** 2 / np.maximum(cells.expected, 1e-300)).sum())
    freedom = len(cells.counts) - 1
    return ChiSquare(statistic, freedom, chi_square_survival(statistic, freedom) if freedom else 1.0)


def observed_distance(cells: Cells) -> float:
    """TV between the observed frequencies and the law over the cells: half the sum of |count - expected| / N."""
    return 0.5 * float(np.abs(cells.counts - cells.expected).sum() / cells.counts.sum())


def noise_distance(law: ArrayLike, draws: int) -> float:
    """E TV(counts / N, p) by chance alone: half the sum of the mean absolute deviations of Binomial(N, p_i) / N.

    E|X - Np| = 2 (m + 1) C(N, m + 1) p^(m+1) (1 - p)^(N-m) with m = floor(Np), exactly. law: sums to 1.
    """
    p = np.asarray(law, dtype=np.float64)
    return 0.5 * sum(_mean_deviation(float(x), draws) for x in p) / draws


def _mean_deviation(p: float, draws: int) -> float:
    if p <= 0 or p >= 1:
        return 0.0
    m = math.floor(draws * p)
    log = math.lgamma(draws + 1) - math.lgamma(m + 2) - math.lgamma(draws - m)
    return 2 * (m + 1) * math.exp(log + (m + 1) * math.log(p) + (draws - m) * math.log1p(-p))


def smallest_visible_distance(freedom: int, draws: int, level: float = 0.01, power: float = 0.8) -> float:
    """The TV from which on the test at `level` sees any deviation, whatever its shape, with chance at least `power`.

    A deviation d over the cells shifts the statistic by N sum d^2 / p, at least 4 N TV^2; the chi-square approximation
    of the power is solved for that shift. 1 where not even TV = 1 is enough.
    """
    if freedom < 1 or draws < 1:
        return 1.0
    limit = _solve(lambda x: level - chi_square_survival(x, freedom), 4.0 * freedom + 40)
    shift = _solve(lambda s: chi_square_survival(limit, freedom, s) - power, 8.0 * limit + 40)
    return min(1.0, math.sqrt(shift / (4 * draws)))


def _solve(rising: Callable[[float], float], high: float) -> float:
    """The root of a rising function on [0, high], by bisection."""
    low = 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return high
