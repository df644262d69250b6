"""Tunstall's parsing tree: the code whose words are the ways in which a pass can end."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = TypeVar("Numbers", float, NDArray[Any])


@dataclass(frozen=True, eq=False)
class ParseTree:
    """A tree of words over the alphabet of ranks; node 0 is the empty word.

    parent: int32[n], -1 at the root. letter: int32[n], rank from 1; 0 at the root; the number of ranks + 1 stands for
    any later rank. chance: float64[n]. split: the nodes that were split, in order; all others are leaves.
    """

    parent: NDArray[np.int32]
    letter: NDArray[np.int32]
    chance: NDArray[np.float64]
    split: tuple[int, ...]

    @property
    def leaves(self) -> list[int]:
        """The words of the code."""
        inner = set(self.split)
        return [node for node in range(len(self.parent)) if node not in inner]

    @property
    def expected_length(self) -> float:
        """Expected letters of a word: the sum of chance over the nodes that were split."""
        return float(self.chance[list(self.split)].sum())

    @property
    def leaf_entropy(self) -> float:
        """Entropy of the word, nats: the entropy of a letter times the expected length."""
        chances = self.chance[self.leaves]
        kept = chances[chances > 0]
        return float(-(kept * np.log(kept)).sum())


def tunstall(acceptance_by_rank: ArrayLike, splits: int) -> ParseTree:
    """Split the most probable leaf, `splits` times: inner nodes are those of tau* with `splits` - 1 draft nodes.

    A split gives one leaf for each rank, and one for all later ranks together where the chances sum to less than 1;
    that one is never split, because no draft carries it. Ties go to the shallower, then to the earlier leaf.
    acceptance_by_rank: float64[m] >= 0, falling, sums to at most 1. splits >= 1. O(splits m log(splits m)).
    Raises ValueError outside these ranges. References [2], [16].
    """
    chances = np.asarray(acceptance_by_rank, dtype=np.float64)
    if chances.ndim != 1 or not np.isfinite(chances).all() or (chances < 0).any() or chances.sum() > 1 + 1e-9:
        raise ValueError("Acceptance by rank must be a list of chances that are not negative and sum to at most 1.")
    if (np.diff(chances) > 1e-12).any():
        raise ValueError("A parsing tree needs chances by rank that do not rise.")
    if splits < 1:
        raise ValueError("At least the root must be split.")
    later = max(0.0, 1 - float(chances.sum()))
    letters = [*enumerate(chances.tolist(), start=1)] + ([(len(chances) + 1, later)] if later > 1e-12 else [])
    parent, letter, chance, level = [-1], [0], [1.0], [0]
    heap: list[tuple[float, int, int]] = [(-1.0, 0, 0)]
    split: list[int] = []
    while heap and len(split) < splits:
        negative, deep, node = heapq.heappop(heap)
        if negative == 0:
            break
        split.append(node)
        for rank, share in letters:
            parent.append(node)
            letter.append(rank)
            chance.append(chance[node] * share)
            level.append(deep + 1)
            if rank <= len(chances):
                heapq.heappush(heap, (-chance[-1], deep + 1, len(parent) - 1))
    return ParseTree(np.array(parent, np.int32), np.array(letter, np.int32), np.array(chance), tuple(split))


def leaf_bound(nodes: Numbers, vocabulary: int, rank_entropy: float) -> Numbers:
    """Upper bound on expected tokens per target pass: log(1 + (k + 1)(V - 1)) / H[R], the exact number of leaves.

    Below `race_bound`, with the same assumptions. nodes: k draft nodes >= 0, scalar or array. vocabulary: V >= 2.
    rank_entropy: H[R] > 0 of the distinct rank, nats. Raises ValueError outside these ranges. Reference [2].
    """
    count = np.asarray(nodes, dtype=np.float64)
    if not np.isfinite(count).all() or (count < 0).any() or vocabulary < 2:
        raise ValueError("A bound needs draft nodes that are finite and not negative, and at least two tokens.")
    values = np.log1p((count + 1) * (vocabulary - 1)) / _positive(rank_entropy)
    return cast(Numbers, np.asarray(values) if np.ndim(nodes) else float(values))


def large_budget(nodes: Numbers, acceptance_by_rank: ArrayLike) -> Numbers:
    """Tokens per pass of tau* for many nodes: log(k + 1) / H + log(H) / H + sum_r a_r log^2 a_r / (2 H^2).

    What is missing tends to 0 unless all log a_r are multiples of one number; then it goes on swinging a little.
    acceptance_by_rank: float64[m], sums to 1 (divided out), entropy H > 0. Raises ValueError where H is 0.
    References [2], [21].
    """
    chances = np.asarray(acceptance_by_rank, dtype=np.float64)
    logs = np.log(chances[chances > 0] / chances.sum())
    weights = np.exp(logs)
    entropy = _positive(-float((weights * logs).sum()))
    second = float((weights * logs**2).sum())
    values = (np.log1p(np.asarray(nodes, dtype=np.float64)) + np.log(entropy)) / entropy + second / (2 * entropy**2)
    return cast(Numbers, np.asarray(values) if np.ndim(nodes) else float(values))


def _positive(rank_entropy: float) -> float:
    if not (np.isfinite(rank_entropy) and rank_entropy > 0):
        raise ValueError("The entropy of the rank must be positive and finite.")
    return rank_entropy
