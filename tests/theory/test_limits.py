import heapq
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specviz.theory import (
    asymptotic_tokens,
    dual_bound,
    entropy_moments,
    explicit_bound,
    information_bound,
    oracle_tokens,
    paper_bound,
)

CAPACITIES = (16, 256, 4096)
LAWS = st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6).map(lambda w: np.array(w) / sum(w))


def best_first(law: np.ndarray, capacity: int) -> np.ndarray:
    """Weights of the `capacity` heaviest prefixes when every node has the same law; the root is the first."""
    ordered = np.sort(law)[::-1]
    heap, weights = [-1.0], []
    while len(weights) < capacity:
        weight = -heapq.heappop(heap)
        weights.append(weight)
        for chance in ordered:
            heapq.heappush(heap, -weight * chance)
    return np.array(weights)


def text(law: np.ndarray, length: int, count: int, seed: int = 5) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return list(-np.log(law)[rng.choice(len(law), p=law, size=(count, length))])


# published figures of the two sources with one fixed law: exact tree, explicit bound, asymptotic value
SOURCES = {
    "bin": ((0.8, 0.2), (5.367, 10.82, 16.36), (6.356, 11.92, 17.47), (5.271, 10.81, 16.35)),
    "unif4": ((0.25,) * 4, (2.688, 4.668, 6.667), (3.223, 5.235, 7.236), (2.736, 4.736, 6.736)),
}


@pytest.mark.parametrize("name", SOURCES)
def test_fixed_sources_reproduce_their_table(name: str) -> None:
    law, exact, explicit, asymptotic = SOURCES[name]
    moments = entropy_moments([law])
    weights = best_first(np.array(law), 4096)
    capacities = np.array(CAPACITIES)
    np.testing.assert_allclose(oracle_tokens(weights, capacities), exact, atol=6e-3)
    np.testing.assert_allclose(explicit_bound(moments.mu, moments.mu2, capacities), explicit, atol=6e-3)
    np.testing.assert_allclose(asymptotic_tokens(moments.mu, moments.mu2, capacities), asymptotic, atol=6e-3)


@pytest.mark.parametrize(
    ("mu", "mu2", "capacity", "explicit", "asymptotic", "leading"),
    [
        (1.078, 4.880, 1, 1.0, 2.169, 0.0),
        (1.078, 4.880, 4, 4.0, 3.455, 7.11),
        (1.078, 4.880, 64, 8.077, 6.027, 21.32),
        (1.078, 4.880, 4096, 11.983, 9.884, 42.64),
        (0.272, 1.086, 8, 8.0, 10.179, 38.1),
        (0.272, 1.086, 64, 24.442, 17.813, 76.1),
        (0.272, 1.086, 4096, 40.390, 33.080, 152.3),
    ],
)
def test_closed_forms_reproduce_the_language_like_rows(
    mu: float, mu2: float, capacity: int, explicit: float, asymptotic: float, leading: float
) -> None:
    # the tables print mu and mu2 with three decimals, hence the tolerance
    assert explicit_bound(mu, mu2, capacity) == pytest.approx(explicit, rel=5e-3)
    assert asymptotic_tokens(mu, mu2, capacity) == pytest.approx(asymptotic, rel=5e-3)
    assert paper_bound(mu, mu2, capacity, constant=0.0) == pytest.approx(leading, rel=5e-3, abs=1e-12)
    assert paper_bound(mu, mu2, capacity) == pytest.approx(leading + 1, rel=5e-3)


def test_dual_bound_is_exact_for_a_uniform_law() -> None:
    # S_n = n log 4 whatever is sampled; the P heaviest prefixes are filled level by level, where duality is tight
    starts = text(np.full(4, 0.25), 12, 2)
    exact = oracle_tokens(best_first(np.full(4, 0.25), 4096), np.array(CAPACITIES))
    np.testing.assert_allclose(dual_bound(starts, np.array(CAPACITIES)), exact, atol=1e-9)


def test_dual_bound_comes_close_from_sampled_text() -> None:
    law = np.array([0.8, 0.2])
    exact = oracle_tokens(best_first(law, 256), np.array([1, 16, 256]))
    measured = dual_bound(text(law, 400, 100), np.array([1, 16, 256]), every_start=True)
    assert measured[0] == 1.0
    np.testing.assert_allclose(measured[1:], exact[1:], rtol=0.01)


def test_dual_bound_minimum_beats_a_grid() -> None:
    starts = text(np.array([0.6, 0.3, 0.1]), 60, 50)
    sums = np.array([np.concatenate([[0.0], np.cumsum(start)])[:32] for start in starts])
    grid = np.linspace(0, 8, 8001)
    values = [np.maximum(1 - np.exp(sums - t), 0).sum(axis=1).mean() + 32 * np.exp(-t) for t in grid]
    exact = dual_bound(starts, 32)
    assert exact <= min(values) + 1e-12
    assert exact == pytest.approx(min(values), abs=1e-3)


def test_short_paths_raise_the_dual_bound_and_never_lower_it() -> None:
    starts = text(np.array([0.8, 0.2]), 63, 200)
    bounds = [dual_bound([start[:length] for start in starts], 64) for length in (63, 20, 8, 3, 0)]
    assert all(longer <= shorter for longer, shorter in pairwise(bounds))
    assert bounds[0] < bounds[2] - 0.1
    assert bounds[-1] == pytest.approx(64.0)


def test_deterministic_text_is_bounded_by_the_capacity_only() -> None:
    silent = [np.zeros(50)]
    np.testing.assert_allclose(dual_bound(silent, np.array([1, 8, 500])), [1, 8, 500])
    assert dual_bound(silent, 8, every_start=True) == pytest.approx(8.0)
    assert explicit_bound(0.0, 0.0, 8) == 8.0


