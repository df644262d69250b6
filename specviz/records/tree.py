"""The draft tree of one iteration, as flat arrays with a parent column."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property

import numpy as np


class Sampling(StrEnum):
    """How the children of a node were drawn; a verifier states which of these it accepts."""

    SINGLE = "single"  # one draw from the draft row, no siblings
    IID = "iid"  # independent draws from the draft row, repeats kept in `trials`
    WITHOUT_REPLACEMENT = "without_replacement"  # each draw excludes its earlier siblings
    TOP = "top"  # chosen by probability, no randomness
    TOP_AND_ONE = "top_and_one"  # the most probable tokens, and one draw from the rest of the row
    HUB = "hub"  # two draws, one of which is always the most probable token
    SHARED_RACE = "shared_race"  # arrivals of the exponential race that the target shares
    CHOSEN_RACE = "chosen_race"  # the same, kept or dropped by their arrival times
    INDEPENDENT_RACES = "independent_races"  # first arrivals of one race per sequence: independent draws


@dataclass(frozen=True, eq=False)
class DraftTree:
    """A tree of draft tokens; node 0 is the root, the end of the context.

    n = draft nodes (the capacity used); every array has n + 1 entries.

    token: int32[n+1], -1 at the root.  parent: int32[n+1], -1 at the root, parent[i] < i.
    depth: int16[n+1], 0 at the root.   rank: int16[n+1], 1-based order among the siblings, 0 at the root.
    draft_prob: float64[n+1], probability of the token in the draft row of its parent, 1 at the root.
    trials: for each node the children in the order they were drawn, repeats kept: two equal draws are two
        trials of one child, and a rule for independent draws needs both. Empty means: the children by rank.

    Raises ValueError when the arrays do not describe a tree whose siblings differ.
    """

    token: np.ndarray
    parent: np.ndarray
    depth: np.ndarray
    rank: np.ndarray
    draft_prob: np.ndarray
    sampling: Sampling
    drawn: tuple[tuple[int, ...], ...] = field(default=())

    def __post_init__(self) -> None:
        size = len(self.token)
        if size == 0 or any(len(column) != size for column in (self.parent, self.depth, self.rank, self.draft_prob)):
            raise ValueError("The columns of a draft tree must have the same length, the root included.")
        parents, depths = self.parent.tolist(), self.depth.tolist()
        if parents[0] != -1 or depths[0] != 0:
            raise ValueError("Node 0 of a draft tree must be the root: parent -1, depth 0.")
        if not all(0 <= parent < node for node, parent in enumerate(parents[1:], start=1)):
            raise ValueError("Every parent of a draft tree must come before its children.")
        if any(depth != depths[parent] + 1 for depth, parent in zip(depths[1:], parents[1:], strict=True)):
            raise ValueError("Every node of a draft tree must be one deeper than its parent.")
        if len(set(zip(parents[1:], self.ids[1:], strict=True))) != size - 1:
            raise ValueError("Two siblings of a draft tree carry the same token.")
        if self.drawn:
            self._check_drawn(size)

    def _check_drawn(self, size: int) -> None:
        if len(self.drawn) != size:
            raise ValueError("The drawn order of a draft tree needs one entry for each node.")
        for node, order in enumerate(self.drawn):
            if set(order) != set(self.children[node]):
                raise ValueError(f"The drawn order of node {node} does not name exactly its children.")

    @property
    def size(self) -> int:
        """Draft nodes, the root not counted."""
        return len(self.token) - 1

    @cached_property
    def ids(self) -> list[int]:
        """`token` as plain numbers, for whoever takes them one by one."""
        return self.token.tolist()

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Children of each node by rank."""
        lists: list[list[int]] = [[] for _ in self.token]
        for node, parent in enumerate(self.parent[1:].tolist(), start=1):
            lists[parent].append(node)
        ranks = self.rank.tolist()
        return tuple(tuple(sorted(nodes, key=lambda i: (ranks[i], i))) for nodes in lists)

    def trials(self, node: int) -> tuple[int, ...]:
        """Children of `node` in the order they were drawn, repeats kept."""
        return self.drawn[node] if self.drawn else self.children[node]

    def path(self, node: int) -> tuple[int, ...]:
        """Nodes from the root's child down to `node`; empty for the root."""
        nodes = []
        while node > 0:
            nodes.append(node)
            node = int(self.parent[node])
        return tuple(reversed(nodes))

    def child(self, node: int, token: int) -> int | None:
        """The child of `node` that carries `token`, or None."""
        return next((i for i in self.children[node] if self.ids[i] == token), None)

    @cached_property
    def path_prob(self) -> np.ndarray:
        """float64[n+1]: product of the draft probabilities from the root."""
        result = np.ones(len(self.token))
        for node in range(1, len(self.token)):
            result[node] = result[self.parent[node]] * float(self.draft_prob[node])
        return result

    @cached_property
    def ancestors(self) -> np.ndarray:
        """bool[n+1, n+1]: entry (i, j) says that j is i or an ancestor of i (root included)."""
        size = len(self.token)
        mask = np.zeros((size, size), dtype=bool)
        mask[0, 0] = True
        for node in range(1, size):
            mask[node] = mask[self.parent[node]]
            mask[node, node] = True
        return mask


@cache
def root_only(sampling: Sampling) -> DraftTree:
    """The tree without a guess: plain decoding."""
    return DraftTree(
        token=np.array([-1], np.int32),
        parent=np.array([-1], np.int32),
        depth=np.zeros(1, np.int16),
        rank=np.zeros(1, np.int16),
        draft_prob=np.ones(1),
        sampling=sampling,
    )
