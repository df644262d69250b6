"""How long drafting a tree takes: passes of the draft model by their costs, and what a strategy adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from specviz.records.costs import Costs


def pass_seconds(costs: Costs, layers: Sequence[int], depth: int) -> float:
    """Time of the draft passes of a tree: one for each layer that is expanded, the root's first.

    layers: nodes at depth 1, 2, ...
    """
    return costs.draft_pass(0) + sum(costs.draft_pass(count - 1) for count in _expanded(layers, depth))


def _expanded(layers: Sequence[int], depth: int) -> list[int]:
    """Nodes of each layer that is expanded: those at the depth limit are not."""
    return [count for count in layers[: max(0, depth - 1)] if count]


@dataclass(frozen=True)
class DraftTime:
    """Seconds of drafting = once + share * seconds of its passes by their costs + per_node * expanded nodes.

    once: whatever the size. The first pass comes after one of the target, which has taken the draft model's weights out
    of the caches, and every tree is begun and built.  share: at most 1; passes in a row can cost less than such between
    other work.  per_node: the strategy's own work, which is what is left where passes at their full costs leave any.
    """

    costs: Costs
    once: float
    share: float
    per_node: float

    @classmethod
    def of(cls, costs: Costs, shallow: float, grown: Sequence[tuple[Sequence[int], float]], depth: int) -> DraftTime:
        """What trees of a single guess and whole trees took, medians both.

        shallow: seconds of a tree of one guess, NaN where none was clocked.  grown: nodes at depth 1, 2, ... of each
        whole tree with its seconds.  depth: their limit.
        """
        whole = float(np.median([pass_seconds(costs, layers, depth) for layers, _ in grown]))
        nodes = float(np.median([sum(_expanded(layers, depth)) for layers, _ in grown]))
        took, first = float(np.median([seconds for _, seconds in grown])), costs.draft_pass(0)
        once = 0.0 if np.isnan(shallow) else shallow - first
        left = took - once - whole
        if not nodes:
            return cls(costs, took - first, 1.0, 0.0)
        if left >= 0:
            return cls(costs, once, 1.0, left / nodes)
        share = max(0.0, (took - once - first) / (whole - first))
        return cls(costs, once + (1 - share) * first, share, 0.0)

    def __call__(self, layers: Sequence[int], depth: int) -> float:
        """Of a tree with so many nodes at depth 1, 2, ..., grown no deeper than `depth`."""
        passes = self.share * pass_seconds(self.costs, layers, depth)
        return self.once + passes + self.per_node * sum(_expanded(layers, depth))
