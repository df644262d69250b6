"""One worker of a sweep on Ray: a pair of its own, one prompt at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from specviz.engine.sweep.work import PromptWork
from specviz.records import Provenance
from specviz.records.sweep import SweepPlan, SweepRow


@dataclass(frozen=True)
class Hired:
    """What a worker says of itself once its models are there."""

    provenance: Provenance
    pid: int


class Worker:
    """The models, on the device that Ray has given this process.

    sharing: workers that share the cores of this machine; 0 where each has a device of its own.
    """

    def __init__(self, plan: SweepPlan, device: str, dtype: str, sharing: int) -> None:
        from specviz.models.loading import share_cores  # torch is imported by the worker alone
        from specviz.models.pair import load_pair

        self.plan = plan
        self.models = load_pair(plan.settings.target, plan.settings.draft, device, dtype)
        if sharing:
            share_cores(sharing)

    def hire(self) -> Hired:
        """Who this is."""
        return Hired(self.models.provenance, os.getpid())

    def rows(self, number: int, text: str, seeds: Sequence[int]) -> list[SweepRow]:
        """All rows of a prompt."""
        return [row for row in PromptWork(self.models, self.plan, number, text).rows(seeds) if row is not None]
