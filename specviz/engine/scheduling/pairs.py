"""The pairs in memory: lent to jobs, loaded one after another, and dropped only when no job holds them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from specviz.engine.decode import Models
from specviz.engine.out_of_memory import release
from specviz.logs import event
from specviz.models.preflight.stages import LoadStage, Watch, unwatched
from specviz.models.preflight.troubles import ModelError, Trouble
from specviz.records.costs import Costs

CHECK = 0.1  # seconds between two looks at whether somebody who waits has been stopped

Key = tuple[str, str, str, str]


def _nobody() -> bool:
    return False


def _unheard(why: str) -> None:
    """Nobody asks what is waited for."""


@dataclass(eq=False)
class Loan:
    """A pair in memory.  jobs: how many hold it.  costs: of its passes, where they were measured.  used: when last."""

    key: Key
    pair: Models
    jobs: int = 0
    costs: Costs | None = None
    used: float = 0.0

    def answers(self, key: Key) -> bool:
        """Whether this is the pair that was asked for; `auto` for both takes it as it is."""
        return key == self.key or (key[:2] == self.key[:2] and key[2:] == ("auto", "auto"))


class Pairs:
    """At most `most` pairs, and fewer where the memory does not hold them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._change = threading.Condition()
        self._loans: list[Loan] = []
        self._loading: Key | None = None
        self._draining: Loan | None = None  # to be dropped for another; no new job is given it

    def __len__(self) -> int:
        return len(self._loans)

    @property
    def latest(self) -> Loan | None:
        """The pair that was asked for last, or None before the first."""
        return max(self._loans, key=lambda loan: loan.used, default=None)

    def all(self) -> list[Loan]:
        """Every pair in memory, the latest first."""
        return sorted(self._loans, key=lambda loan: -loan.used)

    def lend(
        self,
        key: Key,
        watch: Watch = unwatched,
        stopped: Callable[[], bool] = _nobody,
        tell: Callable[[str], None] = _unheard,
    ) -> Loan:
        """The pair, loaded if need be; it stays in memory until it is given back.

        Where there is no room for it, pairs that nobody holds go; then no new job is given the pair with the fewest
        jobs, until those it has are over. watch: told of the stages of a load.  tell: told what is waited for.
        ModelError where it cannot be loaded, and the pairs before it stay; or where `stopped` came true.
        """
        known = self._known_or_mine(key, stopped, tell)
        if known is not None:
            tell("")
            return known
        try:
            if len(self._loans) >= self._most:
                self._make_room("This server holds no more pairs at once", stopped, tell)
            while True:
                tell("")
                try:
                    return self._load(key, watch)
                except ModelError as error:
                    if error.trouble != Trouble.MEMORY or not self._make_room(str(error), stopped, tell):
                        raise
        finally:
            with self._change:
                self._loading = None
                self._change.notify_all()

    def give_back(self, loan: Loan) -> None:
        """A job no longer needs it."""
        with self._change:
            loan.jobs -= 1
            self._change.notify_all()

    def _known_or_mine(self, key: Key, stopped: Callable[[], bool], tell: Callable[[str], None]) -> Loan | None:
        """The pair where it is there; None where the caller is to load it."""
        with self._change:
            while True:
                known = next((loan for loan in self._loans if loan.answers(key)), None)
                if known is not None and known is not self._draining:
                    known.jobs, known.used = known.jobs + 1, time.monotonic()
                    return known
                if self._loading is None and known is None:
                    self._loading = key
                    return None
                tell("another pair is being loaded" if known is None else "another pair has to be loaded first")
                self._wait(stopped)

    def _load(self, key: Key, watch: Watch) -> Loan:
        watch(LoadStage.START, "")
        from specviz.models.pair import load_pair  # torch is imported here, not with the page

        began = time.monotonic()
        pair = load_pair(*key, watch)
        with self._change:
            loan = Loan(key, pair, 1, used=time.monotonic())
            self._loans.append(loan)
        event("pair loaded", target=key[0], draft=key[1], device=pair.provenance.device, seconds=loan.used - began)
        return loan

    def _make_room(self, why: str, stopped: Callable[[], bool], tell: Callable[[str], None]) -> bool:
        """Drop a pair that nobody holds, or wait until one is free; False where there is none at all."""
        with self._change:
            if not self._loans:
                return False
            while not self._drop_idle():
                self._draining = min(self._loans, key=lambda loan: loan.jobs)
                made = self._draining.pair.provenance
                tell(f"{why.rstrip('.')}: waits until {self._draining.jobs} job(s) with {made.target} are over")
                try:
                    self._wait(stopped)
                finally:
                    self._draining = None
            return True

    def _drop_idle(self) -> bool:
        """Drop the pair that nobody has held for longest; False where all are held."""
        idle = min((loan for loan in self._loans if not loan.jobs), key=lambda loan: loan.used, default=None)
        if idle is None:
            return False
        self._loans.remove(idle)
        del idle
        release()
        return True

    def _wait(self, stopped: Callable[[], bool]) -> None:
        if stopped():
            raise ModelError("Loading was stopped; the pair that was loaded before stays.", Trouble.STOPPED)
        self._change.wait(CHECK)
