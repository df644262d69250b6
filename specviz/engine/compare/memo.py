"""A session whose laws are computed once: for many passes from one context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from specviz.records import Arrivals, Clocks, Rows, SparseRows, Top, Warp, sparse_of_rows, top_of_rows
from specviz.seams import Session

SCRATCH = 192  # nodes of the real session's tree before it is dropped and begun anew
MOST_BYTES = 256 * 1024 * 1024

Path = tuple[int, ...]


@dataclass(frozen=True)
class MemoRows:
    """The rows of one tree, by the paths of its nodes."""

    session: MemoSession
    paths: tuple[Path, ...]

    def __getitem__(self, node: int) -> np.ndarray:
        """float64[V]; KeyError for a node that was not fed."""
        if not 0 <= node < len(self.paths):
            raise KeyError(f"The model was not run on node {node}.")
        return self.session.law(self.paths[node])

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
class MemoSession:
    """A session at one context, in front of a real one; the law after every path above it is looked up once.

    `back` returns to the context, and the laws stay. What is committed is only remembered as a path, so the real
    session never leaves the context; its scratch tree is dropped when it has grown large.
    """

    real: Session
    _laws: dict[Path, np.ndarray] = field(default_factory=dict)
    _nodes: dict[Path, int] = field(default_factory=dict)
    _rows: Rows | None = None
    _at: Path = ()
    _fed: list[Path] = field(default_factory=list)

    @property
    def vocabulary(self) -> int:
        """V."""
        return self.real.vocabulary

    @property
    def ids(self) -> Sequence[int]:
        """The context, and what was committed since `back`."""
        return [*self.real.ids, *self._at]

    @property
    def length(self) -> int:
        """Tokens in it."""
        return self.real.length + len(self._at)

    @property
    def known(self) -> int:
        """Laws computed so far."""
        return len(self._laws)

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> MemoRows:
        """The rows of every node fed since the last `commit`; the model runs on what it has not seen yet."""
        if not self._fed:
            self._fed.append(self._at)
        for token, parent in zip(tokens, parents, strict=True):
            self._fed.append((*self._fed[parent], int(token)))
        self._look_up([path for path in self._fed if path not in self._laws])
        return MemoRows(self, tuple(self._fed))

    def law(self, path: Path) -> np.ndarray:
        """float64[V], the law after the context and this path."""
        if path not in self._laws:
            self._look_up([path])
        return self._laws[path]

    def commit(self, ids: Sequence[int]) -> None:
        """Go on along these ids; without any only the tree is dropped."""
        self._at = (*self._at, *(int(i) for i in ids))
        self._fed = []

    def back(self) -> None:
        """Return to the context."""
        self._at, self._fed = (), []

    def early_exit(self, share: float, warp: Warp) -> Session:
        """Not from here: the real session gives its own first layers."""
        return self.real.early_exit(share, warp)

    def _look_up(self, missing: Sequence[Path]) -> None:
        """One pass of the model over these paths and those above them that its scratch tree lacks."""
        if not missing:
            return
        if len(self._laws) * self.vocabulary * 8 > MOST_BYTES:
            self._laws.clear()
            missing = list(dict.fromkeys([*missing, *self._fed]))
        wanted = {path[:size] for path in missing for size in range(1, len(path) + 1)}
        if len(self._nodes) + len(wanted) > SCRATCH:
            self.real.commit([])
            self._nodes, self._rows = {}, None
        new = sorted(wanted - set(self._nodes), key=len)
        for path in new:
            self._nodes[path] = len(self._nodes) + 1
        parents = [self._nodes[path[:-1]] if len(path) > 1 else 0 for path in new]
        if new or self._rows is None:
            self._rows = self.real.feed([path[-1] for path in new], parents)
        for path in missing:
            self._laws[path] = self._rows[self._nodes[path] if path else 0]
