"""The record of one run: what every figure reads and every file holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np

from specviz.records.race import Race
from specviz.records.rows import SparseRows
from specviz.records.settings import RunSettings
from specviz.records.tree import DraftTree
from specviz.records.verdict import Verdict

SCHEMA = 3  # 1: neither `SparseRows.below` nor `Iteration.residuals`; 2: no run was INTERRUPTED


class StopReason(StrEnum):
    """Why a run ended."""

    LENGTH = "length"
    END_OF_TEXT = "end_of_text"
    STOPPED = "stopped"
    CONTEXT_FULL = "context_full"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # the server ended before the run did


@dataclass(frozen=True)
class Seconds:
    """Wall-clock seconds of the parts of one iteration."""

    draft: float
    target: float
    verify: float

    @property
    def total(self) -> float:
        """All parts together."""
        return self.draft + self.target + self.verify


@dataclass(frozen=True, eq=False)
class Iteration:
    """One target pass: the tree, both models' rows on it, the verdict.

    context_len: tokens in the context, the root (its last token) included.
    emitted: the ids this iteration added to the text; the accepted path and the closing token, cut at an
        end-of-text token or at the length asked for.
    One entry for each emitted token, about the law that it was drawn from: entropy = sum p (-log p), nats;
        second_moment = sum p log^2 p, nats^2; surprisal = -log p(token), nats; overlap = sum min(p, q), the acceptance
        rate of one draft there, NaN where the draft model was not run.
    races: the race of each visited node that has children (shared-race runs only), by node.
    residuals: at each visited node where a guess was tried and lost, the law that was left of the target's after the
        first, second, .. rejection: one row for each, by node.
    """

    index: int
    context_len: int
    tree: DraftTree
    draft: SparseRows
    target: SparseRows
    verdict: Verdict
    emitted: tuple[int, ...]
    entropy: np.ndarray
    second_moment: np.ndarray
    surprisal: np.ndarray
    overlap: np.ndarray
    seconds: Seconds
    races: dict[int, Race] = field(default_factory=dict)
    residuals: dict[int, SparseRows] = field(default_factory=dict)


@dataclass(frozen=True)
class Provenance:
    """What made a trace: models, versions, device, date.

    target_path, draft_path: which way each model's layers were run, "plain" being the Hugging Face module; empty where
    it was not recorded.
    """

    target: str
    draft: str
    device: str
    dtype: str
    versions: tuple[tuple[str, str], ...]
    target_parameters: int = 0
    draft_parameters: int = 0
    target_path: str = ""
    draft_path: str = ""

    @property
    def place(self) -> str:
        """Where the models were run, and which way, in words."""
        ways = f"; layers of the target {self.target_path}, of the draft model {self.draft_path}"
        return f"{self.device} in {self.dtype}" + (ways if self.target_path and self.draft_path else "")


@dataclass(frozen=True, eq=False)
class DecodeTrace:
    """A whole run.

    texts: visible text of every id that occurs, so that no figure needs a tokenizer.
    stop_reason: why it ended; `note` says it in one sentence where it needs saying.
    """

    settings: RunSettings
    provenance: Provenance
    prompt: str
    prompt_ids: tuple[int, ...]
    iterations: tuple[Iteration, ...]
    texts: dict[int, str]
    vocabulary: int
    text: str
    stop_reason: StopReason
    note: str = ""
    schema: int = SCHEMA

    @cached_property
    def emitted(self) -> tuple[int, ...]:
        """Every id the run added to the prompt."""
        return tuple(token for iteration in self.iterations for token in iteration.emitted)

    @property
    def target_calls(self) -> int:
        """Target passes, the prompt's own pass not counted."""
        return len(self.iterations)

    @property
    def block_efficiency(self) -> float:
        """Tokens emitted per target pass, L/K; NaN for an empty run."""
        return len(self.emitted) / self.target_calls if self.target_calls else float("nan")
