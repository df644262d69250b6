"""Work in the background: one thread a job, the models shared, one pass at a time."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

from specviz.engine.decode import Models
from specviz.engine.out_of_memory import is_out_of_memory, release, what_happened
from specviz.models.preflight.stages import LoadStage, Watch, unwatched
from specviz.models.preflight.troubles import ModelError, Trouble
from specviz.records.costs import Costs

MAX_JOBS = 32  # kept in memory; the oldest finished one goes first
MAX_SECONDS = 900.0


class Stage(StrEnum):
    """What a job is doing, in words for the screen."""

    WAITING = "Waiting for the models"
    LOADING = "Loading the models"
    WORKING = "Working"
    DONE = "Done"
    FAILED = "Failed"


class Work(Protocol):
    """Something that is done in steps, between which a stop takes effect and others have their turn.

    A step is one target pass with its draft, or the few passes of one place where passes are timed side by side.
    """

    def __iter__(self) -> Iterator[Any]:
        """One step after another."""
        ...


@dataclass
class Job:
    """Work in the background; what was done stays after a stop or a failure.

    target, draft: the pair it needs.  device, dtype: where and how; `auto` takes it as it is loaded already.
    trouble: of which kind an error was, where a model could not be loaded.
    costs: of the pair, where they were measured; what a job measures itself is kept for those after it.
    again: whether it is given none although they are known, so that it measures them anew.
    """

    out_of_memory: ClassVar[str] = "The measurement is out of memory; what was measured until then is kept"

    target: str
    draft: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:10])
    stage: Stage = Stage.WAITING
    error: str = ""
    started: float = field(default_factory=time.monotonic)
    device: str = "auto"
    dtype: str = "auto"
    trouble: Trouble | None = None
    costs: Costs | None = None
    again: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

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

    def loading(self, stage: LoadStage, note: str) -> None:
        """Told of each step while its pair is loaded."""

    def begin(self, pair: Models) -> Work:
        """The work, once the models are there."""
        raise NotImplementedError

    def advance(self, step: Any) -> None:
        """Take note of a step."""
        raise NotImplementedError

    def fail(self, message: str) -> None:
        """End with one sentence for the person at the screen."""
        self.error = message
        self.stage = Stage.FAILED


AnyJob = TypeVar("AnyJob", bound=Job)


class Workshop:
    """Jobs by id, the pair they share, and `turn`, which whoever runs a model must hold: one pass at a time."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.turn = threading.Lock()
        self._loading = threading.Lock()
        self._pairs: dict[tuple[str, str, str, str], Models] = {}
        self._measured: tuple[Models, Costs] | None = None

    @property
    def loaded(self) -> Models | None:
        """The pair that is in memory, or None before the first."""
        return next(iter(self._pairs.values()), None)

    @property
    def costs(self) -> Costs | None:
        """What a pass of the loaded pair costs here, as the latest job that measured it found; None before."""
        known = self._measured
        return known[1] if known is not None and known[0] is self.loaded else None

    def start(self, job: AnyJob) -> AnyJob:
        """Begin it in a thread of its own."""
        finished = [job.id for job in self.jobs.values() if not job.active]
        for old in finished[: max(0, len(self.jobs) - MAX_JOBS + 1)]:
            self.jobs.pop(old, None)
        self.jobs[job.id] = job
        threading.Thread(target=self._work, args=(job,), daemon=True, name=f"job {job.id}").start()
        return job

    def pair(
        self, target: str, draft: str, device: str = "auto", dtype: str = "auto", watch: Watch = unwatched
    ) -> Models:
        """The loaded pair; two people who ask for one pair wait for one load.

        `auto` for both takes the pair as it is loaded already. A pair that cannot be loaded leaves the one before it.
        """
        with self._loading:
            wanted = (target, draft, device, dtype)
            for key, pair in self._pairs.items():
                if key == wanted or (key[:2] == wanted[:2] and (device, dtype) == ("auto", "auto")):
                    return pair
            watch(LoadStage.START, "")
            from specviz.models.pair import load_pair  # torch is imported here, not with the page

            try:
                pair = load_pair(target, draft, device, dtype, watch)
            except ModelError as error:
                if error.trouble != Trouble.MEMORY or not self._pairs:
                    raise
                self._pairs.clear()  # there is no room for two: the pair before must go
                pair = load_pair(target, draft, device, dtype, watch)
            self._pairs = {wanted: pair}
            return pair

    def _work(self, job: Job) -> None:
        pair: Models | None = None
        work: Work | None = None
        steps: Iterator[Any] | None = None
        try:
            job.stage = Stage.LOADING
            pair = self.pair(job.target, job.draft, job.device, job.dtype, job.loading)
            given = self.costs if self.loaded is pair and not job.again else None
            job.costs = given
            work = job.begin(pair)
            job.stage = Stage.WORKING
            steps = iter(work)
            while not job.stopping:
                with self.turn:
                    step = next(steps, None)
                if step is None:
                    break
                job.advance(step)
            if job.costs is not None and job.costs is not given and self.loaded is pair:  # it measured them itself
                self._measured = pair, job.costs
            job.stage = Stage.DONE
        except ValueError as error:
            job.trouble = error.trouble if isinstance(error, ModelError) else None
            job.fail(str(error))
        except Exception as error:  # a thread's last word: whatever it was, the page must say it and keep the record
            if not is_out_of_memory(error):
                job.fail(f"The run broke off: {type(error).__name__}: {str(error)[:200]}")
        if job.active:  # the memory ran out; with the error gone, nobody holds the caches but the work
            work = steps = None
            release()
            job.trouble = Trouble.MEMORY
            job.fail(what_happened(pair, getattr(job, "settings", None), getattr(job, "prompt", ""), job.out_of_memory))
