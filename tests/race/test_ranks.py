from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specviz.race import (
    attempt_law,
    list_matching_bound,
    list_matching_probability,
    match_bounds,
    match_probability,
    rank_entropy,
    rank_entropy_bounds,
    rank_law,
    repeated_rank_entropy,
    simulated_ranks,
)
from specviz.records import Warp
from specviz.records.laws_store import load_laws
from specviz.theory import optimal_acceptance

P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.5, 0.3])
RECORDED = Path(__file__).parents[2] / "assets" / "laws" / "recorded.npz"
SEEDS = st.integers(0, 10_000)


def pair(seed: int, size: int, concentration: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    laws = rng.dirichlet([concentration] * size, 2) + 1e-9
    p, q = laws / laws.sum(axis=1, keepdims=True)
    return p, q


def slow_law(p: np.ndarray, q: np.ndarray, drafts: int) -> np.ndarray:
    """One rival after the other, all of them, on a fine grid of times."""
    step = 0.05
    time = np.exp(np.arange(-30.0, 3.8, step))
    weight = step * time * np.exp(-time)
    law = np.zeros(drafts)
    for i in np.flatnonzero((p > 0) & (q > 0)):
        count = np.zeros((drafts, len(time)))
        count[0] = 1.0
        for gap in np.maximum(p[i] * q / q[i] - p, 0.0):
            come = -np.expm1(-time * gap)
            count[1:] = count[1:] * (1 - come) + count[:-1] * come
            count[0] *= 1 - come
        law += p[i] * (count @ weight)
    return law


@given(SEEDS, st.integers(2, 40), st.sampled_from([0.05, 0.3, 1.0, 4.0]))
@settings(max_examples=25, deadline=None)
def test_the_series_changes_nothing(seed: int, size: int, concentration: float) -> None:
    p, q = pair(seed, size, concentration)
    drafts = min(size, 24)
    np.testing.assert_allclose(rank_law(p, q, drafts, repeats=False), slow_law(p, q, drafts), atol=1e-9)


@pytest.mark.parametrize("position", [9, 200])
def test_a_tolerance_costs_no_more_than_it_says(position: int) -> None:
    laws = load_laws(RECORDED)
    p, q = laws.laws(position, Warp(temperature=0.7))
    whole = rank_law(p, q, 16, repeats=False)
    for tolerance in (1e-6, 1e-4):
        short = rank_law(p, q, 16, repeats=False, tolerance=tolerance)
        assert short[0] == whole[0] == match_probability(p, q)
        assert (short <= whole + 1e-7).all()
        assert (whole - short).sum() <= 2 * tolerance + 1e-6


@pytest.mark.parametrize("repeats", [False, True])
@pytest.mark.parametrize("laws", [(P, Q), (np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])), pair(4, 12)])
def test_ranks_agree_with_400_000_races(laws: tuple[np.ndarray, np.ndarray], repeats: bool) -> None:
    races = 400_000
    ranks = simulated_ranks(*laws, races, seed=11, repeats=repeats)
    law = rank_law(*laws, min(8, len(laws[0])), repeats=repeats)
    for rank, chance in enumerate(law, start=1):
        z = ((ranks == rank).mean() - chance) / np.sqrt(chance * (1 - chance) / races)
        assert abs(z) < 4, (rank, z)


def test_a_token_that_is_never_drafted_has_rank_0() -> None:
    ranks = simulated_ranks([0.4, 0.6], [0.0, 1.0], 4000, seed=1, repeats=False)
    assert set(ranks.tolist()) == {0, 1}
    assert (ranks == 0).mean() == pytest.approx(0.4, abs=0.04)
    with pytest.raises(ValueError, match="At least one race"):
        simulated_ranks(P, Q, 0, seed=1, repeats=False)


def test_entropy_of_whole_and_cut_laws() -> None:
    whole = rank_entropy(rank_law(P, Q, 3, repeats=False), 3)
    assert whole.low == pytest.approx(0.8218235, abs=6e-8)
    assert whole.high == pytest.approx(whole.low, abs=1e-12)
    cut = rank_entropy(rank_law(P, Q, 2, repeats=False), 3)
    assert cut.low == pytest.approx(whole.low, abs=1e-9)
    flat = rank_entropy([0.5], 5)
    assert (flat.low, flat.high) == pytest.approx((np.log(2), np.log(2) + 0.5 * np.log(4)))
    for bad in ([-0.1], [0.7, 0.6], [[0.5]]):
        with pytest.raises(ValueError, match="chances of a rank"):
            rank_entropy(bad, 4)


