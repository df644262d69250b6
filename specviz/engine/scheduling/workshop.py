"""The one scheduler of a server: it owns the models, gives every visitor a share of them, and keeps what was found."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from specviz.engine.decode import Models
from specviz.engine.out_of_memory import is_out_of_memory, release, what_happened
from specviz.engine.scheduling.folder import RunFolder
from specviz.engine.scheduling.job import Job, Stage, Work
from specviz.engine.scheduling.keeper import Keeper
from specviz.engine.scheduling.pairs import Loan, Pairs
from specviz.engine.scheduling.tally import Tally
from specviz.engine.scheduling.turns import Turns
from specviz.logs import event, visitor
from specviz.models.preflight.stages import Watch, unwatched
from specviz.models.preflight.troubles import ModelError, Trouble
from specviz.policy import Policy, policy
from specviz.records.costs import Costs
from specviz.records.server import ServerStatus

AnyJob = TypeVar("AnyJob", bound=Job)


SWITCH = 0.00005  # seconds after which a thread that waits for Python's lock gets it


class RefusedError(ValueError):
    """A job that this server does not take now; the message says when it would."""


class Workshop:
    """Jobs by id, the pairs they share, and `turn`, which whoever runs a model must hold: one pass at a time."""

    def __init__(self, rules: Policy | None = None) -> None:
        self.rules = rules or policy()
        # A pass lets go of Python's lock at each operation of torch. With Python's own 5 ms it would wait as long each
        # time while any page is drawn: 32 tokens that take 0.06 s alone took 15 s beside one busy thread; now 0.35 s.
        sys.setswitchinterval(SWITCH)
        self.jobs: dict[str, Job] = {}
        self.turn = Turns()
        self.pairs = Pairs(self.rules.pairs)
        self.tally = Tally()
        home = self.rules.job_folder
        self.folder = RunFolder(Path(home).expanduser(), self.rules.days, self.rules.disk_mb) if home else None
        self._lock = threading.RLock()
        self._waiting: deque[Job] = deque()
        self._running: list[Job] = []
        self.keeper = Keeper(self.rules, self.folder, self.jobs, self.tally)

    @property
    def loaded(self) -> Models | None:
        """The pair that was asked for last, or None before the first."""
        latest = self.pairs.latest
        return None if latest is None else latest.pair

    @property
    def costs(self) -> Costs | None:
        """What a pass of that pair costs here, as the latest job that measured it found; None before."""
        latest = self.pairs.latest
        return None if latest is None else latest.costs

    def start(self, job: AnyJob) -> AnyJob:
        """Take it; it begins at once, or waits in the queue. RefusedError where the queue or the visitor has enough."""
        with self._lock:
            self._require_place(job)
            self.jobs.pop(job.id, None)
            self.jobs[job.id] = job
            job.keep_in(self.folder)
            job.on_stop = lambda: self._leave_queue(job)
            self._waiting.append(job)
            event("job queued", id=job.id, kind=job.what, visitor=visitor(job.visitor), waiting=len(self._waiting))
            self._dispatch()
            self.keeper.start()
        return job

    def _require_place(self, job: Job) -> None:
        mine = sum(one.visitor == job.visitor for one in (*self._running, *self._waiting))
        why = ""
        if job.visitor and mine >= self.rules.visitor_jobs:
            why = f"You have {mine} jobs at work or waiting, one visitor's share; stop one, or wait until one is over."
        elif len(self._waiting) >= max(1, self.rules.queue):
            why = f"{len(self._waiting)} jobs wait already, as many as this server takes; try again soon."
        if why:
            event("job refused", kind=job.what, visitor=visitor(job.visitor), mine=mine, waiting=len(self._waiting))
            raise RefusedError(why)

    def pair(
        self, target: str, draft: str, device: str = "auto", dtype: str = "auto", watch: Watch = unwatched
    ) -> Models:
        """The loaded pair, which may go as soon as another needs its memory; `borrowed` holds it."""
        loan = self.pairs.lend((target, draft, device, dtype), watch)
        self.pairs.give_back(loan)
        return loan.pair

    @contextmanager
    def borrowed(self, target: str, draft: str) -> Iterator[Models]:
        """The pair, held in memory until the block ends; whoever runs it must hold `turn` too."""
        loan = self.pairs.lend((target, draft, "auto", "auto"))
        try:
            yield loan.pair
        finally:
            self.pairs.give_back(loan)

    def remember(self, job: AnyJob) -> AnyJob:
        """A job that is over already: one that was found on disk."""
        with self._lock:
            job.keep_in(self.folder)
            return cast(AnyJob, self.jobs.setdefault(job.id, job))  # an id belongs to one kind of job

    def present(self, visitor: str) -> None:
        """A page of this visitor was drawn: the jobs of the visitor are looked at."""
        now = time.monotonic()
        for job in (*self._running, *self._waiting):
            if visitor and job.visitor == visitor:
                job.seen = now

    def status(self) -> ServerStatus:
        """How busy it is now."""
        with self._lock:
            return self.tally.status(self._running, list(self._waiting), list(self.jobs.values()), self.pairs.all())

    def _dispatch(self) -> None:
        """Begin as many as may be at work: first those of visitors with the fewest at work, in order of arrival."""
        with self._lock:
            while self._waiting and len(self._running) < self.rules.jobs:
                working = [job.visitor for job in self._running]
                first = min(self._waiting, key=lambda job: working.count(job.visitor))
                self._waiting.remove(first)
                self._running.append(first)
                first.place = 0
                threading.Thread(target=self._work, args=(first,), daemon=True, name=f"job {first.id}").start()
            for place, job in enumerate(self._waiting, 1):
                job.place = place

    def _leave_queue(self, job: Job) -> None:
        """Somebody who is stopped while waiting is gone at once."""
        with self._lock:
            if job not in self._waiting:
                return
            self._waiting.remove(job)
        job.end()
        self._gone(job)

    def _work(self, job: Job) -> None:
        loan: Loan | None = None
        work: Work | None = None
        steps: Iterator[Any] | None = None
        try:
            job.stage = Stage.LOADING
            loan = self.pairs.lend(
                (job.target, job.draft, job.device, job.dtype),
                job.loading,
                lambda: job.stopping,
                lambda why: setattr(job, "waits_for", why),
            )
            given = None if job.again else loan.costs
            job.costs, job.began = given, time.monotonic()
            work = job.begin(loan.pair)
            job.stage = Stage.WORKING
            self.tally.waited(job.began - job.asked)
            event("job started", id=job.id, kind=job.what, waited=round(job.began - job.asked, 3))
            steps = iter(work)
            while not job.stopping:
                with self.turn(job.visitor or job.id, job.id, lambda: job.stopping) as granted:
                    step = next(steps, None) if granted else None
                if step is None:
                    break
                job.steps_done += 1
                self.tally.passed()
                job.advance(step)
            if job.costs is not None and job.costs is not given:  # it measured them itself
                loan.costs = job.costs
        except ModelError as error:
            job.trouble = error.trouble
            if error.trouble != Trouble.STOPPED or job.tells_stop:
                job.fail(str(error))
        except ValueError as error:
            job.fail(str(error))
        except Exception as error:  # a thread's last word: whatever it was, the page must say it and keep the record
            if is_out_of_memory(error):
                job.trouble = Trouble.MEMORY
            else:
                job.fail(f"The run broke off: {type(error).__name__}: {str(error)[:200]}")
        if job.trouble == Trouble.MEMORY and not job.error:  # the memory ran out while it worked
            work = steps = None  # with the error gone, nobody holds the caches but the work
            release()
            settings, prompt = getattr(job, "settings", None), getattr(job, "prompt", "")
            job.fail(what_happened(None if loan is None else loan.pair, settings, prompt, job.out_of_memory))
        del work, steps
        self._ended(job)
        if loan is not None:
            self.pairs.give_back(loan)

    def _ended(self, job: Job) -> None:
        try:
            with self.turn(job.visitor or job.id, job.id):
                job.conclude()
            job.end()
        except Exception as error:  # a full disk or anything else: the job must end, and its place must go to the next
            job.fail(f"What was found could not be kept: {type(error).__name__}: {str(error)[:200]}")
            Job.end(job)
        self._gone(job)

    def _gone(self, job: Job) -> None:
        with self._lock:
            if job in self._running:
                self._running.remove(job)
            self.tally.ended(job)
            self._dispatch()
