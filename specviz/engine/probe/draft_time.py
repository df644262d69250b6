"""How long drafting a tree takes: passes of the draft model by their costs, and what a strategy adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from specviz.records.costs import Costs


def pass_seconds(costs: Costs, layers: Sequence[int], depth: int) -> float:
    """Time of the draft passes of a tree: one for each layer that is expanded, the root's first.

    layers: nodes at depth 1, 2, ...; those at the depth limit are not expanded.
    """
    expanded = [count for count in layers[: max(0, depth - 1)] if count]
    return costs.draft_pass(0) + sum(costs.draft_pass(count - 1) for count in expanded)


@dataclass(frozen=True)
class DraftTime:
    """Seconds of drafting = once + share * seconds of its passes by their costs.

    once: whatever the size. The first pass comes after one of the target, which has taken the draft model's weights out
    of the caches, and every tree is begun and built.  share: passes in a row cost less than such between other work.
    """

    costs: Costs
    once: float
    share: float

    @classmethod
    def of(cls, costs: Costs, shallow: float, grown: Sequence[tuple[Sequence[int], float]], depth: int) -> DraftTime:
        """The line through what trees of one layer took and what whole ones took, medians both.

        shallow: seconds of a tree of one layer, NaN where none was clocked.  grown: nodes at depth 1, 2, ... of each
        whole tree with its seconds.  depth: their limit.
        """
        whole = float(np.median([pass_seconds(costs, layers, depth) for layers, _ in grown]))
        took, first = float(np.median([seconds for _, seconds in grown])), costs.draft_pass(0)
        if np.isnan(shallow) or whole <= first:
            return cls(costs, 0.0, took / whole)
        share = max(0.0, (took - shallow) / (whole - first))
        return cls(costs, shallow - share * first, share)

    def __call__(self, layers: Sequence[int], depth: int) -> float:
        """Of a tree with so many nodes at depth 1, 2, ..., grown no deeper than `depth`."""
        return self.once + self.share * pass_seconds(self.costs, layers, depth)
