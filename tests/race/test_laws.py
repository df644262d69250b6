from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from specviz.race import (
    exponentials,
    list_matching_bound,
    match_bounds,
    match_probability,
    rank_entropy_bounds,
    rank_law,
)

P, Q = (0.5, 0.3, 0.2), (0.2, 0.5, 0.3)
WEIGHTS = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1.0)), min_size=4, max_size=4).filter(lambda w: sum(w) > 0)
LAWS = WEIGHTS.map(lambda w: np.array(w) / sum(w))


def entropy(law: np.ndarray) -> float:
    kept = law[law > 0]
    return float(-(kept * np.log(kept)).sum())


def formula(p: np.ndarray, q: np.ndarray) -> float:
    """The closed form, term by term."""
    both = [i for i in range(len(p)) if p[i] > 0 and q[i] > 0]
    return sum(1 / sum(max(p[j] / p[i], q[j] / q[i]) for j in range(len(p))) for i in both)


def test_golden_match_and_ranks() -> None:
    assert match_probability(P, Q) == pytest.approx(43 / 62, abs=1e-14)
    distinct = rank_law(P, Q, 3, repeats=False)
    np.testing.assert_allclose(distinct, [0.6935484, 0.1854425, 0.1210091], atol=6e-8)
    assert distinct.sum() == pytest.approx(1, abs=1e-13)
    assert entropy(distinct) == pytest.approx(0.8218235, abs=6e-8)
    repeated = rank_law(P, Q, 400, repeats=True)
    np.testing.assert_allclose(repeated[:5], [0.6935484, 0.1262435, 0.0722014, 0.0432065, 0.0259202], atol=6e-8)
    assert repeated.sum() == pytest.approx(1, abs=1e-12)
    assert entropy(repeated) == pytest.approx(1.1269211, abs=6e-8)


def test_golden_bounds() -> None:
    bounds = match_bounds(P, Q)
    assert bounds.upper == pytest.approx(0.7)
    assert bounds.minhash == pytest.approx(0.5384615, abs=6e-8)
    assert bounds.poisson == pytest.approx(0.4503571, abs=6e-8)
    assert bounds.poisson == pytest.approx((1 - 0.0992857) / 2, abs=6e-8)
    assert bounds.tight == pytest.approx(0.6594895, abs=6e-8)
    assert bounds.lower == bounds.tight
    values = [list_matching_bound(P, Q, drafts) for drafts in (1, 2, 3)]
    np.testing.assert_allclose(values, [0.6935484, 0.7824356, 0.8311355], atol=6e-8)
    assert rank_entropy_bounds(P, Q).low == pytest.approx(0.2238047, abs=6e-8)


def test_distinct_ranks_agree_with_direct_integration() -> None:
    p, q = np.array([0.42, 0.3, 0.2, 0.08]), np.array([0.05, 0.15, 0.3, 0.5])

    def second(time: float, i: int) -> float:
        late = np.exp(-time * np.maximum(p[i] * q / q[i] - p, 0))
        return float(np.exp(-time) * sum((1 - late[j]) * np.prod(np.delete(late, j)) for j in range(4)))

    oracle = sum(p[i] * integrate.quad(second, 0, np.inf, args=(i,), epsabs=1e-11)[0] for i in range(4))
    assert rank_law(p, q, 2, repeats=False)[1] == pytest.approx(oracle, abs=1e-10)


def test_laws_agree_with_simulated_races() -> None:
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet([0.4] * 12), rng.dirichlet([0.4] * 12)
    clocks = exponentials(3, 0, 0, np.arange(12 * 40_000).reshape(40_000, 12))
    winner = (clocks / p).argmin(axis=1)
    arrivals = clocks / q
    ranks = 1 + (arrivals < arrivals[np.arange(40_000), winner][:, None]).sum(axis=1)
    counted = np.bincount(ranks, minlength=13)[1:] / 40_000
    law = rank_law(p, q, 12, repeats=False)
    assert law.sum() == pytest.approx(1, abs=1e-12)
    errors = np.sqrt(law * (1 - law) / 40_000)
    assert (np.abs(counted - law) <= 4 * errors + 1e-4).all()


def test_equal_and_disjoint_laws() -> None:
    assert match_probability(P, P) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(rank_law(P, P, 2, repeats=True), [1, 0], atol=1e-12)
    np.testing.assert_allclose(rank_law(P, P, 2, repeats=False), [1, 0], atol=1e-12)
    assert match_probability([1, 0], [0, 1]) == 0.0
    np.testing.assert_array_equal(rank_law([1, 0], [0, 1], 3, repeats=False), [0, 0, 0])
    np.testing.assert_array_equal(rank_law([1, 0], [0, 1], 3, repeats=True), [0, 0, 0])
    bounds = match_bounds([1, 0], [0, 1])
    assert (bounds.lower, bounds.upper) == (0.0, 0.0)
    assert list_matching_bound([1, 0], [0, 1], 5) == 0.0


def test_mass_the_draft_cannot_reach_is_missing_from_the_ranks() -> None:
    # token 0 never arrives in the draft's race; given token 1 or 2, every rank is reachable
    assert rank_law([0.4, 0.3, 0.3], [0.0, 0.5, 0.5], 3, repeats=False).sum() == pytest.approx(0.6, abs=1e-12)


