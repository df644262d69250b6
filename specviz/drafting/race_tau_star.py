"""Ranks of one exponential race on the optimal rank tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, TreeBuilder
from specviz.race import tau_star
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Round, Session

# How often the target's token was rank 1, 2, ... of the draft's race, before a run has counted its own.
PRIOR_COUNTS = (12.0, 3.0, 1.2, 0.7, 0.45, 0.3, 0.22, 0.17, 0.13, 0.1, 0.08, 0.07, 0.06, 0.05, 0.04, 0.04)


@DRAFTERS.register
@dataclass(frozen=True)
class RaceTauStar:
    """The tree of the P most reachable rank tuples; node (r1, .., rd) carries the rd-th arrival of its race [2].

    The chance of rank r is measured on the run, starting from a prior worth 18 positions.
    """

    name: ClassVar[str] = "race_tau_star"
    title: ClassVar[str] = "Exponential race, tau* tree"
    summary: ClassVar[str] = "The first arrivals of one race per position, on the tree that pays best for its nodes."
    reference: ClassVar[int] = 2
    sampling: ClassVar[Sampling] = Sampling.SHARED_RACE
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """Level by level, one draft pass each; a race with too few arrivals leaves its later ranks out."""
        builder = TreeBuilder(self.sampling)
        rows = session.feed([], [])
        shape = tau_star(self.acceptance(limits), limits.capacity, depth=limits.depth)
        children: dict[int, list[int]] = {}
        for place, parent in enumerate(shape.parent):
            if parent >= 0:
                children.setdefault(int(parent), []).append(place)
        level = {0: 0}  # node of the shape -> node of the tree
        for depth in range(limits.depth):
            known = builder.size
            grown: dict[int, int] = {}
            for place, node in level.items():
                places = sorted(children.get(place, []), key=lambda i: int(shape.rank[i]))
                if not places or builder.token[node] in limits.stop_ids:
                    continue
                order = chance.race(session.length + depth, rows[node], int(shape.rank[places[-1]]), node)
                for child, token in zip(places, order, strict=False):
                    grown[child] = builder.add(node, token, rows[node][token])
            level = grown
            if not any(place in children for place in level):
                break
            fresh = range(known + 1, builder.size + 1)
            rows = session.feed([builder.token[i] for i in fresh], [builder.parent[i] for i in fresh])
        return builder.build(), rows

    @staticmethod
    def acceptance(limits: Round) -> list[float]:
        """Chance of each rank: prior and counted ranks together, made non-increasing."""
        counts = list(PRIOR_COUNTS) + [PRIOR_COUNTS[-1] / 2] * max(0, len(limits.rank_counts) - len(PRIOR_COUNTS))
        for rank, count in enumerate(limits.rank_counts):
            counts[rank] += count
        ordered = sorted(counts, reverse=True)
        return [count / (sum(ordered) + 1.0) for count in ordered]