def test_entropy_with_repeats() -> None:
    fixture = repeated_rank_entropy(P, Q)
    assert fixture.low == pytest.approx(1.1269211, abs=6e-8)
    assert fixture.high == pytest.approx(fixture.low, abs=1e-9)
    assert repeated_rank_entropy([0.5, 0.5], [1.0, 0.0]).low == float("inf")
    short, long = (repeated_rank_entropy([0.5, 0.5], [0.9999, 0.0001], drafts) for drafts in (64, 400_000))
    assert short.low <= long.low <= long.high <= short.high
    bounds = rank_entropy_bounds([0.5, 0.5], [0.9999, 0.0001])
    assert bounds.low <= long.low <= bounds.high


def test_the_divergence_bounds_repeats_and_not_distinct_ranks() -> None:
    p, q = [0.001, 0.999], [0.999, 0.001]
    low = rank_entropy_bounds(p, q).low
    assert low / np.log(2) == pytest.approx(9.94, abs=0.01)
    assert repeated_rank_entropy(p, q).low > low
    assert rank_entropy(rank_law(p, q, 2, repeats=False), 2).high / np.log(2) < 0.021


@given(SEEDS, st.integers(2, 8), st.integers(1, 6))
@settings(max_examples=120, deadline=None)
def test_one_race_is_no_worse_than_as_many_races(seed: int, size: int, drafts: int) -> None:
    p, q = pair(seed, size)
    races = list_matching_probability(p, q, drafts)
    repeated, distinct = (rank_law(p, q, drafts, repeats=repeats).sum() for repeats in (True, False))
    assert list_matching_bound(p, q, drafts) - 1e-9 <= races <= repeated + 1e-9 <= distinct + 2e-9


def test_attempts_of_recursive_rejection() -> None:
    np.testing.assert_allclose(attempt_law(P, Q, 3).cumsum(), [0.70, 0.76, 0.808], atol=1e-12)
    np.testing.assert_allclose(attempt_law(P, P, 3), [1, 0, 0], atol=1e-12)
    np.testing.assert_array_equal(attempt_law([1, 0], [0, 1], 2), [0, 0])
    with pytest.raises(ValueError, match="At least one draft"):
        attempt_law(P, Q, 0)


@given(SEEDS, st.integers(2, 30))
@settings(max_examples=100, deadline=None)
def test_lower_bounds_are_ordered(seed: int, size: int) -> None:
    p, q = pair(seed, size)
    bounds = match_bounds(p, q)
    assert bounds.minhash <= bounds.darts + 1e-12 <= bounds.tight + 2e-12
    assert bounds.tight <= match_probability(p, q) + 1e-12
    harmonic = 1 - (2 * p * q / (p + q)).sum()
    assert bounds.poisson == pytest.approx((1 - harmonic) / 2, abs=1e-12)


def test_readings_of_the_harmonic_distance_that_are_no_bounds() -> None:
    distance = 0.0992857
    assert match_probability(P, Q) < (1 - distance) / (1 + distance) < 1 - distance


def test_sharp_laws_stay_below_what_any_rule_can_accept() -> None:
    """The first arrivals are draws without replacement; at low temperature ratios leave the range of doubles."""
    laws = load_laws(RECORDED)
    for temperature in (0.05, 0.2, 0.4):
        for position in (3, 83, 150, 301):
            p, q = laws.laws(position, Warp(temperature))
            k = min(4, int(np.count_nonzero(q)))
            kept = float(rank_law(p, q, k, repeats=False).sum())
            assert kept <= optimal_acceptance(p, q, k, "without_replacement") + 1e-9


def test_a_winner_that_the_draft_all_but_rules_out_comes_late() -> None:
    p, q = np.array([1e-20, 1 - 1e-20, 0.0]), np.array([1.0, 1e-25, 1e-22])
    law = rank_law(p, q, 3, repeats=False)
    assert law[0] < 1e-15
    assert law.sum() <= optimal_acceptance(p, q, 3, "without_replacement") + 1e-12
