import numpy as np
import pytest
from scipy import stats

from specviz.theory import bootstrap_ratio, wilson


def test_ratio_is_of_sums_not_a_mean_of_ratios() -> None:
    estimate = bootstrap_ratio([10, 90], [10, 10])
    assert estimate.value == 5.0
    assert estimate.count == 2
    assert estimate.low <= 1.0 + 1e-12
    assert estimate.high >= 9.0 - 1e-12


def test_interval_is_repeatable_and_moves_with_the_seed() -> None:
    rng = np.random.default_rng(0)
    tokens, passes = rng.integers(50, 150, 20), rng.integers(20, 60, 20)
    assert bootstrap_ratio(tokens, passes, seed=4) == bootstrap_ratio(tokens, passes, seed=4)
    assert bootstrap_ratio(tokens, passes, seed=4).low != bootstrap_ratio(tokens, passes, seed=5).low
    wide, narrow = bootstrap_ratio(tokens, passes, level=0.99), bootstrap_ratio(tokens, passes, level=0.5)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, hits = np.random.default_rng(1), 0
    for trial in range(200):
        passes = rng.integers(5, 15, 40)
        tokens = np.array([rng.poisson(3.0, n).sum() for n in passes])
        estimate = bootstrap_ratio(tokens, passes, level=0.9, seed=trial, resamples=300)
        hits += estimate.low <= 3.0 <= estimate.high
    assert 160 <= hits <= 195  # 180 expected; 90% +- 3.5 standard errors, with the bootstrap's small undercoverage


def test_one_unit_gives_no_width() -> None:
    estimate = bootstrap_ratio([12], [4])
    assert (estimate.low, estimate.value, estimate.high) == (3.0, 3.0, 3.0)


@pytest.mark.parametrize(
    ("successes", "trials", "level"), [(0, 10, 0.95), (3, 10, 0.9), (50, 50, 0.99), (7, 1000, 0.95)]
)
def test_wilson_agrees_with_scipy(successes: int, trials: int, level: float) -> None:
    estimate = wilson(successes, trials, level)
    oracle = stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
    assert (estimate.low, estimate.high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)
    assert estimate.low <= estimate.value == successes / trials <= estimate.high


@pytest.mark.parametrize(
    ("tokens", "passes", "level"),
    [([], [], 0.9), ([1], [1, 2], 0.9), ([1], [0], 0.9), ([np.nan], [1], 0.9), ([1], [np.inf], 0.9), ([1], [1], 1.0)],
)
def test_bad_units_are_refused(tokens: list[float], passes: list[float], level: float) -> None:
    with pytest.raises(ValueError, match=r"bootstrap|denominators|confidence"):
        bootstrap_ratio(tokens, passes, level)


@pytest.mark.parametrize(("successes", "trials", "level"), [(1, 0, 0.9), (-1, 5, 0.9), (6, 5, 0.9), (1, 5, 0.0)])
def test_bad_counts_are_refused(successes: int, trials: int, level: float) -> None:
    with pytest.raises(ValueError, match=r"trial|confidence"):
        wilson(successes, trials, level)


def test_resamples_must_be_positive() -> None:
    with pytest.raises(ValueError, match="resample"):
        bootstrap_ratio([1], [1], resamples=0)