def test_every_start_of_a_text_equals_listing_the_starts() -> None:
    (long,) = text(np.array([0.7, 0.2, 0.1]), 40, 1)
    listed = [long[start:] for start in range(40 + 1 - 9)]
    assert dual_bound([long], 10, every_start=True) == pytest.approx(dual_bound(listed, 10), abs=1e-12)


def test_random_node_laws_stay_below_the_bounds() -> None:
    """Exact trees of a source whose node laws are themselves random, against T1 and the measured dual bound."""
    rng = np.random.default_rng(3)

    def tree_tokens(capacity: int) -> float:
        heap, total = [-1.0], 0.0
        for _ in range(capacity):
            weight = -heapq.heappop(heap)
            total += weight
            for chance in rng.dirichlet([0.3] * 8):
                heapq.heappush(heap, -weight * chance)
        return total

    capacity, laws = 64, rng.dirichlet([0.3] * 8, size=20000)
    moments = entropy_moments(laws)
    drawn = laws[np.arange(20000), (laws.cumsum(axis=1) < rng.random((20000, 1))).sum(axis=1).clip(max=7)]
    tokens = np.array([tree_tokens(capacity) for _ in range(200)])
    error = tokens.std(ddof=1) / len(tokens) ** 0.5
    dual = dual_bound([-np.log(drawn)], capacity, every_start=True)
    assert tokens.mean() <= dual + 4 * error
    assert dual <= explicit_bound(moments.mu, moments.mu2, capacity)
    assert tokens.mean() == pytest.approx(asymptotic_tokens(moments.mu, moments.mu2, capacity), abs=4 * error + 0.05)


@given(LAWS, st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_bounds_stay_above_the_exact_tree_and_grow(law: np.ndarray, capacity: int) -> None:
    moments = entropy_moments([law])
    sizes = np.arange(1, capacity + 2)
    exact = oracle_tokens(best_first(law, capacity + 1), sizes)
    explicit = explicit_bound(moments.mu, moments.mu2, sizes)
    paper = paper_bound(moments.mu, moments.mu2, sizes)
    assert (explicit >= exact - 1e-9).all()
    assert (paper >= exact - 1e-9).all()
    for values in (explicit, paper, asymptotic_tokens(moments.mu, moments.mu2, sizes)):
        assert (np.diff(values) > 0).all()
    assert (explicit <= sizes + 1e-9).all()


@given(st.lists(st.lists(st.floats(0, 3), max_size=8), min_size=1, max_size=4), st.booleans())
@settings(max_examples=100, deadline=None)
def test_dual_bound_lies_between_one_and_the_capacity_and_grows(paths: list[list[float]], every: bool) -> None:
    sizes = np.array([1, 2, 3, 5, 9, 40])
    values = dual_bound(paths, sizes, every_start=every)
    assert (values >= 1 - 1e-9).all()
    assert (values <= sizes + 1e-9).all()
    if not every:  # with every_start the set of starts itself depends on the capacity
        assert (np.diff(values) >= -1e-9).all()


@given(LAWS)
@settings(max_examples=50)
def test_explicit_bound_has_no_step_where_its_branches_meet(law: np.ndarray) -> None:
    moments = entropy_moments([law])
    assume(moments.mu > 0.05)
    meeting = moments.mu2 / moments.mu**2
    below, above = explicit_bound(moments.mu, moments.mu2, np.array([max(meeting - 1e-7, 1.0), meeting + 1e-7]))
    assert above - below == pytest.approx(0, abs=1e-5)


def test_information_bound_covers_a_full_uniform_tree() -> None:
    # root and its four children: two tokens per pass for certain, the closing token is uniform over four
    bound = information_bound(5, np.log(4), np.log(4))
    assert bound == pytest.approx((np.log(5) + np.log(4)) / np.log(4))
    assert bound >= 2.0
    with_fewer_positions = information_bound(4, np.log(4), np.log(4))
    assert with_fewer_positions == pytest.approx(2.0)


def test_oracle_adds_the_heaviest_nodes() -> None:
    weights = [1.0, 0.2, 0.6, 0.36]
    np.testing.assert_allclose(oracle_tokens(weights, np.array([1, 2, 3, 4, 9])), [1, 1.6, 1.96, 2.16, 2.16])


def test_convention_b_counts_the_root_extra_everywhere() -> None:
    nodes = np.array([0, 3, 15])
    for function in (paper_bound, explicit_bound, asymptotic_tokens):
        np.testing.assert_array_equal(function(1.0, 2.0, nodes, convention="B"), function(1.0, 2.0, nodes + 1))
    starts = text(np.array([0.8, 0.2]), 20, 5)
    np.testing.assert_array_equal(dual_bound(starts, nodes, convention="B"), dual_bound(starts, nodes + 1))
    assert information_bound(3, 1.0, 1.0, convention="B") == information_bound(4, 1.0, 1.0)
    assert oracle_tokens([1.0, 0.5, 0.25], 1, convention="B") == 1.5


def test_shape_of_the_capacity_is_kept() -> None:
    grid = np.array([[1, 2, 4], [8, 16, 32]])
    starts = text(np.array([0.8, 0.2]), 40, 3)
    assert explicit_bound(1.0, 2.0, grid).shape == grid.shape
    assert dual_bound(starts, grid).shape == grid.shape
    assert oracle_tokens([1.0], grid).shape == grid.shape
    for value in (explicit_bound(1.0, 2.0, 8), dual_bound(starts, 8), information_bound(8, 1.0, 1.0)):
        assert type(value) is float
