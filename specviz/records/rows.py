"""Next-token laws after the nodes of a tree: fetched on demand, or kept sparsely in a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np


class Top(NamedTuple):
    """The most probable tokens of a row, by falling probability; of equal ones the smaller id comes first.

    ids: int64[m].  probs: array[m], positive; in the row's own numbers.
    """

    ids: np.ndarray
    probs: np.ndarray

    @classmethod
    def none(cls) -> Top:
        """No token: what is known of a node that the model was not run on."""
        return cls(np.zeros(0, np.int64), np.zeros(0))

    def first(self, count: int) -> Top:
        """At most `count` of them."""
        return self if len(self.ids) <= count else Top(self.ids[: max(0, count)], self.probs[: max(0, count)])


@dataclass(frozen=True)
class Clocks:
    """Which Exp(1) clocks a race is run on: the smallest of several fields, times their number.

    streams: of the fields; without any, every clock is 1.  seed, position: as in `specviz.race.exponentials`.
    """

    seed: int
    streams: tuple[int, ...]
    position: int


class Arrivals(NamedTuple):
    """The first arrivals of a race, the earliest first: ids, their probabilities, and times clock / probability."""

    ids: np.ndarray
    probs: np.ndarray
    times: np.ndarray


class Rows(Protocol):
    """Next-token law after each node of one tree; a row leaves the device only when it is asked for."""

    def __getitem__(self, node: int) -> np.ndarray:
        """float64[V], sums to 1. Raises KeyError for a node that the model was not run on."""
        ...

    def top(self, nodes: Sequence[int], count: int) -> list[Top]:
        """The `count` most probable tokens of each of these nodes; none where the model was not run."""
        ...

    def arrivals(self, nodes: Sequence[int], clocks: Sequence[Clocks], count: int) -> list[Arrivals | None]:
        """The first `count` arrivals of a race at each node, for rows that are not on the host.

        clocks: of each node's race, all with as many fields. None where the race is to be run on the row itself: it is
        on the host, or two arrivals are within rounding.
        """
        ...

    def sparse(self, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
        """Of each of these nodes the ids of its row; unknown for None and where the model was not run.

        ids: int64[n, m], see `ids_by_node`.
        """
        ...


@dataclass(frozen=True, eq=False)
class SparseRows:
    """The kept part of n + 1 rows, m ids each.

    ids: int32[n+1, m], -1 where fewer were kept (a node that the model was not run on has none).
    probs: float32[n+1, m], by falling probability.  tail: float32[n+1], the mass of all other tokens.
    below: float64[n+1, m], mass of all tokens of smaller id, kept or not: with it a draw by inverse distribution
        function can be repeated, because the mass between two kept ids is known. NaN where it was not recorded.
    """

    ids: np.ndarray
    probs: np.ndarray
    tail: np.ndarray
    below: np.ndarray

    @classmethod
    def unknown(cls, rows: int, width: int = 1) -> SparseRows:
        """Rows of which nothing is kept."""
        shape = (rows, width)
        return cls(np.full(shape, -1, np.int32), np.zeros(shape, np.float32), np.zeros(rows, np.float32),
                   np.full(shape, np.nan))  # fmt: skip

    @classmethod
    def by_probability(cls, ids: np.ndarray, known: list[int], probs: np.ndarray, below: np.ndarray) -> SparseRows:
        """Each row by falling probability, equal ones by id; -1 stands for no id and comes last.

        ids: int64[n, m], see `ids_by_node`.  probs, below: [len(known), m], of the rows that are known.
        """
        whole = cls.unknown(len(ids), max(1, ids.shape[1]))
        if probs.size:
            ids = ids[known]
            missing = ids < 0
            order = np.argsort(np.where(missing, 1.0, -probs), axis=1, kind="stable")
            order += ids.shape[1] * np.arange(len(known))[:, None]
            probs = np.where(missing, 0.0, probs)
            whole.ids[known] = ids.ravel()[order]
            whole.probs[known] = probs.ravel()[order]
            whole.below[known] = np.where(missing, np.nan, below).ravel()[order]
            whole.tail[known] = np.maximum(0.0, 1.0 - probs.sum(axis=1))
        return whole

    def row(self, node: int) -> dict[int, float]:
        """Kept ids of a node with their probabilities."""
        pairs = zip(self.ids[node].tolist(), self.probs[node].tolist(), strict=True)
        return {token: prob for token, prob in pairs if token >= 0}

    def prob(self, node: int, token: int) -> float | None:
        """Probability of `token` after `node`, or None when it was not kept."""
        return self.row(node).get(int(token))

    def select(self, nodes: list[int]) -> SparseRows:
        """The rows of the given nodes, in that order."""
        return SparseRows(self.ids[nodes], self.probs[nodes], self.tail[nodes], self.below[nodes])

    def and_unknown(self) -> SparseRows:
        """The same rows, and one more of which nothing is kept."""
        more = SparseRows.unknown(1, self.ids.shape[1])
        return SparseRows(
            np.vstack([self.ids, more.ids]), np.vstack([self.probs, more.probs]),
            np.concatenate([self.tail, more.tail]), np.vstack([self.below, more.below]),
        )  # fmt: skip

    def known(self, node: int) -> bool:
        """Whether the model was run on this node."""
        return bool((self.ids[node] >= 0).any())


def top_tokens(row: np.ndarray, count: int) -> list[int]:
    """The `count` most probable tokens of positive probability; ties go to the smaller id."""
    best = np.flatnonzero(row > 0)
    if 0 < count < len(best) and row.dtype != object:
        worst = np.partition(row[best], len(best) - count)[len(best) - count]
        best = best[row[best] >= worst]  # with all that tie for the last place
    return best[np.argsort(-row[best], kind="stable")][: max(0, count)].tolist()


def sparse_of_rows(rows: Rows, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
    """`Rows.sparse` of rows that are on the host."""
    dense: list[np.ndarray | None] = []
    for node in nodes:
        try:
            dense.append(None if node is None else rows[node])
        except KeyError:
            dense.append(None)
    return sparse_from_dense(dense, 0, ids)


def top_of_rows(rows: Rows, nodes: Sequence[int], count: int) -> list[Top]:
    """`Rows.top` of rows that are on the host, of any kind of number."""
    found = []
    for node in nodes:
        try:
            row = rows[node]
        except KeyError:
            found.append(Top.none())
            continue
        ids = np.array(top_tokens(row, count), np.int64)
        found.append(Top(ids, row[ids]))
    return found


def ids_by_node(columns: np.ndarray) -> np.ndarray:
    """int64[n, m]: the ids of each row of `columns`, rising and none of them twice; before them -1 to fill it.

    columns: int64[n, any], ids in any order, -1 for none.
    """
    ids = np.sort(columns, axis=1)
    ids[:, 1:][ids[:, 1:] == ids[:, :-1]] = -1
    ids.sort(axis=1)
    return ids[:, (ids < 0).all(axis=0).sum() :]


def sparse_from_dense(
    rows: list[np.ndarray | None], keep: int, always: Sequence[Sequence[int]] | np.ndarray
) -> SparseRows:
    """Keep the `keep` most probable ids of each dense row and the ids in `always`; None marks an unknown row.

    -1 in `always` is no id.
    """
    width = keep + max((len(ids) for ids in always), default=0)
    whole = SparseRows.unknown(len(rows), width)
    ids, probs, tail, below = whole.ids, whole.probs, whole.tail, whole.below
    for node, row in enumerate(rows):
        if row is None:
            continue
        row = np.asarray(row, dtype=np.float64)
        count = min(keep, len(row))
        best = np.argpartition(-row, count - 1)[:count]
        best = best[row[best] > 0]
        chosen = np.union1d(best, np.asarray(always[node], dtype=best.dtype))
        chosen = chosen[chosen >= 0]
        chosen = chosen[np.lexsort((chosen, -row[chosen]))]
        ids[node, : len(chosen)] = chosen
        probs[node, : len(chosen)] = row[chosen]
        tail[node] = max(0.0, 1.0 - row[chosen].sum())
        below[node, : len(chosen)] = (np.cumsum(row) - row)[chosen]
    used = max(1, int((ids >= 0).sum(axis=1).max()))
    return SparseRows(ids[:, :used], probs[:, :used], tail, below[:, :used])
