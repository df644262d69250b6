"""Theory functions against scipy, where scipy can follow: time of a call, and the largest difference of the results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import integrate, stats
from scipy.spatial.distance import cityblock
from scipy.special import xlogy

from benchmarks.timing import Spread, take_turns
from benchmarks.transport import drafts_law, heavy_tailed, linear_program
from specviz.theory import entropy_moments, optimal_acceptance, total_variation
from specviz.theory.counts import inside_without_replacement
from specviz.theory.estimates import bootstrap_ratio, wilson
from specviz.theory.goodness import Cells, chi_square_survival, chi_square_test, noise_distance

ENOUGH = 0.02  # seconds of one repetition: short calls are made several times
LARGE = 50_000


@dataclass(frozen=True)
class Check:
    """One function: ours, scipy's, and how to read one number, or an array of them, off either."""

    what: str
    scipy: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]

    def difference(self) -> float:
        """Largest absolute difference."""
        return float(np.abs(np.asarray(self.ours(), float) - np.asarray(self.theirs(), float)).max())


def checks() -> Iterator[Check]:
    """What is compared; fixed seeds."""
    p, q = heavy_tailed(LARGE, 1)
    yield Check(f"total_variation, V = {LARGE:,}", "spatial.distance.cityblock / 2",
                lambda: total_variation(p, q), lambda: cityblock(p, q) / 2)  # fmt: skip
    rows = np.stack([p, q])
    yield Check(f"entropy_moments, 2 rows of V = {LARGE:,}", "stats.entropy, special.xlogy", lambda: _moments(rows),
                lambda: (stats.entropy(rows, axis=1).mean(), _second(rows)))  # fmt: skip
    for k, size in ((2, 64), (3, 16)):
        small = heavy_tailed(size, 1)
        law = drafts_law(small[1], k, "iid")
        yield Check(
            f"optimal_acceptance, k = {k}, V = {size}", "optimize.linprog (HiGHS)",
            lambda small=small, k=k: optimal_acceptance(*small, k), lambda small=small, law=law: linear_program(
                small[0], law
            ),
        )  # fmt: skip
    yield Check("chi_square_survival, 12 degrees of freedom", "stats.chi2.sf",
                lambda: chi_square_survival(14.5, 12), lambda: stats.chi2.sf(14.5, 12))  # fmt: skip
    yield Check("the same, noncentrality 9", "stats.ncx2.sf",
                lambda: chi_square_survival(14.5, 12, 9.0), lambda: stats.ncx2.sf(14.5, 12, 9.0))  # fmt: skip
    expected = 1000 * np.array([0.4, 0.3, 0.2, 0.06, 0.04])
    cells = Cells((0, 1, 2, 3, 4), np.array([412.0, 288, 190, 71, 39]), expected)
    yield Check("chi_square_test, 5 cells", "stats.chisquare", lambda: _statistic(chi_square_test(cells)),
                lambda: tuple(stats.chisquare(cells.counts, cells.expected)))  # fmt: skip
    row, draws = heavy_tailed(32, 2)[0], 400
    yield Check("noise_distance, V = 32, 400 draws", "stats.binom.pmf, summed",
                lambda: noise_distance(row, draws), lambda: _binomial_noise(row, draws))  # fmt: skip
    yield Check("wilson, 37 of 90", "stats.binomtest.proportion_ci", lambda: _interval(wilson(37, 90)),
                lambda: tuple(stats.binomtest(37, 90).proportion_ci(method="wilson")))  # fmt: skip
    few = np.sort(heavy_tailed(24, 3)[1])[::-1]
    yield Check("inside_without_replacement, k = 3, V = 24", "integrate.quad over the time of the third ring",
                lambda: inside_without_replacement(few, 3)[5], lambda: _ringing(few, 6, 3))  # fmt: skip
    rng = np.random.default_rng(4)
    top, bottom = rng.poisson(60, 12).astype(float) + 1, rng.poisson(20, 12).astype(float) + 1
    yield Check("bootstrap_ratio, 12 units, 2,000 resamples",
                "stats.bootstrap, percentile", lambda: _interval(bootstrap_ratio(top, bottom)),
                lambda: _bootstrapped(top, bottom))  # fmt: skip


def table(repeats: int) -> Iterator[str]:
    """One row for each function."""
    yield "| function | scipy | ours, ms | scipy, ms | scipy over ours | largest difference |"
    yield "|---|---|---:|---:|---|---:|"
    for check in checks():
        calls = {name: _often(call) for name, call in (("ours", check.ours), ("theirs", check.theirs))}
        times = take_turns({name: call for name, (call, _) in calls.items()}, repeats)
        each = {name: times.seconds[name] / count for name, (_, count) in calls.items()}
        gain = Spread.of(each["theirs"] / each["ours"])
        cells = " | ".join(f"{1000 * np.median(each[name]):.3g}" for name in ("ours", "theirs"))
        yield f"| {check.what} | {check.scipy} | {cells} | {gain.text(1)} | {check.difference():.1e} |"


def _often(call: Callable[[], Any]) -> tuple[Callable[[], None], int]:
    began = time.perf_counter()
    call()
    count = max(1, int(ENOUGH / max(1e-7, time.perf_counter() - began)))

    def repeated() -> None:
        for _ in range(count):
            call()

    return repeated, count


def _moments(rows: np.ndarray) -> tuple[float, float]:
    found = entropy_moments(rows)
    return found.mu, found.mu2


def _second(rows: np.ndarray) -> float:
    return float((xlogy(rows, rows) * np.log(np.maximum(rows, 1e-300))).sum(axis=1).mean())


def _statistic(found: Any) -> tuple[float, float]:
    return found.statistic, found.p_value


def _interval(found: Any) -> tuple[float, float]:
    return found.low, found.high


def _binomial_noise(law: np.ndarray, draws: int) -> float:
    counts = np.arange(draws + 1)
    return 0.5 * float(sum((np.abs(counts - draws * x) * stats.binom.pmf(counts, draws, x)).sum() for x in law)) / draws


def _ringing(q: np.ndarray, prefix: int, k: int) -> float:
    """1 - integral of c e^(-c t) P(fewer than k of the prefix rang by t)."""
    outside, inside = float(q[prefix:].sum()), q[:prefix]

    def density(t: float) -> float:
        count = np.array([1.0])
        for x in inside:
            rang = -np.expm1(-x * t)
            count = np.convolve(count, [1 - rang, rang])
        return outside * np.exp(-outside * t) * float(count[:k].sum())

    return 1 - float(integrate.quad(density, 0, np.inf, limit=200)[0])


def _bootstrapped(top: np.ndarray, bottom: np.ndarray) -> tuple[float, float]:
    found = stats.bootstrap(
        (top, bottom), lambda x, y, axis: x.sum(axis=axis) / y.sum(axis=axis), paired=True, n_resamples=2000,
        method="percentile", rng=np.random.default_rng(0),
    )  # fmt: skip
    return tuple(found.confidence_interval)
