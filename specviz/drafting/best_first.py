"""The most probable nodes by draft probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.drafting.base import DRAFTERS, DraftModelDrafter, by_worth
from specviz.drafting.pool import grow_best
from specviz.records import DraftTree, Rows, Sampling
from specviz.registry import parameter
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class BestFirst(DraftModelDrafter):
    """The P nodes of largest path probability under the draft model, found with one draft pass per layer [10][1].

    Their sum of path probabilities is what the draft model expects to be accepted; growing ends at the depth limit or,
    as OPT-Tree does, when a layer raises that sum by less than `least_gain`.
    """

    name: ClassVar[str] = "best_first"
    title: ClassVar[str] = "Best first"
    summary: ClassVar[str] = "The P most probable continuations under the draft model; nothing is drawn at random."
    cost: ClassVar[str] = "one draft pass per layer"
    reference: ClassVar[int] = 10
    sampling: ClassVar[Sampling] = Sampling.TOP
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})
    least_gain: float = parameter(0.0, 0.0, 1.0, "stop when a layer adds fewer expected tokens than this")

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """At most P nodes and `depth` layers."""
        return grow_best(session, limits, self.sampling, least_gain=self.least_gain)

    def nesting(self, tree: DraftTree, limits: Round) -> np.ndarray | None:
        """The most probable paths first; a gain asked for ends each capacity's growth at a layer of its own."""
        return by_worth(tree.path_prob) if self.least_gain == 0 else None
