"""Trees of draft ranks that a draft may grow whatever the text: a sequence, a batch, a fixed tree, and tau*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice

import numpy as np
from numpy.typing import ArrayLike

from specviz.race.tree import RankTree, tau_star

SPECINFER_WIDTHS = (1, 1, 3)
Node = tuple[int, int]  # parent, rank


def rank_shape(name: str, acceptance_by_rank: ArrayLike, nodes: int) -> RankTree:
    """The tree of `nodes` draft nodes of a shape in `SHAPES`; the first m nodes are the tree of m nodes.

    reach: the product of a_r along the path, exact when ranks at successive positions are independent and alike.
    acceptance_by_rank: float64[m], a_r >= 0; ranks beyond it have chance 0. tau* alone depends on it, and is smaller
    where no rank is left. Raises ValueError for an unknown shape or a number of nodes below 0. Reference [2].
    """
    if name not in SHAPES:
        raise ValueError(f"There is no shape {name!r}, only {', '.join(SHAPES)}.")
    if name == "tau_star":
        return tau_star(acceptance_by_rank, nodes)
    if nodes < 0:
        raise ValueError("The number of nodes must not be negative.")
    return shape_reach(list(islice(_GROWTH[name](), nodes)), acceptance_by_rank)


def shape_reach(nodes: Sequence[Node], acceptance_by_rank: ArrayLike) -> RankTree:
    """The reach of given nodes (parent, rank), parents first: products of a_r along their paths."""
    chances = np.asarray(acceptance_by_rank, dtype=np.float64)
    reach = [1.0]
    for parent, rank in nodes:
        reach.append(reach[parent] * (float(chances[rank - 1]) if rank <= len(chances) else 0.0))
    parents, ranks = [-1, *(parent for parent, _ in nodes)], [0, *(rank for _, rank in nodes)]
    return RankTree(np.array(parents, np.int32), np.array(ranks, np.int32), np.array(reach))


def _sequence() -> Iterator[Node]:
    return ((parent, 1) for parent in count())


def _batch() -> Iterator[Node]:
    return ((0, rank) for rank in count(1))


def _specinfer() -> Iterator[Node]:
    """Layer by layer: widths 1, 1, 3 and then 1 for ever."""
    level, placed = [0], 0
    for depth in count():
        width = SPECINFER_WIDTHS[depth] if depth < len(SPECINFER_WIDTHS) else 1
        below = []
        for parent in level:
            for rank in range(1, width + 1):
                placed += 1
                below.append(placed)
                yield parent, rank
        level = below


_GROWTH: dict[str, Callable[[], Iterator[Node]]] = {"sequence": _sequence, "batch": _batch, "specinfer": _specinfer}
SHAPES = {
    "sequence": "sequence: k tokens in a row",
    "batch": "batch: k siblings at one position",
    "tau_star": "tau*: the k most reachable rank tuples",
    "specinfer": "SpecInfer-like: widths 1, 1, 3, then 1",
}
