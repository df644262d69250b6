"""The draft tree that keeps most tokens when ranks at successive positions are independent and alike."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = TypeVar("Numbers", float, NDArray[Any])


@dataclass(frozen=True, eq=False)
class RankTree:
    """A tree of draft ranks, nodes by falling reach; node 0 is the root.

    parent: int32[n+1], -1 at the root. rank: int32[n+1], from 1, 0 at the root. reach: float64[n+1], chance that the
    accepted path visits the node, 1 at the root. The first m nodes of a tree are the best tree with m nodes.
    """

    parent: NDArray[np.int32]
    rank: NDArray[np.int32]
    reach: NDArray[np.float64]

    @property
    def nodes(self) -> list[tuple[int, int]]:
        """(parent index, rank) of every draft node: entry i describes node i + 1."""
        return list(zip(self.parent[1:].tolist(), self.rank[1:].tolist(), strict=True))

    @property
    def expected_accepted(self) -> float:
        """Expected draft tokens kept per target pass: the sum of reach over draft nodes."""
        return float(self.reach[1:].sum())

    @property
    def expected_tokens(self) -> float:
        """Expected tokens emitted per target pass, closing token included."""
        return 1.0 + self.expected_accepted


def tau_star(acceptance_by_rank: ArrayLike, nodes: int, depth: int | None = None) -> RankTree:
    """The best tree of at most `nodes` draft nodes: the most probable rank tuples, found best-first.

    reach(r_1..r_d) = a_{r_1} ... a_{r_d}. Children and later siblings never outweigh a popped node, so the pops come by
    falling reach and are closed under parents; ties go to the shallower, then to the earlier found. O(k log k), nested.
    acceptance_by_rank: float64[m], a_r = chance that the target's token is draft rank r; >= 0, sums to at most 1, in
    any order; ranks beyond it or of chance 0 are never drafted, so the tree may be smaller. depth: longest path.
    Raises ValueError outside these ranges. References [2], [16].
    """
    chances = np.asarray(acceptance_by_rank, dtype=np.float64)
    if chances.ndim != 1 or not np.isfinite(chances).all() or (chances < 0).any() or chances.sum() > 1 + 1e-9:
        raise ValueError("Acceptance by rank must be a list of chances that are not negative and sum to at most 1.")
    if nodes < 0 or (depth is not None and depth < 0):
        raise ValueError("The number of nodes and the depth must not be negative.")
    order = [int(place) for place in np.argsort(-chances, kind="stable") if chances[place] > 0]
    best = [float(chances[place]) for place in order]
    parent, rank, reach, level = [-1], [0], [1.0], [0]
    heap: list[tuple[float, int, int, int, int]] = []  # (-reach, depth, order of discovery, parent, place in `best`)

    def offer(above: int, place: int) -> None:
        if place < len(best) and (depth is None or level[above] < depth):
            heapq.heappush(heap, (-reach[above] * best[place], level[above] + 1, len(parent), above, place))

    offer(0, 0)
    while heap and len(parent) <= nodes:
        negative, deep, _, above, place = heapq.heappop(heap)
        if negative == 0:  # the product has left the range of floats
            break
        parent.append(above)
        rank.append(order[place] + 1)
        reach.append(-negative)
        level.append(deep)
        offer(len(parent) - 1, 0)
        offer(above, place + 1)
    return RankTree(np.array(parent, np.int32), np.array(rank, np.int32), np.array(reach, np.float64))


def race_bound(nodes: Numbers, vocabulary: int, rank_entropy: float) -> Numbers:
    """Upper bound on expected tokens per target pass of any tree: (log V + log(k + 1)) / H[R].

    A pass ends at one of at most V (k + 1) leaves, and i.i.d. ranks spend H[R] per token. nodes: k draft nodes >= 0,
    scalar or array. vocabulary: V >= 1. rank_entropy: H[R] > 0 of the distinct rank, nats.
    Raises ValueError outside these ranges. Reference [2].
    """
    count = np.asarray(nodes, dtype=np.float64)
    if not np.isfinite(count).all() or (count < 0).any():
        raise ValueError("The number of draft nodes must be finite and not negative.")
    if vocabulary < 1:
        raise ValueError("The vocabulary needs at least one token.")
    if not (np.isfinite(rank_entropy) and rank_entropy > 0):
        raise ValueError("The entropy of the rank must be positive and finite.")
    values = (np.log(vocabulary) + np.log1p(count)) / rank_entropy
    return cast(Numbers, np.asarray(values) if np.ndim(nodes) else float(values))
