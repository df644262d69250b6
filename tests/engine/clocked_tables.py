"""Tables whose passes take what a test says, by a clock that only they move, and only once a pass is waited for.

So a forecast can be set against what decoding then takes, to the digit, however busy this machine is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from specviz.models.table import TableModel, TableRows, TableSession

Line = Callable[[int], float]


@dataclass
class Clock:
    """Seconds that have passed, and those of passes that nobody has waited for yet."""

    now: float = 0.0
    pending: float = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self) -> None:
        self.now, self.pending = self.now + self.pending, 0.0


@dataclass
class LazyRows(TableRows):
    """Rows of a pass that is under way: whatever is read of them is waited for."""

    clock: Clock = field(default_factory=Clock)

    def __getitem__(self, node: int) -> np.ndarray:
        self.clock.wait()
        return super().__getitem__(node)


@dataclass
class LazySession(TableSession):
    """`feed` returns at once, as on a device that has a queue."""

    clock: Clock = field(default_factory=Clock)
    line: Line = lambda nodes: 0.0
    read: bool = False

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> LazyRows:
        super().feed(tokens, parents)
        positions = len(tokens) + (not self.read)  # the root goes with the first pass above it
        self.clock.pending += self.line(positions - 1) if positions else 0.0
        self.read = True
        return LazyRows(self, len(self.tokens), self.clock)

    def commit(self, ids: Sequence[int]) -> None:
        super().commit(ids)
        self.read = False  # the last token is read again with whatever comes next


@dataclass(frozen=True)
class LazyModel(TableModel):
    """A table whose pass over the root and n nodes takes line(n) seconds."""

    clock: Clock = field(default_factory=Clock)
    line: Line = lambda nodes: 0.0

    def open(self, prompt_ids: Sequence[int], warp: Any) -> LazySession:
        return LazySession(self, list(prompt_ids), warp.temperature == 0, clock=self.clock, line=self.line)
