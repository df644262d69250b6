"""The rows of a sweep under way: what is done, what is left, how long that takes, and the file that keeps it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from specviz.records import Provenance
from specviz.records.sweep import Sweep, SweepPlan, SweepRow, in_order
from specviz.records.sweep_store import load_sweep, save_sweep

EVERY = 2.0  # seconds between two savings
SHARE = 0.1  # of the time may go into saving


@dataclass(frozen=True)
class Progress:
    """How far a sweep is: rows done of all, those of them that failed, seconds left (None while nobody can tell).

    row: the one that was finished just now, if any.
    """

    done: int
    total: int
    failures: int
    seconds_left: float | None
    row: SweepRow | None = None


def begun(path: Path, plan: SweepPlan) -> Sweep | None:
    """What a file holds of this plan; None where there is no file. ValueError for a file of another plan."""
    if not path.exists():
        return None
    found = load_sweep(path)
    if found.plan != plan:
        raise ValueError(
            f"The file {path} holds a sweep of {_difference(found.plan, plan)}; give the options that it was begun "
            "with, or another --out."
        )
    return found


def _difference(old: SweepPlan, new: SweepPlan) -> str:
    parts = ("prompts", "methods", "seeds")
    other = [part for part in parts if getattr(old, part) != getattr(new, part)]
    return f"other {other[0]}" if other else "other settings"


@dataclass
class Results:
    """Rows by key, saved every couple of seconds. before: what the file held already; path: None keeps no file.

    A prompt with a seed of which any row is missing is done again as a whole: its rows share their work, and the
    record says which of them did it. ValueError where the file was made with other models or on another kind of device.
    """

    plan: SweepPlan
    provenance: Provenance
    path: Path | None = None
    before: Sweep | None = None
    added: int = 0
    _rows: dict[object, SweepRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.before is not None:
            made, here = (_compared(one) for one in (self.before.provenance, self.provenance))
            if made != here:
                raise ValueError(
                    f"The file {self.path} was begun with {made.target} and {made.draft} on {made.device} in "
                    f"{made.dtype}, or with other versions of the libraries; give another --out."
                )
            self._rows = {row.key: row for row in self.before.rows}
        self._failures = sum(row.failed for row in self._rows.values())
        self._kept = self.plan.total - sum(len(seeds) for _, seeds in self.left()) * len(self.plan.cells)
        self._began = time.monotonic()
        self._saved, self._pause = self._began - EVERY, EVERY  # the first row is saved at once

    def left(self) -> list[tuple[int, list[int]]]:
        """Prompts with those of their seeds that are not done, in the order of the plan."""
        missing = []
        for number in range(len(self.plan.prompts)):
            seeds = [
                seed for seed in self.plan.seeds
                if any((number, seed, cell) not in self._rows for cell in self.plan.cells)
            ]  # fmt: skip
            if seeds:
                missing.append((number, seeds))
        return missing

    def add(self, row: SweepRow) -> None:
        """One more row, in the place of one that was begun before."""
        old = self._rows.get(row.key)
        self._failures += row.failed - (old is not None and old.failed)
        self._rows[row.key] = row
        self.added += 1

    def progress(self, row: SweepRow | None = None) -> Progress:
        """How far it is."""
        done = self._kept + self.added
        spent = time.monotonic() - self._began
        left = spent / self.added * (self.plan.total - done) if self.added else None
        return Progress(done, self.plan.total, self._failures, left, row)

    def sweep(self) -> Sweep:
        """The record so far."""
        return Sweep(self.plan, self.provenance, in_order(self.plan, tuple(self._rows.values())))

    def save(self, now: bool = False) -> None:
        """Rewrite the file where it is time for it, or now."""
        began = time.monotonic()
        if self.path is None or not (now or began - self._saved >= self._pause):
            return
        save_sweep(self.sweep(), self.path)
        self._saved = time.monotonic()
        self._pause = max(EVERY, (self._saved - began) / SHARE)


def _compared(made: Provenance) -> Provenance:
    """Without the ways in which layers were run, of which one can be given up during a run."""
    return replace(made, target_path="", draft_path="")
