"""The record of a sweep: prompts x strategies x capacities x seeds, one row of counts for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from specviz.records.sweep_plan import MOST_CELLS, SweepCell, SweepMethod, SweepPlan, SweepPrompt
from specviz.records.trace import Provenance

__all__ = [
    "MOST_CELLS", "Obtained", "Sweep", "SweepCell", "SweepMethod", "SweepPlan", "SweepPrompt", "SweepRow", "in_order",
]  # fmt: skip


class Obtained(StrEnum):
    """How the numbers of a row were come by."""

    RUN = "run"  # the target ran on its trees
    READ = "read"  # its trees were held against a text that another row's run had written: no target pass of its own
    FAILED = "failed"  # not at all; `error` says why


@dataclass(frozen=True)
class SweepRow:
    """What one method did at one capacity on one prompt with one seed. Every field is one column of the file.

    Which: prompt (its place in the plan), name and kind (of the prompt), seed, drafter, verifier, capacity P,
        drafts k, depth, temperature, top_k, top_p, max_new_tokens.
    Counts: tokens emitted; passes (target passes that the method needs for them); drafted (nodes of all its trees);
        accepted (draft tokens kept); examined (draft nodes that the rule looked at, accepted or not).
    Sums, to be pooled over rows before they are divided: entropy (nats) and second_moment (nats^2) of the target's law
        and surprisal (nats) of the token, over all `tokens`; overlap, sum min(p, q), over the `overlap_places` at
        which guesses of a draft model were tried.
    text: SHA-256 of the emitted ids; equal texts have equal ones.  stop_reason: as in a trace.
    Times of this row itself, in seconds: draft_seconds, target_seconds, verify_seconds. Where nothing was shared
        (`obtained` is run and `trees_grown` is `trees`) they are those of the method; a row that was read has no target
        time.
    Work: obtained; target_passes and draft_passes really made for this row (the reading of the prompt left out);
        trees that its passes need, of which trees_grown were grown for it and the others are part of a larger
        capacity's tree.
    error: one sentence where the row failed, and then every count is 0; else "".
    """

    prompt: int
    name: str
    kind: str
    seed: int
    drafter: str
    verifier: str
    capacity: int
    drafts: int
    depth: int
    temperature: float
    top_k: int
    top_p: float
    max_new_tokens: int
    tokens: int = 0
    passes: int = 0
    drafted: int = 0
    accepted: int = 0
    examined: int = 0
    entropy: float = 0.0
    second_moment: float = 0.0
    surprisal: float = 0.0
    overlap: float = 0.0
    overlap_places: int = 0
    text: str = ""
    stop_reason: str = ""
    draft_seconds: float = 0.0
    target_seconds: float = 0.0
    verify_seconds: float = 0.0
    obtained: str = Obtained.FAILED.value
    target_passes: int = 0
    draft_passes: int = 0
    trees: int = 0
    trees_grown: int = 0
    error: str = ""

    @property
    def cell(self) -> SweepCell:
        """The method and its capacity."""
        return SweepCell(self.drafter, self.verifier, self.capacity, self.drafts)

    @property
    def key(self) -> tuple[int, int, SweepCell]:
        """What a row is found by: prompt, seed, cell."""
        return self.prompt, self.seed, self.cell

    @property
    def failed(self) -> bool:
        """Whether there is an error instead of numbers."""
        return bool(self.error)

    @property
    def block_efficiency(self) -> float:
        """tau, tokens per target pass; NaN for a row without passes."""
        return _quotient(self.tokens, self.passes)

    @property
    def acceptance_rate(self) -> float:
        """Mean overlap, sum min(p, q): the chance that one draft is accepted; NaN where no draft model was run."""
        return _quotient(self.overlap, self.overlap_places)

    @property
    def utilisation(self) -> float:
        """accepted / drafted; NaN where nothing was drafted."""
        return _quotient(self.accepted, self.drafted)

    @property
    def mu(self) -> float:
        """Mean entropy of the target's law at the emitted tokens, nats."""
        return _quotient(self.entropy, self.tokens)

    @property
    def mean_surprisal(self) -> float:
        """Mean surprisal of the emitted tokens, nats."""
        return _quotient(self.surprisal, self.tokens)

    @property
    def seconds(self) -> float:
        """All parts together."""
        return self.draft_seconds + self.target_seconds + self.verify_seconds

    @property
    def is_timed(self) -> bool:
        """Whether its times are those of the method by itself: nothing of it was shared."""
        return self.obtained == Obtained.RUN and self.trees_grown == self.trees

    def without_times(self) -> SweepRow:
        """The same row with its times at 0: two sweeps of one plan agree in these."""
        return replace(self, draft_seconds=0.0, target_seconds=0.0, verify_seconds=0.0)


@dataclass(frozen=True)
class Sweep:
    """A sweep, finished or not: its plan, what it was made with, and its rows in the order of the plan."""

    plan: SweepPlan
    provenance: Provenance
    rows: tuple[SweepRow, ...] = ()

    @property
    def failures(self) -> tuple[SweepRow, ...]:
        """Rows that failed."""
        return tuple(row for row in self.rows if row.failed)

    @property
    def is_whole(self) -> bool:
        """Whether every row of the plan is there, failed ones counted."""
        return len(self.rows) == self.plan.total

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of prompt, in the order in which they first occur."""
        return tuple(dict.fromkeys(prompt.kind for prompt in self.plan.prompts))

    @property
    def target_passes(self) -> tuple[int, int]:
        """Target passes made, and those that a run of its own for each row would have made."""
        return sum(row.target_passes for row in self.rows), sum(row.passes for row in self.rows)

    @property
    def trees(self) -> tuple[int, int]:
        """Draft trees grown, and those that a run of its own for each row would have grown."""
        return sum(row.trees_grown for row in self.rows), sum(row.trees for row in self.rows)

    def of(self, cell: SweepCell) -> tuple[SweepRow, ...]:
        """The rows of one cell, failed ones left out."""
        return tuple(row for row in self.rows if row.cell == cell and not row.failed)


def in_order(plan: SweepPlan, rows: Sequence[SweepRow]) -> tuple[SweepRow, ...]:
    """Rows in the order of the plan, however they came; ValueError for two of one key, or one that it does not have."""
    place = {cell: number for number, cell in enumerate(plan.cells)}
    turn = {seed: number for number, seed in enumerate(plan.seeds)}
    for row in rows:
        if row.cell not in place or row.seed not in turn or not 0 <= row.prompt < len(plan.prompts):
            raise ValueError("A row of this sweep is not part of its plan.")
    if len({row.key for row in rows}) < len(rows):
        raise ValueError("This sweep has two rows of the same prompt, seed and method.")
    return tuple(sorted(rows, key=lambda row: (row.prompt, turn[row.seed], place[row.cell])))


def _quotient(above: float, below: float) -> float:
    return above / below if below else float("nan")
