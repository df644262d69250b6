"""What a server does between jobs: stops what nobody looks at, moves what is over to disk, removes old files."""

from __future__ import annotations

import threading
import time

from specviz.engine.scheduling.folder import RunFolder
from specviz.engine.scheduling.job import Job
from specviz.engine.scheduling.tally import Tally
from specviz.logs import event
from specviz.policy import Policy

ROUND = 2.0  # seconds between two looks at the jobs
TIDY = 600.0  # seconds between two looks at the folder
MOST_JOBS = 256  # finished ones that are remembered at all


class Keeper:
    """Looks after the jobs of one workshop.  jobs: all of them, by id; those that are forgotten are taken out."""

    def __init__(self, rules: Policy, folder: RunFolder | None, jobs: dict[str, Job], tally: Tally) -> None:
        self._rules, self._folder, self._jobs, self._tally = rules, folder, jobs, tally
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, where it has not begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._rounds, daemon=True, name="keeper")
            self._thread.start()

    def _rounds(self) -> None:
        tidied = -TIDY
        while True:
            if self._folder is not None and time.monotonic() - tidied > TIDY:
                tidied = time.monotonic()
                removed = self._folder.tidy(list(self._jobs))
                if removed:
                    event("folder tidied", removed=removed)
            time.sleep(ROUND)
            self.reap()
            self.spill()

    def reap(self) -> None:
        """Stop jobs that no page has looked at for too long; what they did is kept, and a run can be continued."""
        longest, now = self._rules.orphan_seconds, time.monotonic()
        for job in list(self._jobs.values()):
            forgotten = job.active and not job.lasting and not job.was_stopped and now - job.seen > longest
            if longest and forgotten:
                self._tally.orphans += 1
                event("job orphaned", id=job.id, kind=job.what)
                job.stop()

    def spill(self) -> None:
        """Keep what finished jobs found within the budget: the oldest are kept on disk alone, or not at all."""
        over = [job for job in list(self._jobs.values()) if not job.active]
        held = sum(job.weight for job in over)
        for number, job in enumerate(over):
            too_many = len(over) - number > MOST_JOBS
            if held <= self._rules.memory_mb * 1_000_000 and not too_many:
                return
            weight = job.weight
            held -= weight
            if too_many or (weight and not job.spill()):
                self._jobs.pop(job.id, None)
            elif weight:
                event("job spilled", id=job.id, mb=weight / 1e6)
