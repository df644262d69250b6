"""How busy a server is, in numbers only: what the Models page and the metrics of a server say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PairInMemory:
    """A pair of models that a server holds.  mb: of both models' weights, 10^6 bytes."""

    target: str
    draft: str
    mb: float


@dataclass(frozen=True)
class JobAtWork:
    """One job that runs or waits, without anything that its visitor wrote.

    kind: what it does, in words.  stage: what it is at, in words.  place: in the queue, from 1; 0: it has its turns.
    seconds: since it was asked for.  passes: steps done so far.
    """

    kind: str
    stage: str
    place: int
    seconds: float
    passes: int


@dataclass(frozen=True)
class ServerStatus:
    """One moment of one server process.

    Jobs now.  running: they have their turns.  waiting: in the queue.  at_work: each of these, running ones first.
    Jobs since the start.  finished, failed: ended by themselves, with an error.  stopped: by their visitor or by a
        limit.  orphans: stopped because no page had looked at them.
    Work since the start.  passes: steps of all jobs, one target pass each in a run.  tokens: written by runs.
        passes_per_second: over the last minute.
    wait_p50, wait_p95: seconds from asking to the first turn, of the last 100 jobs that had one; None before the first.
    Memory.  kept_mb: of finished jobs in memory.  spilled: finished jobs that are kept on disk only.
        resident_mb: of the whole process; None where the system does not say.  pairs: loaded models.
    uptime: seconds since the start.  All sizes in 10^6 bytes.
    """

    running: int
    waiting: int
    finished: int
    failed: int
    stopped: int
    orphans: int
    passes: int
    passes_per_second: float
    tokens: int
    wait_p50: float | None
    wait_p95: float | None
    kept_mb: float
    spilled: int
    resident_mb: float | None
    pairs: tuple[PairInMemory, ...]
    uptime: float
    at_work: tuple[JobAtWork, ...] = ()
