"""Trees and ceilings of i.i.d. sources against enumeration."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specviz.theory import (
    SOURCES,
    Source,
    Walk,
    dual_bound,
    entropy_moments,
    explicit_bound,
    grow,
    left_out,
    mean_tokens,
    named_source,
    oracle_tokens,
    paper_bound,
    renewal_visits,
    source_dual_bound,
    surprisal_text,
    zipf_source,
)
from specviz.theory.branching import CELL

Prefix = tuple[int, ...]


def law_of(size: int) -> st.SearchStrategy[np.ndarray]:
    weights = st.lists(st.floats(0.01, 1.0), min_size=size, max_size=size)
    return weights.map(lambda w: np.sort(np.array(w) / sum(w))[::-1])


TINY = st.integers(2, 3).flatmap(
    lambda size: st.lists(law_of(size), min_size=1, max_size=2).map(lambda laws: Source("tiny", np.array(laws)))
)


class Script:
    """A generator that hands out chosen laws, one after the other."""

    def __init__(self, rows: tuple[int, ...], laws: int) -> None:
        self.numbers = (np.array(rows) + 0.5) / laws

    def random(self, size: int) -> np.ndarray:
        return self.numbers[:size]


def prefixes(walk: Walk) -> list[Prefix]:
    """The token ranks on the way to every node; siblings are kept from the most probable on."""
    found: list[Prefix] = [()]
    held: dict[int, int] = {}
    for parent in walk.parent[1:].tolist():
        found.append((*found[parent], held.get(parent, 0)))
        held[parent] = held.get(parent, 0) + 1
    return found


def all_trees(vocabulary: int, size: int) -> Iterator[frozenset[Prefix]]:
    """Every prefix-closed tree of a size over a vocabulary."""
    trees = {frozenset({()})}
    for _ in range(size - 1):
        trees = {
            tree | {(*node, token)}
            for tree in trees
            for node in tree
            for token in range(vocabulary)
            if (*node, token) not in tree
        }
    yield from trees


@pytest.mark.parametrize(("vocabulary", "size"), [(2, 1), (2, 4), (2, 7), (3, 6)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_prefix_closed_tree_beats_the_grown_one(vocabulary: int, size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    laws = -np.sort(-rng.dirichlet(np.ones(vocabulary), 5), axis=1)
    walk = grow(Source("random", laws), size, rng)
    held = dict(zip(prefixes(walk), walk.law.tolist(), strict=True))

    def chance(prefix: Prefix) -> float:
        weight = 1.0
        for depth, token in enumerate(prefix):
            # laws after prefixes that were left out are anything: here a hash of the prefix chooses
            above = prefix[:depth]
            weight *= laws[held.get(above, hash(above) % 5), token]
        return weight

    best = max(sum(map(chance, tree)) for tree in all_trees(vocabulary, size))
    assert walk.expected_tokens[-1] == pytest.approx(best, rel=1e-12)
    np.testing.assert_allclose(walk.weights, [chance(prefix) for prefix in held], rtol=1e-12)
    assert [len(prefix) for prefix in held] == walk.depth.tolist()


def test_trees_of_one_seed_are_nested_and_fall_in_weight() -> None:
    source = named_source("chat-like")
    large, small = (grow(source, size, np.random.default_rng(4)) for size in (300, 40))
    for part in ("parent", "depth", "law", "surprisal"):
        np.testing.assert_array_equal(getattr(large.first(40), part), getattr(small, part))
    assert (np.diff(large.surprisal) >= 0).all()
    assert (large.parent[1:] < np.arange(1, 300)).all()
    np.testing.assert_allclose(large.expected_tokens, oracle_tokens(large.weights, np.arange(1, 301)))


def test_the_boundary_begins_with_the_next_node() -> None:
    source = named_source("code-like")
    walk = grow(source, 200, np.random.default_rng(1))
    for size in (1, 2, 17, 199):
        assert left_out(source, walk.first(size)).min() == pytest.approx(walk.surprisal[size], abs=1e-12)
    full = grow(Source("two", np.array([[0.5, 0.5]])), 3, np.random.default_rng(0))
    np.testing.assert_allclose(left_out(Source("two", np.array([[0.5, 0.5]])), full), [np.inf, *[2 * np.log(2)] * 2])


def test_certain_text_is_one_chain() -> None:
    walk = grow(Source("certain", np.array([[1.0, 0.0]])), 6, np.random.default_rng(0))
    assert walk.depth.tolist() == list(range(6))
    assert walk.expected_tokens[-1] == 6.0


def exact_mean(source: Source, capacity: int) -> np.ndarray:
    """F(1..P): nodes take their laws in the order in which they are kept, so every order of laws is equally likely."""
    orders = itertools.product(range(len(source.laws)), repeat=capacity)
    return np.mean([grow(source, capacity, Script(rows, len(source.laws))).expected_tokens for rows in orders], axis=0)


@given(TINY)
@settings(max_examples=40, deadline=None)
def test_every_ceiling_stays_above_the_enumerated_mean(source: Source) -> None:
    sizes = np.arange(1.0, 8)
    exact, moments = exact_mean(source, 7), entropy_moments(source.laws)
    average_budget = source_dual_bound(source, sizes)
    explicit = explicit_bound(moments.mu, moments.mu2, sizes)
    assert (exact <= average_budget + 1e-9).all()
    assert (exact <= explicit + 1e-9).all()
    assert (exact <= paper_bound(moments.mu, moments.mu2, sizes) + 1e-9)[2:].all()
    rounding = sizes * CELL * explicit  # at most one cell a token
    assert (average_budget <= explicit + rounding).all()


@given(TINY)
@settings(max_examples=10, deadline=None)
def test_simulated_means_meet_the_enumerated_ones(source: Source) -> None:
    mean, error = mean_tokens(source, 6, 400, np.random.default_rng(2))
    assert (np.abs(mean - exact_mean(source, 6)) <= 5 * error + 0.01).all()


def visits_by_enumeration(law: tuple[float, float], level: float) -> list[tuple[float, float]]:
    """(S, chance) of every composition of the two surprisals up to a level: an exact renewal measure."""
    first, second = -math.log(law[0]), -math.log(law[1])
    found = []
    for i in range(int(level / first) + 1):
        for j in range(int(max(level - i * first, 0) / second) + 1):
            found.append((i * first + j * second, math.comb(i + j, i) * law[0] ** i * law[1] ** j))
    return found


def test_the_renewal_function_meets_enumeration() -> None:
    levels, visits = renewal_visits(Source("bin", np.array([[0.7, 0.3]])), 6.0)
    reached, exact = np.cumsum(visits), visits_by_enumeration((0.7, 0.3), 6.0)
    for level in np.linspace(0.05, 5.9, 23):
        below = sum(chance for total, chance in exact if total <= level)
        wide = sum(chance for total, chance in exact if total <= level + 18 * CELL)  # at most 18 steps, a cell each
        at = reached[np.searchsorted(levels, level, side="right") - 1]
        assert below - 1e-9 <= at <= wide + 1e-9


def test_the_source_ceiling_meets_a_grid_of_levels() -> None:
    law, sizes = (0.7, 0.3), np.array([1.0, 5, 40, 300])
    exact = visits_by_enumeration(law, 9.0)
    totals, chances = np.array(exact).T
    grid = np.linspace(0, 9, 9001)
    gained = np.array([(chances * np.maximum(1 - np.exp(totals - t), 0)).sum() for t in grid])
    lowest = [(gained + size * np.exp(-grid)).min() for size in sizes]
    ceiling = source_dual_bound(Source("bin", np.array([law])), sizes)
    np.testing.assert_allclose(ceiling, np.minimum(lowest, sizes), rtol=2e-3)
    assert (ceiling >= np.minimum(lowest, sizes) - 1e-3).all()


def test_a_text_holds_every_token_in_its_share() -> None:
    source = named_source("Zipf")
    text, moments = surprisal_text(source, 50_000, np.random.default_rng(0)), entropy_moments(source.laws)
    assert text.mean() == pytest.approx(moments.mu, rel=2e-3)
    assert (text**2).mean() == pytest.approx(moments.mu2, rel=5e-3)
    shuffled = text - text.mean()
    assert abs((shuffled[1:] * shuffled[:-1]).mean() / shuffled.var()) < 0.02


def test_plain_sampling_leads_to_the_same_ceiling() -> None:
    source = named_source("chat-like")
    rng = np.random.default_rng(6)
    rows = rng.integers(0, len(source.laws), 40_000)
    tokens = (np.cumsum(source.laws, axis=1)[rows] < rng.random((40_000, 1))).sum(axis=1).clip(max=1_999)
    measured = dual_bound([source.costs[rows, tokens]], 64, every_start=True)
    assert measured == pytest.approx(float(source_dual_bound(source, np.array([64.0]))[0]), rel=0.03)


@pytest.mark.parametrize("entropy", [0.05, 0.3, 1.0, 3.0, 6.0])
def test_the_zipf_source_has_the_entropy_asked_for(entropy: float) -> None:
    assert zipf_source(entropy).entropies.mean() == pytest.approx(entropy, abs=1e-6)


def test_named_sources_are_what_they_say() -> None:
    moments = {name: entropy_moments(named_source(name).laws) for name in SOURCES}
    assert moments["chat-like"].mu == pytest.approx(1.08, abs=0.02)
    assert moments["code-like"].mu == pytest.approx(0.28, abs=0.01)
    assert moments["uniform over 4"].mu == pytest.approx(np.log(4))
    assert all(named_source(name).laws.shape[1] <= 2_000 for name in SOURCES)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Source("x", np.array([[0.4, 0.6]])), "sorted"),
        (lambda: Source("x", np.array([[0.6, 0.3]])), "sum to 1"),
        (lambda: Source("x", np.array([0.6, 0.4])), "array"),
        (lambda: Source("x", np.array([[1.5, -0.5]])), "probabilities"),
        (lambda: named_source("prose"), "one of"),
        (lambda: zipf_source(9.0), "between"),
        (lambda: grow(named_source("uniform over 4"), 0, np.random.default_rng(0)), "at least 1"),
        (lambda: grow(named_source("uniform over 4"), 2, np.random.default_rng(0)).first(3), "between 1 and 2"),
        (lambda: mean_tokens(named_source("Zipf"), 4, 1, np.random.default_rng(0)), "two trees"),
        (lambda: surprisal_text(named_source("Zipf"), 0, np.random.default_rng(0)), "one token"),
        (lambda: renewal_visits(Source("x", np.array([[1.0, 0.0]])), 2.0), "never moves"),
        (lambda: renewal_visits(named_source("uniform over 4"), -1.0), "negative"),
        (lambda: source_dual_bound(named_source("uniform over 4"), np.array([0.5])), "at least 1"),
    ],
)
def test_refusals_say_what_is_wrong(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
