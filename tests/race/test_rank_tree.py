import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specviz.race import race_bound, tau_star

CHANCES = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=5).map(lambda w: [x / (sum(w) + 0.3) for x in w])


@cache
def prefix_closed_trees(size: int, ranks: int) -> frozenset[frozenset[tuple[int, ...]]]:
    """Every set of `size` rank tuples that holds the parent of each of its members."""
    if size == 0:
        return frozenset({frozenset()})
    grown = set()
    for tree in prefix_closed_trees(size - 1, ranks):
        for parent, rank in itertools.product([(), *tree], range(1, ranks + 1)):
            if (*parent, rank) not in tree:
                grown.add(tree | {(*parent, rank)})
    return frozenset(grown)


def value(tree: frozenset[tuple[int, ...]], chances: list[float]) -> float:
    return sum(float(np.prod([chances[rank - 1] for rank in node])) for node in tree)


def test_golden_tree() -> None:
    tree = tau_star((0.6, 0.2, 0.1), 8)
    np.testing.assert_allclose(tree.reach, [1, 0.6, 0.36, 0.216, 0.2, 0.1296, 0.12, 0.12, 0.1], atol=1e-12)
    assert tree.nodes == [(0, 1), (1, 1), (2, 1), (0, 2), (3, 1), (1, 2), (4, 1), (0, 3)]
    assert tree.expected_accepted == pytest.approx(1.8456)
    assert tree.expected_tokens == pytest.approx(2.8456)
    assert (int(tree.parent[0]), int(tree.rank[0])) == (-1, 0)


def test_there_are_as_many_trees_as_known() -> None:
    # rank tuples over r ranks: Fuss-Catalan numbers, here r = 3 and r = 5 for up to 3 nodes
    assert [len(prefix_closed_trees(size, 3)) for size in range(1, 6)] == [3, 12, 55, 273, 1428]
    assert [len(prefix_closed_trees(size, 5)) for size in range(1, 4)] == [5, 35, 285]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_best_first_equals_exhaustive_search(size: int) -> None:
    rng = np.random.default_rng(size)
    for _ in range(10):
        chances = (rng.dirichlet(np.ones(4) * 0.7)[:3]).tolist()  # three ranks in any order, and some mass missed
        best = max(value(tree, chances) for tree in prefix_closed_trees(size, 3))
        assert tau_star(chances, size).expected_accepted == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("depth", [1, 2])
def test_depth_limit_equals_exhaustive_search(depth: int) -> None:
    chances = [0.7, 0.15, 0.1]
    allowed = [t for size in range(6) for t in prefix_closed_trees(size, 3) if all(len(node) <= depth for node in t)]
    best = max(value(tree, chances) for tree in allowed)
    assert tau_star(chances, 5, depth=depth).expected_accepted == pytest.approx(best, abs=1e-12)
    assert tau_star(chances, 5).expected_accepted > best + 0.01


@given(CHANCES, st.integers(0, 40), st.one_of(st.none(), st.integers(1, 5)))
@settings(max_examples=150, deadline=None)
def test_structure_of_the_tree(chances: list[float], nodes: int, depth: int | None) -> None:
    tree, larger = tau_star(chances, nodes, depth), tau_star(chances, nodes + 7, depth)
    assert tree.nodes == larger.nodes[: len(tree.nodes)]  # nested
    assert (np.diff(tree.reach) <= 1e-15).all()
    assert len(set(tree.nodes)) == len(tree.nodes) <= nodes
    levels = [0]
    for index, (parent, rank) in enumerate(tree.nodes, start=1):
        assert parent < index
        assert tree.reach[index] == pytest.approx(tree.reach[parent] * chances[rank - 1], rel=1e-12)
        levels.append(levels[parent] + 1)
    assert depth is None or max(levels) <= depth
    if depth is None:
        assert len(tree.nodes) == nodes


def test_hopeless_ranks_are_never_drafted() -> None:
    assert tau_star([0.0, 0.5, 0.0], 3).nodes == [(0, 2), (1, 2), (2, 2)]
    assert tau_star([0.0, 0.0], 3).nodes == []
    assert tau_star([], 3).expected_tokens == 1.0
    assert tau_star([0.5, 0.2], 9, depth=1).nodes == [(0, 1), (0, 2)]
    assert tau_star([0.5], 9, depth=0).nodes == []


def test_ties_go_to_the_shallower_node() -> None:
    # 0.5 * 0.5 = 0.25: rank 2 of the root comes before rank 1 of its first child
    assert tau_star([0.5, 0.25], 2).nodes == [(0, 1), (0, 2)]


def test_reach_that_underflows_ends_the_tree() -> None:
    assert tau_star([1e-200], 5).nodes == [(0, 1)]


@given(CHANCES, st.integers(0, 60))
@settings(max_examples=80, deadline=None)
def test_bound_lies_above_the_best_tree(chances: list[float], nodes: int) -> None:
    law = np.array([*chances, 1 - sum(chances)])  # the last rank is real, too
    rank_entropy = float(-(law * np.log(law)).sum())
    bound = race_bound(nodes, len(law), rank_entropy)
    assert bound >= tau_star(law, nodes).expected_tokens - 1e-9


def test_bound_values_and_shapes() -> None:
    assert race_bound(3, 8, np.log(2)) == pytest.approx(5.0)
    np.testing.assert_allclose(race_bound(np.array([0, 1, 3]), 8, np.log(2)), [3, 4, 5])
    assert type(race_bound(3, 8, 1.0)) is float


def test_asymptotic_slope_is_one_over_the_rank_entropy() -> None:
    law = np.array([0.6, 0.25, 0.1, 0.05])
    entropy, second = -(law * np.log(law)).sum(), (law * np.log(law) ** 2).sum()
    reach = tau_star(law, 20_000).reach.cumsum()
    for nodes in (2_000, 20_000):
        limit = (np.log(nodes + 1) + np.log(entropy)) / entropy + second / (2 * entropy**2)
        assert reach[nodes] == pytest.approx(limit, abs=5e-3)


@pytest.mark.parametrize(
    ("chances", "nodes", "depth"),
    [
        ([-0.1], 3, None),
        ([0.7, 0.4], 3, None),
        ([np.nan], 3, None),
        ([[0.5]], 3, None),
        ([0.5], -1, None),
        ([0.5], 1, -1),
    ],
)
def test_bad_trees_are_refused(chances: list, nodes: int, depth: int | None) -> None:
    with pytest.raises(ValueError, match=r"Acceptance by rank|must not be negative"):
        tau_star(chances, nodes, depth)


@pytest.mark.parametrize(("nodes", "vocabulary", "entropy"), [(-1, 5, 1.0), (3, 0, 1.0), (3, 5, 0.0), (3, 5, np.nan)])
def test_bad_bounds_are_refused(nodes: int, vocabulary: int, entropy: float) -> None:
    with pytest.raises(ValueError, match=r"nodes|vocabulary|entropy"):
        race_bound(nodes, vocabulary, entropy)
