"""The speed of light: the most probable nodes by target probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.drafting.base import DRAFTERS, by_worth
from specviz.drafting.pool import grow_best
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Guesser, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class Oracle:
    """The P most probable prefixes of the target itself: the best tree that no randomness could improve [1].

    Not a real method, since growing it asks the target for every guess; it shows how far real ones are from the best.
    """

    name: ClassVar[str] = "oracle"
    title: ClassVar[str] = "Oracle (not a real method)"
    summary: ClassVar[str] = "The P most probable continuations under the target itself: a limit, not a method."
    cost: ClassVar[str] = "one target pass per layer, which is why nobody would run it"
    reference: ClassVar[int] = 1
    sampling: ClassVar[Sampling] = Sampling.TOP
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})
    guesser: ClassVar[Guesser] = Guesser.TARGET
    real: ClassVar[bool] = False

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P nodes and `depth` layers."""
        return grow_best(session, limits, self.sampling)

    def nesting(self, tree: DraftTree, limits: Round) -> np.ndarray | None:
        """The most probable paths first."""
        return by_worth(tree.path_prob)
