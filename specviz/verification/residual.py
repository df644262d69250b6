"""What is left of the target's law after rejected draws, kept in two numbers."""

from __future__ import annotations

from typing import Any

import numpy as np


class Residual:
    """The law that rejected draws leave, started with `weight` w of the target's mass.

    After every rejection the law is norm(max(w p - c q, 0)): only c grows, so one vector operation per rejection is
    enough, and no residual is ever stored. In full: with b the law so far, s the draft law of the next draw (q without
    the tokens tried before, where draws do not repeat; M is the mass of those left), and v the mass so far,

        accept x with min(1, v b(x) / s(x));
        else A = sum max(v b - s, 0),  b = norm(max(v b - s, 0)),  v = A / (A + 1 - v).

    With w = 1 this is recursive rejection [8][17]; with w < 1 it is one step of traversal verification [25].
    target_row, draft_row: array[V], floats or Fractions.
    """

    def __init__(self, target_row: np.ndarray, draft_row: np.ndarray, weight: Any = 1) -> None:
        self._target = target_row
        self._draft = draft_row
        self._start: Any = weight
        self._used: Any = 0  # c
        self._one: Any = 1 + 0 * target_row[0]  # in the rows' own arithmetic
        self._scale = self._one  # w p - c q is this much larger than v b
        self.mass: Any = weight  # v

    def chance(self, token: int, draft_mass: Any = 1) -> Any:
        """min(1, v b(token) / s(token)): the chance that this draw is accepted."""
        have = self._start * self._target[token] - self._used * self._draft[token]
        if have <= 0:
            return 0 * self._draft[token]
        return min(1, have * draft_mass / (self._scale * self._draft[token]))

    def reject(self, draft_mass: Any = 1) -> None:
        """Take a rejected draw's law away."""
        self._used = self._used + self._scale / draft_mass
        left = self.law().sum()
        above = left / self._scale  # A
        total = above + 1 - self.mass
        if total <= 0:  # a rejection of chance 0, reached by rounding: start again from the target
            self._used, self._scale, self.mass = 0, self._one, self._start
            return
        self.mass = above / total
        self._scale = self._scale * total

    def law(self) -> np.ndarray:
        """array[V] proportional to b; it need not sum to 1."""
        if not self._used:
            return self._target
        return np.maximum(self._start * self._target - self._used * self._draft, 0)
