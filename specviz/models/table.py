"""A toy language model: a table of laws, exact where its entries are Fractions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from specviz.records import Arrivals, Clocks, Rows, SparseRows, Top, Warp, sparse_of_rows, top_of_rows
from specviz.seams import Session

RowOf = Callable[[tuple[int, ...]], np.ndarray]


@dataclass(frozen=True)
class TableModel:
    """A model that looks its next-token law up by the whole text so far.

    row_of: prefix -> array[V], float64 or Fraction entries that sum to 1. Only temperature 1 and 0 are meant.
    shallow: the laws that its first layers would give, for an early exit.
    """

    row_of: RowOf
    vocabulary: int
    context: int = 512
    shallow: RowOf | None = None

    def open(self, prompt_ids: Sequence[int], warp: Warp) -> TableSession:
        """A session whose context is the prompt."""
        return TableSession(self, list(prompt_ids), warp.temperature == 0)


@dataclass
class TableRows:
    """Rows of the scratch tree of one session, looked up when asked for."""

    session: TableSession
    count: int

    def __getitem__(self, node: int) -> np.ndarray:
        """The law after a node that was fed."""
        if node >= self.count:
            raise KeyError(f"The model was not run on node {node}.")
        row = self.session.model.row_of(tuple(self.session.text_of(node)))
        if not self.session.greedy:
            return row
        best = np.zeros(len(row))
        best[int(np.argmax(row))] = 1.0
        return best

    def top(self, nodes: Sequence[int], count: int) -> list[Top]:
        """The most probable tokens of each row."""
        return top_of_rows(self, nodes, count)

    def arrivals(self, nodes: Sequence[int], clocks: Sequence[Clocks], count: int) -> list[Arrivals | None]:
        """Races are run on the rows themselves."""
        return [None] * len(nodes)

    def sparse(self, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
        """These ids of each row."""
        return sparse_of_rows(self, nodes, ids)


@dataclass
class TableSession:
    """The text so far and the scratch tree above it."""

    model: TableModel
    ids: list[int]
    greedy: bool = False
    tokens: list[int] = field(default_factory=lambda: [-1])
    parents: list[int] = field(default_factory=lambda: [-1])

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return self.model.vocabulary

    @property
    def length(self) -> int:
        """Tokens in the context."""
        return len(self.ids)

    def text_of(self, node: int) -> list[int]:
        """The context and the path down to a node."""
        path: list[int] = []
        while node > 0:
            path.append(self.tokens[node])
            node = self.parents[node]
        return self.ids + path[::-1]

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """Add nodes to the scratch tree."""
        self.tokens += list(tokens)
        self.parents += list(parents)
        return TableRows(self, len(self.tokens))

    def early_exit(self, share: float, warp: Warp) -> Session:
        """A session on the shallow laws; ValueError where the table has none."""
        if self.model.shallow is None:
            raise ValueError("This table has no shallow laws for an early exit.")
        return TableModel(self.model.shallow, self.vocabulary, self.model.context).open(self.ids, warp)

    def fork(self, warp: Warp) -> TableSession:
        """Another session at the same context."""
        return self.model.open(self.ids, warp)

    def commit(self, ids: Sequence[int]) -> None:
        """Append ids and drop the scratch tree."""
        self.ids = self.ids + list(ids)
        self.tokens, self.parents = [-1], [-1]
