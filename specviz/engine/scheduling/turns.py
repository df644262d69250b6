"""Whose pass is next: one at a time; first the visitor who had the least time, and of theirs the job that had least.

This is start-time fair queueing: a clock runs while its owner holds the models. Who is new, or has been away, starts at
the clock of whoever was served last, so that nobody saves time up and nobody has to catch up.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CHECK = 0.05  # seconds between two looks at whether somebody who waits has been stopped
AWAY = 1.0  # seconds without a turn after which a clock no longer counts for its owner
REMEMBERED = 256  # owners of clocks; who has been away longest is forgotten first


class Clocks:
    """Seconds held by each of several owners, and where newcomers start."""

    def __init__(self) -> None:
        self._used: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._now = 0.0

    def enter(self, owner: str) -> None:
        """The owner waits from here on."""
        now = time.monotonic()
        if now - self._seen.get(owner, -AWAY) >= AWAY:
            self._used[owner] = max(self._used.get(owner, 0.0), self._now)
        self._seen.pop(owner, None)
        self._seen[owner] = now
        for old in list(itertools.islice(self._seen, max(0, len(self._seen) - REMEMBERED))):
            if now - self._seen[old] >= AWAY:
                del self._seen[old], self._used[old]

    def read(self, owner: str) -> float:
        """Its clock, seconds."""
        return self._used.get(owner, self._now)

    def serve(self, owner: str) -> None:
        """It is the owner's turn."""
        self._now = self.read(owner)

    def add(self, owner: str, seconds: float) -> None:
        """The turn is over."""
        self._used[owner] = self.read(owner) + seconds
        self._seen[owner] = time.monotonic()


@dataclass(frozen=True)
class _Ticket:
    """Somebody who waits, or holds the models."""

    share: str
    job: str
    order: int
    granted: threading.Event = field(default_factory=threading.Event, compare=False)


class Turns:
    """`with turns(share, job) as granted:` holds the models; others have their pass before and after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._holder: _Ticket | None = None
        self._shares = Clocks()
        self._jobs: dict[str, Clocks] = {}
        self._order = itertools.count()

    @contextmanager
    def __call__(self, share: str = "", job: str = "", stopped: Callable[[], bool] = lambda: False) -> Iterator[bool]:
        """Wait for the turn; False where `stopped` came true first, and then there is none to give back.

        share: whose time it costs.  job: among the jobs of one share, the one with the least time is first.
        """
        ticket = _Ticket(share, job, next(self._order))
        if not self._take(ticket, stopped):
            yield False
            return
        began = time.perf_counter()
        try:
            yield True
        finally:
            self._give_back(ticket, time.perf_counter() - began)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def _take(self, ticket: _Ticket, stopped: Callable[[], bool]) -> bool:
        with self._lock:
            self._shares.enter(ticket.share)
            self._jobs.setdefault(ticket.share, Clocks()).enter(ticket.job)
            self._waiting.append(ticket)
            self._call()
        while not ticket.granted.wait(CHECK):
            if not stopped():
                continue
            with self._lock:
                if not ticket.granted.is_set():
                    self._waiting.remove(ticket)
                    return False
        return True

    def _give_back(self, ticket: _Ticket, seconds: float) -> None:
        with self._lock:
            self._shares.add(ticket.share, seconds)
            self._jobs[ticket.share].add(ticket.job, seconds)
            self._holder = None
            if len(self._jobs) > REMEMBERED:
                present = {other.share for other in self._waiting}
                self._jobs = {share: clocks for share, clocks in self._jobs.items() if share in present}
            self._call()

    def _call(self) -> None:
        """Let the next one in, where nobody is."""
        if self._holder is None and self._waiting:
            first = min(self._waiting, key=self._before)
            self._waiting.remove(first)
            self._shares.serve(first.share)
            self._jobs[first.share].serve(first.job)
            self._holder = first
            first.granted.set()

    def _before(self, ticket: _Ticket) -> tuple[float, float, int]:
        return self._shares.read(ticket.share), self._jobs[ticket.share].read(ticket.job), ticket.order
