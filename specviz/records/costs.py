"""What a pass of each model costs on one machine, by the number of positions that it checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from specviz.records.trace import Provenance


@dataclass(frozen=True)
class Costs:
    """Measured times of one pass, by the number of draft nodes n above the context; the root is always read too.

    sizes: n, rising from 0.  target, draft: seconds, the lower quartile of the passes, because what else the machine
    does can only add time.  target_low, target_high, draft_low, draft_high: 10 and 90 percent of the passes, seconds.
    context: tokens before the pass.  repeats: passes of each model at each size.  total: seconds of the measurement.
    """

    provenance: Provenance
    sizes: tuple[int, ...]
    target: tuple[float, ...]
    target_low: tuple[float, ...]
    target_high: tuple[float, ...]
    draft: tuple[float, ...]
    draft_low: tuple[float, ...]
    draft_high: tuple[float, ...]
    context: int
    repeats: int
    total: float

    def target_pass(self, nodes: float) -> float:
        """Seconds of a target pass over this many nodes, the root extra; straight lines between measured sizes."""
        return _between(nodes, self.sizes, self.target)

    def draft_pass(self, nodes: float) -> float:
        """Seconds of a draft pass over this many nodes, the root extra: a layer of n nodes costs draft_pass(n - 1)."""
        return _between(nodes, self.sizes, self.draft)

    @property
    def ratio(self) -> float:
        """c: time of a draft pass over one token divided by that of a target pass over one token."""
        return self.draft_pass(0) / self.target_pass(0)

    def with_target_at(self, size: int, seconds: float) -> Costs:
        """The same with one more target pass, seen elsewhere, at a size beyond all that were measured.

        Its bounds are that value itself; the draft model's line goes on as it did. ValueError for a size within.
        """
        if size <= self.sizes[-1]:
            raise ValueError(f"The costs reach up to {self.sizes[-1]} nodes; {size} lies within.")
        seen = max(seconds, self.target[-1])
        drafts = ("draft", "draft_low", "draft_high")
        beyond = dict.fromkeys(("target", "target_low", "target_high"), seen)
        beyond |= {name: _between(size, self.sizes, getattr(self, name)) for name in drafts}
        columns: dict[str, Any] = {name: (*getattr(self, name), last) for name, last in beyond.items()}
        return replace(self, sizes=(*self.sizes, size), **columns)

    def nearly_free(self, extra: float = 0.25) -> int:
        """The largest measured number of nodes, below every dearer one, that adds no more than this share to a pass."""
        dear = [seconds > (1 + extra) * self.target[0] for seconds in self.target]
        return self.sizes[dear.index(True) - 1] if any(dear) else self.sizes[-1]

    def rows(self) -> list[dict[str, Any]]:
        """One row for each size."""
        names = ("sizes", "target", "target_low", "target_high", "draft", "draft_low", "draft_high")
        return [dict(zip(names, row, strict=True)) for row in zip(*(getattr(self, n) for n in names), strict=True)]


def _between(nodes: float, sizes: tuple[int, ...], seconds: tuple[float, ...]) -> float:
    """Beyond the largest size the last straight line goes on."""
    if nodes <= sizes[-1] or len(sizes) < 2:
        return float(np.interp(nodes, sizes, seconds))
    slope = max(0.0, (seconds[-1] - seconds[-2]) / (sizes[-1] - sizes[-2]))
    return seconds[-1] + slope * (nodes - sizes[-1])
