"""The race's own times decide which guesses are worth a node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.drafting.base import DRAFTERS, DraftModelDrafter
from specviz.drafting.pool import Children, grow_best
from specviz.records import DraftTree, Rows, Sampling, top_tokens
from specviz.registry import parameter
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class RaceDynamic(DraftModelDrafter):
    """Best-first by arrival times: a child that arrives at t_r is worth t_r^-b / sum_j t_j^-b of its parent [2].

    An early arrival far ahead of the field is a safe guess, a close race is not: the exact law of the target's winner
    if log p / q has Gumbel noise of scale 1 / b. Without a shared race the times rank the guesses all the same.
    """

    name: ClassVar[str] = "race_dynamic"
    title: ClassVar[str] = "Exponential race, dynamic tree"
    summary: ClassVar[str] = "Arrivals of one race per position; those far ahead of the field get the nodes."
    cost: ClassVar[str] = "one draft pass per layer, O(V) per expanded node"
    reference: ClassVar[int] = 2
    sampling: ClassVar[Sampling] = Sampling.CHOSEN_RACE
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})
    sharpness: float = parameter(1.5, 0.1, 10.0, "b, how much an early arrival counts")

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P nodes and `depth` layers."""

        def rank(rows: Rows, nodes: Sequence[int], positions: Sequence[int], count: int) -> list[Children]:
            return [
                self._children(rows[node], chance.arrivals(position, rows[node]).astype(np.float64), count)
                for node, position in zip(nodes, positions, strict=True)
            ]

        return grow_best(session, limits, self.sampling, rank)

    def _children(self, row: np.ndarray, times: np.ndarray, count: int) -> Children:
        worth = (times / times.min()) ** -self.sharpness
        shares = worth / worth.sum()
        ids = np.array(top_tokens(shares, count), np.int64)
        return Children(ids, row[ids], shares[ids])
