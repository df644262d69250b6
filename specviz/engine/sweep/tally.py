"""The counts and sums of one row, pass by pass."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from specviz.engine.decode import why_ended
from specviz.records import Iteration, RunSettings, State, StopReason
from specviz.records.sweep import Obtained, SweepCell, SweepPlan, SweepRow

LONGEST = 300  # characters of a sentence about a failure


@dataclass
class Tally:
    """What the passes of one run add up to."""

    steps: list[Iteration] = field(default_factory=list)

    def add(self, step: Iteration) -> None:
        """One more pass."""
        self.steps.append(step)

    def counts(self) -> dict[str, int | float]:
        """The counts, sums and times of a `SweepRow`.

        The overlap is taken where guesses were tried, that is at visited nodes with children: there the draft model
        was run however the tree was come by.
        """
        steps = self.steps
        overlap = np.concatenate([_where_tried(step) for step in steps] or [np.zeros(0)])
        states = [step.verdict.state[1:] for step in steps]
        return {
            "tokens": sum(len(step.emitted) for step in steps),
            "passes": len(steps),
            "drafted": sum(step.tree.size for step in steps),
            "accepted": sum(step.verdict.accepted for step in steps),
            "examined": sum(int(((s == State.ACCEPTED) | (s == State.REJECTED)).sum()) for s in states),
            "entropy": sum(float(step.entropy.sum()) for step in steps),
            "second_moment": sum(float(step.second_moment.sum()) for step in steps),
            "surprisal": sum(float(step.surprisal.sum()) for step in steps),
            "overlap": float(overlap.sum()),
            "overlap_places": len(overlap),
            "draft_seconds": sum(step.seconds.draft for step in steps),
            "target_seconds": sum(step.seconds.target for step in steps),
            "verify_seconds": sum(step.seconds.verify for step in steps),
        }

    def text(self) -> str:
        """SHA-256 of the ids as they are written in decimal, with commas."""
        ids = ",".join(str(token) for step in self.steps for token in step.emitted)
        return hashlib.sha256(ids.encode()).hexdigest()

    def why_ended(self, settings: RunSettings, stop_ids: frozenset[int]) -> StopReason:
        """Why there is no further pass."""
        return why_ended(self.steps, settings, stop_ids)


def _where_tried(step: Iteration) -> np.ndarray:
    """The overlap at visited nodes with children where the draft model was run."""
    visited = [0, *step.verdict.path.tolist()][: len(step.emitted)]
    tried = np.array([bool(step.tree.children[node]) for node in visited], bool)
    return step.overlap[tried & np.isfinite(step.overlap)]


def row_of(plan: SweepPlan, prompt: int, seed: int, cell: SweepCell, obtained: Obtained, **numbers: Any) -> SweepRow:
    """A row with what the plan says of it, and these numbers."""
    known, common = plan.prompts[prompt], plan.settings
    return SweepRow(
        prompt=prompt, name=known.name, kind=known.kind, seed=seed, **asdict(cell), depth=common.depth,
        temperature=common.temperature, top_k=common.top_k, top_p=common.top_p, max_new_tokens=common.max_new_tokens,
        obtained=obtained.value, **numbers,
    )  # fmt: skip


def failed_row(plan: SweepPlan, prompt: int, seed: int, cell: SweepCell, why: str) -> SweepRow:
    """A row without numbers. why: one sentence."""
    sentence = " ".join(why.encode("utf-8", "replace").decode().split())[:LONGEST] or "It broke off without a word."
    return row_of(plan, prompt, seed, cell, Obtained.FAILED, stop_reason=StopReason.FAILED.value, error=sentence)
