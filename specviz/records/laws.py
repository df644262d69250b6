"""What both models say at every position of texts that the target wrote: what the laboratories measure on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specviz.records.settings import Warp
from specviz.records.trace import Provenance
from specviz.records.warp import warped


@dataclass(frozen=True, eq=False)
class PairLaws:
    """Two rows of log-probabilities at each of N positions.

    temperature, seed: how the target wrote.  kinds, prompts: one entry per text.
    text: int32[N], index of the text that a position stands in, in order.
    token: int32[N], what the target wrote there.
    target, draft: float32[N, V], log-probabilities at temperature 1, nothing cut off.
    texts: visible text of every token id.
    Raises ValueError when the columns do not fit together or a number is not finite.
    """

    provenance: Provenance
    temperature: float
    seed: int
    kinds: tuple[str, ...]
    prompts: tuple[str, ...]
    text: NDArray[np.int32]
    token: NDArray[np.int32]
    target: NDArray[np.float32]
    draft: NDArray[np.float32]
    texts: dict[int, str]

    def __post_init__(self) -> None:
        positions = len(self.text)
        if self.target.ndim != 2 or self.target.shape != self.draft.shape or len(self.target) != positions:
            raise ValueError("both models need one row of one length for each position.")
        if not positions or len(self.token) != positions or len(self.kinds) != len(self.prompts):
            raise ValueError("a column has the wrong length.")
        if self.text.min() < 0 or self.text.max() >= len(self.kinds) or (np.diff(self.text) < 0).any():
            raise ValueError("a position stands in no text.")
        if self.token.min() < 0 or self.token.max() >= self.vocabulary:
            raise ValueError("a token is not in the vocabulary.")
        if not (np.isfinite(self.target).all() and np.isfinite(self.draft).all()):
            raise ValueError("a log-probability is not finite.")

    @property
    def vocabulary(self) -> int:
        """V."""
        return int(self.target.shape[1])

    def laws(self, position: int, warp: Warp) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Target's and draft's law float64[V] at a position."""
        return warped(self.target[position], warp), warped(self.draft[position], warp)

    def of_kind(self, kind: str | None) -> NDArray[np.int64]:
        """Positions in texts of one kind; all without a kind."""
        chosen = [i for i, name in enumerate(self.kinds) if kind in (None, name)]
        return np.flatnonzero(np.isin(self.text, chosen))

    def before(self, position: int, count: int) -> list[int]:
        """Up to `count` tokens before a position, of the same text."""
        start = int(np.searchsorted(self.text, self.text[position]))
        return [int(token) for token in self.token[max(start, position - count) : position]]
