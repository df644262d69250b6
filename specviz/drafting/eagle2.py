"""A dynamic tree: the best few nodes of each layer are expanded, the best of all are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, DraftModelDrafter
from specviz.drafting.pool import Pool, by_probability
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class Eagle2(DraftModelDrafter):
    """Each layer expands the k best nodes of the one before into their k most probable children; at the fixed depth
    the P best of all nodes stay [11]. A node's score is its path probability.
    """

    name: ClassVar[str] = "eagle2"
    title: ClassVar[str] = "EAGLE-2 tree"
    summary: ClassVar[str] = "The k best nodes of each layer get k children; the P best nodes of all are kept."
    cost: ClassVar[str] = "one draft pass of k nodes per layer"
    reference: ClassVar[int] = 11
    sampling: ClassVar[Sampling] = Sampling.TOP
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "drafts", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """`depth` layers of at most k * k looked-at nodes."""
        pool = Pool(session)
        frontier = [0]
        for depth in range(limits.depth if limits.capacity else 0):
            new = pool.offer(frontier, by_probability, limits.drafts)
            going = [i for i in new if pool.token[i] not in limits.stop_ids]
            frontier = sorted(going, key=lambda i: (-pool.reach[i], i))[: limits.drafts]
            if not frontier or depth == limits.depth - 1:
                break
            pool.feed(frontier)
        return pool.tree(limits.capacity, self.sampling)
