"""What a verifier decided about one draft tree, and every use of randomness behind it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np


class State(IntEnum):
    """Fate of a node."""

    ROOT = 0
    ACCEPTED = 1
    REJECTED = 2  # examined and not taken
    UNSEEN = 3  # never examined


class ClosingKind(StrEnum):
    """Where the closing token came from."""

    BONUS = "bonus"  # drawn after a fully accepted path
    CORRECTION = "correction"  # drawn where every examined child lost


class DrawKind(StrEnum):
    """How a random decision was made."""

    COIN = "coin"  # u against a probability
    CHOICE = "choice"  # the same, but it only picks which draw is put to the test
    PICK = "pick"  # a token by inverse distribution function
    CLOCK = "clock"  # the first arrival of a race


@dataclass(frozen=True)
class Draw:
    """One use of randomness at a node.

    token: the child tried (coin) or the token drawn (pick, clock).
    law: the coin's threshold, or the probability of the drawn token.
    u: the uniform used, or the arrival time of the winner.  outcome: whether the coin fell for the child.
    """

    kind: DrawKind
    node: int
    token: int
    law: float
    u: float
    outcome: bool


@dataclass(frozen=True, eq=False)
class Verdict:
    """The verifier's answer.

    state: uint8[n+1] of State.  accept_prob: float64[n+1], chance of the node at the moment it was examined, NaN where
    it was not or where the rule has no such number.  path: int32[a], accepted nodes from the root downwards.
    Emitted are the tokens of the path and the closing token: a + 1 in all.
    """

    state: np.ndarray
    accept_prob: np.ndarray
    path: np.ndarray
    closing_token: int
    closing_kind: ClosingKind
    draws: tuple[Draw, ...]

    @property
    def accepted(self) -> int:
        """Accepted tokens a."""
        return len(self.path)
