import numpy as np
import pytest
from scipy import stats

from specviz.theory import bootstrap_quotient, bootstrap_ratio, bootstrap_slope, counted_entropy, wilson


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


def test_the_quotient_of_equal_ratios_is_one_and_pairing_narrows_it() -> None:
    tokens, passes = np.array([10.0, 30, 25, 8]), np.array([5.0, 6, 7, 4])
    same = bootstrap_quotient((tokens, passes), (tokens, passes))
    assert same.value == pytest.approx(1)
    assert same.low == pytest.approx(same.high)
    double = bootstrap_quotient((tokens, passes), (2 * tokens, passes))
    assert double.value == pytest.approx(2)
    with pytest.raises(ValueError, match="first ratio"):
        bootstrap_quotient(([0.0, 1], [1.0, 1]), ([1.0, 1], [1.0, 1]))


def test_the_slope_of_a_line_is_its_slope() -> None:
    x = np.log([1.0, 2, 4, 8])
    passes = np.full((3, 4), 10.0)
    exact = bootstrap_slope(x, (2 + 0.7 * x) * passes, passes)
    assert (exact.value, exact.low, exact.high) == pytest.approx((0.7, 0.7, 0.7))
    rng = np.random.default_rng(0)
    tokens = (2 + 0.7 * x + rng.normal(0, 0.3, (12, 4))) * np.full((12, 4), 10.0)
    noisy = bootstrap_slope(x, tokens, np.full((12, 4), 10.0))
    assert noisy.value == pytest.approx(np.polyfit(x, tokens.sum(0) / 120, 1)[0])
    spread = 0.3 / np.sqrt(12) / np.sqrt(((x - x.mean()) ** 2).sum())
    assert noisy.high - noisy.low == pytest.approx(2 * 1.96 * spread, rel=0.4)


@pytest.mark.parametrize(
    ("x", "top", "bottom"),
    [([1.0, 1], [[1.0, 2]], [[1.0, 1]]), ([1.0, 2], [[1.0]], [[1.0]]), ([1.0, 2], [[1.0, 2]], [[0.0, 1]])],
)
def test_a_slope_needs_points(x: list[float], top: list[list[float]], bottom: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="slope"):
        bootstrap_slope(x, top, bottom)


def test_counted_entropy_corrects_for_small_samples() -> None:
    assert counted_entropy([5, 0, 0]) == 0
    rng = np.random.default_rng(1)
    law = np.array([0.5, 0.25, 0.125, 0.125])
    true = float(-(law * np.log(law)).sum())
    counts = rng.multinomial(60, law, size=4000)
    plugged = [-(c[c > 0] / 60 * np.log(c[c > 0] / 60)).sum() for c in counts]
    assert abs(np.mean([counted_entropy(c) for c in counts]) - true) < 0.3 * abs(np.mean(plugged) - true)
    with pytest.raises(ValueError, match="count"):
        counted_entropy([0, 0])
