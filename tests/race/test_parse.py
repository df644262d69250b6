import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specviz.race import SHAPES, large_budget, leaf_bound, race_bound, rank_shape, shape_reach, tau_star, tunstall

LAWS = st.lists(st.floats(0.02, 1.0), min_size=2, max_size=6).map(lambda w: np.sort(np.array(w) / sum(w))[::-1])


@given(LAWS, st.integers(0, 40), st.booleans())
@settings(max_examples=120, deadline=None)
def test_split_nodes_are_those_of_tau_star(law: np.ndarray, nodes: int, cut: bool) -> None:
    chances = law[:-1] if cut else law  # some mass at later ranks, which no draft carries
    tree, parse = tau_star(chances, nodes), tunstall(chances, nodes + 1)
    np.testing.assert_allclose(np.sort(parse.chance[list(parse.split)]), np.sort(tree.reach), rtol=1e-12)
    assert parse.expected_length == pytest.approx(tree.expected_tokens)
    assert parse.chance[parse.leaves].sum() == pytest.approx(1)
    assert len(parse.leaves) == 1 + (nodes + 1) * (len(law) - 1)
    entropy = float(-(law * np.log(law)).sum())
    assert parse.leaf_entropy == pytest.approx(entropy * parse.expected_length)
    assert parse.leaf_entropy <= np.log(len(parse.leaves)) + 1e-9


@given(LAWS, st.integers(0, 60))
@settings(max_examples=80, deadline=None)
def test_the_sharper_bound_lies_between(law: np.ndarray, nodes: int) -> None:
    entropy = float(-(law * np.log(law)).sum())
    sharp = leaf_bound(nodes, len(law), entropy)
    assert tau_star(law, nodes).expected_tokens <= sharp + 1e-9
    assert sharp <= race_bound(nodes, len(law), entropy) + 1e-9


def test_formula_for_many_nodes() -> None:
    law = np.array([0.6, 0.25, 0.1, 0.05])
    reach = tau_star(law, 20_000).reach.cumsum()
    np.testing.assert_allclose(large_budget(np.array([2_000, 20_000]), law), reach[[2_000, 20_000]], atol=5e-3)
    assert type(large_budget(5, law)) is float


def test_shapes() -> None:
    chances = (0.6, 0.2, 0.1)
    assert rank_shape("sequence", chances, 3).nodes == [(0, 1), (1, 1), (2, 1)]
    assert rank_shape("batch", chances, 3).nodes == [(0, 1), (0, 2), (0, 3)]
    wide = rank_shape("specinfer", chances, 20)
    assert wide.nodes[:8] == [(0, 1), (1, 1), (2, 1), (2, 2), (2, 3), (3, 1), (4, 1), (5, 1)]
    assert [int((np.array([_depth(wide, node) for node in range(21)]) == d).sum()) for d in range(9)] == [
        1, 1, 1, 3, 3, 3, 3, 3, 3
    ]  # fmt: skip
    assert rank_shape("tau_star", chances, 8).expected_accepted == pytest.approx(1.8456)
    assert rank_shape("batch", chances, 5).expected_accepted == pytest.approx(0.9)
    np.testing.assert_allclose(shape_reach([(0, 2), (1, 1)], chances).reach, [1, 0.2, 0.12])


def _depth(tree, node: int) -> int:
    return 0 if node == 0 else 1 + _depth(tree, int(tree.parent[node]))


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_nested_and_no_better_than_tau_star(name: str) -> None:
    chances = (0.5, 0.2, 0.1, 0.05)
    for nodes in (1, 4, 16):
        tree = rank_shape(name, chances, nodes)
        assert tree.nodes == rank_shape(name, chances, 40).nodes[:nodes]
        assert tree.expected_accepted <= tau_star(chances, nodes).expected_accepted + 1e-12


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="no shape 'star'"):
        rank_shape("star", (0.5,), 3)
    with pytest.raises(ValueError, match="must not be negative"):
        rank_shape("batch", (0.5,), -1)
    for chances, splits, words in (
        ([0.2, 0.5], 2, "do not rise"),
        ([0.9, 0.9], 2, "sum to at most"),
        ([0.5], 0, "split"),
    ):
        with pytest.raises(ValueError, match=words):
            tunstall(chances, splits)
    with pytest.raises(ValueError, match="entropy of the rank"):
        large_budget(4, [1.0])
    with pytest.raises(ValueError, match="at least two tokens"):
        leaf_bound(3, 1, 1.0)
