"""Work in the background: what it is, how far it is, and how it is stopped."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from specviz.engine.decode import Models
from specviz.engine.scheduling.folder import RunFolder
from specviz.models.preflight.stages import LoadStage
from specviz.models.preflight.troubles import Trouble
from specviz.policy import policy
from specviz.records.costs import Costs


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


def _nothing() -> None:
    """Nobody is told of a stop."""


@dataclass
class Job:
    """Work in the background; what was done stays after a stop or a failure.

    what: its kind, in words.  lasting: whether it goes on when nobody looks at it.  tells_stop: whether being stopped
        before it has its models is an error.
    target, draft: the pair it needs.  device, dtype: where and how; `auto` takes it as it is loaded already.
    visitor: whose it is; the time of the models is shared between visitors, then between the jobs of each.
    waits_for: why it does not go on, where it waits for something else than its turn.
    place: in the queue, from 1; 0 once it has its turns.  steps_done: target passes, for most kinds.
    trouble: of which kind an error was, where a model could not be loaded.
    costs: of the pair, where they were measured; what a job measures itself is kept for those after it.
    again: whether it is given none although they are known, so that it measures them anew.
    asked, began, ended: clock readings, seconds.  seen: when a page last looked at it.
    spilled: whether what it found is on disk alone.  on_stop: what a stop is told to.
    """

    out_of_memory: ClassVar[str] = "The measurement is out of memory; what was measured until then is kept"
    what: ClassVar[str] = "Measurement"
    lasting: ClassVar[bool] = False
    tells_stop: ClassVar[bool] = False

    target: str
    draft: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:16])
    visitor: str = ""
    stage: Stage = Stage.WAITING
    waits_for: str = ""
    place: int = 0
    error: str = ""
    device: str = "auto"
    dtype: str = "auto"
    trouble: Trouble | None = None
    costs: Costs | None = None
    again: bool = False
    steps_done: int = 0
    asked: float = field(default_factory=time.monotonic)
    began: float | None = None
    ended: float | None = None
    seen: float = field(default_factory=time.monotonic)
    spilled: bool = False
    on_stop: Callable[[], None] = _nothing
    _stop: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def active(self) -> bool:
        """Whether it is still at work, or waits for it."""
        return self.stage not in (Stage.DONE, Stage.FAILED)

    def stop(self) -> None:
        """Ask it to end after the pass under way."""
        self._stop.set()
        self.on_stop()

    @property
    def was_stopped(self) -> bool:
        """Whether somebody or a limit ended it."""
        return self._stop.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it has been asked to end, or has had its time."""
        return self._stop.is_set() or (self.began is not None and time.monotonic() - self.began > policy().seconds)

    def over(self, seconds: float) -> bool:
        """Wait so long for its end; whether it came."""
        return self._over.wait(seconds)

    def end(self) -> None:
        """The last word of whoever did the work: nothing changes any more."""
        self.place, self.waits_for, self.ended = 0, "", time.monotonic()
        if self.active:
            self.stage = Stage.DONE
        self._over.set()

    def keep_in(self, folder: RunFolder | None) -> None:
        """Where what it finds can be kept on disk, if anywhere."""

    def loading(self, stage: LoadStage, note: str) -> None:
        """Told of each step while its pair is loaded."""

    def begin(self, pair: Models) -> Work:
        """The work, once the models are there."""
        raise NotImplementedError

    def advance(self, step: Any) -> None:
        """Take note of a step."""
        raise NotImplementedError

    def conclude(self) -> None:
        """Take what was found while the models are there, and let go of them."""

    @property
    def written(self) -> int:
        """Tokens of a run."""
        return 0

    def fail(self, message: str) -> None:
        """End with one sentence for the person at the screen."""
        self.error = message
        self.stage = Stage.FAILED

    @property
    def weight(self) -> int:
        """Bytes of what it found and holds in memory; 0 where that is next to nothing."""
        return 0

    def spill(self) -> bool:
        """Let go of what it found, because a file holds it as well; False where none does."""
        return False
