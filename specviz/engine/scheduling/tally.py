"""What a server has done so far, in numbers."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from specviz.engine.scheduling.job import Job, Stage
from specviz.engine.scheduling.pairs import Loan
from specviz.logs import event
from specviz.records.server import JobAtWork, PairInMemory, ServerStatus

MINUTE = 60.0
WAITS = 100  # jobs whose waiting time is remembered


class Tally:
    """Counts since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._passes: deque[tuple[int, int]] = deque(maxlen=int(MINUTE))  # (second, passes in it)
        self._waits: deque[float] = deque(maxlen=WAITS)
        self.passes = self.tokens = self.finished = self.failed = self.stopped = self.orphans = 0

    def passed(self) -> None:
        """One more step of a job."""
        second = int(time.monotonic())
        before = self._passes.pop()[1] if self._passes and self._passes[-1][0] == second else 0
        self._passes.append((second, before + 1))
        self.passes += 1

    def waited(self, seconds: float) -> None:
        """From asking to the first turn."""
        self._waits.append(seconds)

    def ended(self, job: Job) -> None:
        """A job is over."""
        outcome = "failed" if job.stage == Stage.FAILED else "stopped" if job.was_stopped else "finished"
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.tokens += job.written
        seconds = round(time.monotonic() - (job.began or time.monotonic()), 3)
        event(
            "job ended", id=job.id, kind=job.what, outcome=outcome, passes=job.steps_done, tokens=job.written,
            seconds=seconds, trouble=job.trouble,
        )  # fmt: skip

    def status(
        self, running: Sequence[Job], waiting: Sequence[Job], jobs: Sequence[Job], pairs: Sequence[Loan]
    ) -> ServerStatus:
        """This moment."""
        now = time.monotonic()
        recent = sum(count for second, count in list(self._passes) if now - second <= MINUTE)
        waits, over = sorted(self._waits), [job for job in jobs if not job.active]
        return ServerStatus(
            running=len(running),
            waiting=len(waiting),
            finished=self.finished,
            failed=self.failed,
            stopped=self.stopped,
            orphans=self.orphans,
            passes=self.passes,
            passes_per_second=recent / max(1.0, min(MINUTE, now - self._began)),
            tokens=self.tokens,
            wait_p50=_quantile(waits, 0.5),
            wait_p95=_quantile(waits, 0.95),
            kept_mb=sum(job.weight for job in over) / 1e6,
            spilled=sum(job.spilled for job in over),
            resident_mb=_resident(),
            pairs=tuple(pair_in_memory(loan) for loan in pairs),
            uptime=now - self._began,
            at_work=tuple(
                JobAtWork(job.what, str(job.stage), job.place, now - job.asked, job.steps_done)
                for job in (*running, *waiting)
            ),
        )


def pair_in_memory(loan: Loan) -> PairInMemory:
    """A pair and the bytes of its weights."""
    made = loan.pair.provenance
    width = 4 if made.dtype.startswith("float32") else 2
    return PairInMemory(made.target, made.draft, (made.target_parameters + made.draft_parameters) * width / 1e6)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _resident() -> float | None:
    """10^6 bytes of this process in memory, where the system says it."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