@given(LAWS, LAWS)
@settings(max_examples=200, deadline=None)
def test_sorted_sums_equal_the_closed_form(p: np.ndarray, q: np.ndarray) -> None:
    assert match_probability(p, q) == pytest.approx(formula(p, q), abs=1e-11)
    assert match_probability(p, q) == pytest.approx(match_probability(q, p), abs=1e-11)


@given(LAWS, LAWS)
@settings(max_examples=300, deadline=None)
def test_bounds_enclose_the_match(p: np.ndarray, q: np.ndarray) -> None:
    match, bounds = match_probability(p, q), match_bounds(p, q)
    assert bounds.minhash <= bounds.tight + 1e-12
    assert max(bounds.tight, bounds.poisson, bounds.minhash) == bounds.lower
    assert bounds.lower <= match + 1e-12
    assert match <= bounds.upper + 1e-12


@given(LAWS, LAWS, st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_one_race_does_at_least_as_well_as_the_list_bound(p: np.ndarray, q: np.ndarray, drafts: int) -> None:
    repeated = rank_law(p, q, drafts, repeats=True)
    assert list_matching_bound(p, q, 1) == pytest.approx(match_probability(p, q), abs=1e-11)
    assert repeated.sum() >= list_matching_bound(p, q, drafts) - 1e-11
    assert list_matching_bound(p, q, drafts + 1) >= list_matching_bound(p, q, drafts) - 1e-12
    assert (np.diff(repeated) <= 1e-12).all()


@given(LAWS, LAWS)
@settings(max_examples=25, deadline=None)
def test_distinct_ranks_come_no_later_than_ranks_with_repeats(p: np.ndarray, q: np.ndarray) -> None:
    distinct, repeated = (rank_law(p, q, 4, repeats=repeats).cumsum() for repeats in (False, True))
    assert distinct[0] == pytest.approx(repeated[0], abs=1e-12)
    assert (distinct >= repeated - 1e-12).all()
    assert distinct[-1] == pytest.approx(p[q > 0].sum(), abs=1e-12)


@given(LAWS, LAWS)
@settings(max_examples=100, deadline=None)
def test_entropy_bounds_enclose_the_rank_with_repeats(p: np.ndarray, q: np.ndarray) -> None:
    p, q = (0.99 * p + 0.0025, 0.99 * q + 0.0025)  # keeps the geometric tails short enough to sum
    law = rank_law(p, q, 8000, repeats=True)
    bounds = rank_entropy_bounds(p, q)
    assert law.sum() == pytest.approx(1, abs=1e-8)
    assert bounds.low <= entropy(law) + 1e-6
    assert entropy(law) <= bounds.high + 1e-9


def test_lower_entropy_bound_fails_for_distinct_ranks() -> None:
    p, q = [0.001, 0.999], [0.999, 0.001]
    bounds, distinct = rank_entropy_bounds(p, q), entropy(rank_law(p, q, 2, repeats=False))
    assert bounds.low / np.log(2) == pytest.approx(9.94, abs=0.01)
    assert distinct < bounds.high
    assert distinct / np.log(2) == pytest.approx(0.0208, abs=1e-4)


def test_entropy_bounds_are_infinite_when_the_draft_misses_a_token() -> None:
    assert rank_entropy_bounds([0.5, 0.5], [1.0, 0.0]).low == float("inf")
    assert rank_entropy_bounds([1.0, 0.0], [0.5, 0.5]).low == pytest.approx(np.log(2))


def test_far_smaller_probabilities_stay_finite() -> None:
    p, q = [1 - 1e-300, 1e-300], [1e-300, 1 - 1e-300]
    assert match_probability(p, q) == pytest.approx(2e-300, rel=1e-9)
    assert 0 <= match_bounds(p, q).lower <= match_probability(p, q) * (1 + 1e-9)
    assert match_probability([float(Fraction(1, 3))] * 3, [0.3333333, 0.3333333, 0.3333334]) <= 1.0


@pytest.mark.parametrize(
    ("p", "q", "words"),
    [
        ([0.5, 0.5], [1.0], "common shape"),
        ([], [], "common shape"),
        ([1.5, -0.5], [0.5, 0.5], "target law must hold"),
        ([0.5, 0.5], [np.nan, 1.0], "draft law must hold"),
        ([0.5, 0.4], [0.5, 0.5], "target law must sum"),
    ],
)
def test_bad_laws_are_refused(p: list[float], q: list[float], words: str) -> None:
    for function in (match_probability, match_bounds, rank_entropy_bounds):
        with pytest.raises(ValueError, match=words):
            function(p, q)
    for call in (lambda: rank_law(p, q, 1, True), lambda: list_matching_bound(p, q, 1)):
        with pytest.raises(ValueError, match=words):
            call()


def test_no_drafts_are_refused() -> None:
    for call in (lambda: rank_law(P, Q, 0, repeats=True), lambda: list_matching_bound(P, Q, 0)):
        with pytest.raises(ValueError, match="At least one draft"):
            call()
