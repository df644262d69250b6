"""Draft trees refuse what is not a tree."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.drafting.base import TreeBuilder
from specviz.records import DraftTree, Sampling


def tree(parents: list[int], tokens: list[int], **more) -> DraftTree:
    depth = [0]
    for parent in parents[1:]:
        depth.append(depth[parent] + 1 if 0 <= parent < len(depth) else 1)
    size = len(parents)
    return DraftTree(
        np.array(tokens), np.array(parents), np.array(depth), np.arange(size), np.full(size, 0.5), Sampling.IID, **more
    )


def test_paths_ancestors_and_probabilities():
    t = tree([-1, 0, 0, 1], [-1, 4, 5, 6])
    assert t.path(3) == (1, 3)
    assert t.children == ((1, 2), (3,), (), ())
    assert t.ancestors.tolist()[3] == [True, True, False, True]
    assert t.path_prob.tolist() == [1, 0.5, 0.5, 0.25]
    assert t.child(0, 5) == 2
    assert t.child(0, 9) is None


@pytest.mark.parametrize(
    ("parents", "tokens", "message"),
    [
        ([-1, 2, 1], [-1, 1, 2], "before its children"),
        ([-1, -1], [-1, 1], "before its children"),
        ([0, 0], [-1, 1], "root"),
        ([-1, 0, 0], [-1, 3, 3], "same token"),
        ([-1, 0], [-1], "same length"),
    ],
)
def test_what_is_not_a_tree(parents, tokens, message):
    with pytest.raises(ValueError, match=message):
        tree(parents, tokens)


def test_repeats_are_kept_in_order():
    builder = TreeBuilder(Sampling.IID)
    a = builder.add(0, 7, 0.5)
    b = builder.add(0, 8, 0.3)
    assert builder.add(0, 7, 0.5) == a
    built = builder.build()
    assert built.trials(0) == (a, b, a)
    assert built.children[0] == (a, b)
    with pytest.raises(ValueError, match="exactly its children"):
        tree([-1, 0], [-1, 3], drawn=((), ()))
