"""Runs in the background: one thread a run, the models shared, one pass at a time."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from specviz.engine.decode import Models, Run
from specviz.records import DecodeTrace, RunSettings, StopReason

MAX_JOBS = 32  # kept in memory; the oldest finished one goes first
MAX_SECONDS = 900.0


class Stage(StrEnum):
    """What a job is doing, in words for the screen."""

    WAITING = "Waiting for the models"
    LOADING = "Loading the models"
    DECODING = "Decoding"
    DONE = "Done"
    FAILED = "Failed"


@dataclass
class Job:
    """One run in the background; `trace` is there from the first pass on and stays after a stop or a failure."""

    settings: RunSettings
    prompt: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:10])
    stage: Stage = Stage.WAITING
    error: str = ""
    tokens: int = 0
    started: float = field(default_factory=time.monotonic)
    _stop: threading.Event = field(default_factory=threading.Event)
    _run: Run | None = None

    @property
    def active(self) -> bool:
        """Whether it is still at work."""
        return self.stage not in (Stage.DONE, Stage.FAILED)

    def stop(self) -> None:
        """Ask it to end after the pass under way."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether it has been asked to end, or has had its time."""
        return self._stop.is_set() or time.monotonic() - self.started > MAX_SECONDS

    def trace(self) -> DecodeTrace | None:
        """The record so far, or None before the first pass."""
        return self._run.trace() if self._run is not None and self._run.iterations else None


class Workshop:
    """Jobs by id, the pair they share, and the lock that lets one pass run at a time."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self._turn = threading.Lock()
        self._loading = threading.Lock()
        self._pairs: dict[tuple[str, str], Models] = {}

    def start(self, settings: RunSettings, prompt: str) -> Job:
        """Begin a run in a thread of its own."""
        finished = [job.id for job in self.jobs.values() if not job.active]
        for old in finished[: max(0, len(self.jobs) - MAX_JOBS + 1)]:
            self.jobs.pop(old, None)
        job = Job(settings, prompt)
        self.jobs[job.id] = job
        threading.Thread(target=self._work, args=(job,), daemon=True, name=f"run {job.id}").start()
        return job

    def pair(self, target: str, draft: str) -> Models:
        """The loaded pair; two people who ask for one pair wait for one load."""
        with self._loading:
            if (target, draft) not in self._pairs:
                from specviz.models.pair import load_pair  # torch is imported here, not with the page

                self._pairs.clear()
                self._pairs[target, draft] = load_pair(target, draft)
            return self._pairs[target, draft]

    def _work(self, job: Job) -> None:
        try:
            job.stage = Stage.LOADING
            pair = self.pair(job.settings.target, job.settings.draft)
            run = Run(pair, job.settings, job.prompt, stop=lambda: job.stopping)
            job._run = run
            job.stage = Stage.DECODING
            steps = iter(run)
            while not job.stopping:
                with self._turn:
                    step = next(steps, None)
                if step is None:
                    break
                job.tokens += len(step.emitted)
            job.stage = Stage.DONE
        except ValueError as error:
            self._fail(job, str(error))
        except MemoryError:
            self._fail(job, "There is not enough memory for this run; choose a smaller model or a smaller P.")
        except Exception as error:  # a thread's last word: whatever it was, the page must say it and keep the record
            if "out of memory" in str(error).lower():
                self._fail(job, "The device is out of memory; choose a smaller model, a smaller P or a shorter prompt.")
            else:
                self._fail(job, f"The run broke off: {type(error).__name__}: {str(error)[:200]}")

    @staticmethod
    def _fail(job: Job, message: str) -> None:
        if job._run is not None:
            job._run.reason = StopReason.FAILED
            job._run.note = message
        job.error = message
        job.stage = Stage.FAILED
