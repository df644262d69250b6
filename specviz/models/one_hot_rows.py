"""Laws at temperature 0: each is told by the place of its largest logit, and nothing else leaves the device."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from specviz.models.logits import LogitRows
from specviz.records import Arrivals, Clocks, SparseRows, Top


def one_hot(place: int, size: int) -> np.ndarray:
    """float64[size], 1 at the place: a window on numbers that all such rows share, so none is ever written."""
    return _one_among_zeros(size)[size - 1 - place : 2 * size - 1 - place]


@lru_cache(maxsize=4)
def _one_among_zeros(size: int) -> np.ndarray:
    numbers = np.zeros(2 * size - 1)
    numbers[size - 1] = 1.0
    numbers.flags.writeable = False
    return numbers


@dataclass
class OneHotRows(LogitRows):
    """The rows of `DeviceRows` at temperature 0, without a law of V numbers for each node."""

    _largest: list[int] = field(default_factory=list)
    _known: dict[int, np.ndarray] = field(default_factory=dict)

    def __getitem__(self, node: int) -> np.ndarray:
        """float64[V], 1 at the largest logit."""
        if node not in self._known:
            self._find(node)  # KeyError where the model was not run
            self._known[node] = one_hot(self._places()[node], self.chunks[0].shape[-1])
        return self._known[node]

    def top(self, nodes: Sequence[int], count: int) -> list[Top]:
        """The one possible token of each; see `Rows`."""
        places = self._places()
        return [
            Top(np.array(places[node : node + 1]), np.ones(1)).first(count) if 0 <= node < self.count else Top.none()
            for node in nodes
        ]

    def arrivals(self, nodes: Sequence[int], clocks: Sequence[Clocks], count: int) -> list[Arrivals | None]:
        """Races are run on the rows, which are made on the host."""
        return [None] * len(nodes)

    def sparse(self, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
        """These ids of each row; see `Rows`."""
        places = self._places()
        largest = {number: places[node] for number, node in enumerate(nodes) if node is not None and node < self.count}
        known, wanted = list(largest), np.maximum(ids[list(largest)], 0)
        column = np.array(list(largest.values()), np.int64)[:, None]
        return SparseRows.by_probability(ids, known, (wanted == column).astype(float), (wanted > column).astype(float))

    def _places(self) -> list[int]:
        """The largest logit of each node, of equal ones the first; asked of the device once for each block."""
        if len(self._largest) < self.count:
            for chunk in self.chunks[bisect_left(self._starts, len(self._largest)) :]:
                self._largest += chunk.argmax(-1).tolist()
        return self._largest
