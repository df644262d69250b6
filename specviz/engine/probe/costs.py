"""Measuring what a pass costs here: the target at several tree sizes, the draft model at several layer sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from specviz.engine.decode import Models
from specviz.presets import PRESETS
from specviz.records import Warp
from specviz.records.costs import Costs
from specviz.seams import LanguageModel, Session

SIZES = (0, 1, 2, 4, 8, 16, 32, 64, 128)
CUDA_SIZES = (*SIZES, 256, 512)
BUDGET = 1.2  # seconds of a measurement
LEAST, MOST = 3, 40  # rounds over all sizes
USUAL = 0.25  # quantile of the passes that stands for all: what else a machine does can only add time
ALWAYS = (0, 1, 8)  # measured however long they take; the line through them tells what larger ones would


def sizes_on(device: str) -> tuple[int, ...]:
    """Where a pass is cheap, larger ones are worth knowing."""
    return CUDA_SIZES if device.startswith("cuda") else SIZES


@dataclass
class CostMeter:
    """A measurement under way: iterate it, a step being one pass of each model; `costs` is there after a whole round.

    A pass of n nodes is timed as decoding makes it: one forward pass over the root and n nodes, the rows of which stay
    on the device, and one row copied to the host. Each size is first tried twice (once, where that takes a quarter of
    the budget): 0, 1 and 8, then the largest one, then those between for as long as a round takes less than a quarter
    of the budget. The largest is left out where all this would take twice the budget. Then at least three rounds are
    counted, or as many as twice the budget has room for; where it has none, the tries are the one round there is.

    sizes: n >= 0; None takes what suits the device.  budget: seconds.  stop: asked between rounds.
    Raises ValueError for sizes below 0 and for a prompt that is too long.
    """

    models: Models
    prompt_ids: Sequence[int]
    sizes: Sequence[int] | None = None
    budget: float = BUDGET
    stop: Callable[[], bool] = lambda: False
    _tried: dict[int, tuple[float, float]] = field(default_factory=dict)  # by size, the quicker try of both models
    _rows: list[list[tuple[float, float]]] = field(default_factory=list)  # a row a round: both models at each size
    _ended: bool = False
    _context: int = 0
    _total: float = 0.0

    def __post_init__(self) -> None:
        asked = sizes_on(self.models.provenance.device) if self.sizes is None else self.sizes
        self._known = tuple(sorted(set(asked)))
        if not self._known or self._known[0] < 0:
            raise ValueError("Costs are measured at sizes that are not negative.")

    def __iter__(self) -> Iterator[int]:
        began = time.perf_counter()
        sessions = [_ready(model, self.prompt_ids) for model in (self.models.target, self.models.draft)]
        self._context = sessions[0].length
        for size in self._in_turn():
            if not self._worth_trying(size):
                break
            for _ in range(2):  # a first pass also prepares, and a pause of the machine says nothing about this size
                now = _both(sessions, size)
                self._tried[size] = min(now, self._tried.get(size, now), key=sum)
                yield 0
                if sum(now) > self.budget / 4:
                    break
        self._known = tuple(sorted(self._tried))
        if 3 * self._needed > 2 * self.budget:
            self._rows, self._ended = [[self._tried[size] for size in self._known]], True
            self._total = time.perf_counter() - began
            yield 1
            return
        for done in range(MOST):
            limit = self.budget if done >= LEAST else 2 * self.budget
            if done and time.perf_counter() - began > limit:
                self._ended = True
                return
            if done and self.stop():
                return
            row: list[tuple[float, float]] = []
            for size in self._known:
                row.append(_both(sessions, size))
                if size != self._known[-1]:
                    yield done
            self._rows.append(row)
            self._total = time.perf_counter() - began
            yield done + 1

    @property
    def complete(self) -> bool:
        """Whether it has three rounds, or ended with fewer by itself; one that was stopped before is not kept."""
        return self._ended or len(self._rows) >= LEAST

    @property
    def _needed(self) -> float:
        """Seconds of a round, by what has been tried."""
        return sum(sum(pair) for pair in self._tried.values())

    def _in_turn(self) -> list[int]:
        """The sizes in the order in which they are tried."""
        first = [size for size in self._known if size in ALWAYS]
        return list(dict.fromkeys([*first, self._known[-1], *self._known]))

    def _worth_trying(self, size: int) -> bool:
        if size in ALWAYS or not self._tried:
            return True
        if size == self._known[-1]:  # it takes at least what the one before took
            return self._needed + sum(self._tried[max(self._tried)]) <= 2 * self.budget
        return self._needed <= self.budget / 4

    def costs(self) -> Costs | None:
        """What has been measured so far; None before the first whole round."""
        if not self._rows:
            return None
        # [quantiles, sizes, models]. More nodes never cost less: where noise says so, the smaller pass was disturbed.
        parts = np.quantile(np.array(self._rows), (0.1, USUAL, 0.9), axis=0)
        parts = np.minimum.accumulate(parts[:, ::-1], axis=1)[:, ::-1]
        low, usual, high = ([tuple(map(float, part[:, model])) for model in (0, 1)] for part in parts)
        return Costs(
            provenance=self.models.provenance, sizes=self._known, target=usual[0], target_low=low[0],
            target_high=high[0], draft=usual[1], draft_low=low[1], draft_high=high[1], context=self._context,
            repeats=len(self._rows), total=self._total,
        )  # fmt: skip


def measure_costs(
    models: Models,
    prompt_ids: Sequence[int],
    sizes: Sequence[int] | None = None,
    budget: float = BUDGET,
    stop: Callable[[], bool] = lambda: False,
) -> Costs:
    """The whole measurement at once; see `CostMeter`."""
    meter = CostMeter(models, prompt_ids, sizes, budget, stop)
    for _ in meter:
        pass
    costs = meter.costs()
    assert costs is not None  # the first round is always finished
    return costs


def plain_text(models: Models) -> list[int]:
    """Ids of a short text to measure above, where there is no prompt yet."""
    return models.encode(PRESETS["story"][0])


def _ready(model: LanguageModel, prompt_ids: Sequence[int]) -> Session:
    """A session whose context is in the cache but for the last token, as between two passes of a run."""
    session = model.open(prompt_ids, Warp())
    session.feed([], [])
    session.commit([int(prompt_ids[-1])])
    return session


def _both(sessions: Sequence[Session], size: int) -> tuple[float, float]:
    target, draft = (_timed(session, size) for session in sessions)
    return target, draft


def _timed(session: Session, size: int) -> float:
    # All below the root: a shape does not change the work, and a depth would need room in the context.
    return timed_pass(session, [session.ids[place % len(session.ids)] for place in range(size)])


def timed_pass(session: Session, tokens: Sequence[int]) -> float:
    """Seconds of one pass over the root and these children of it; the session is left as it was."""
    began = time.perf_counter()
    rows = session.feed(tokens, [0] * len(tokens))
    rows[len(tokens)].sum()  # a device works on after `feed` has returned; a row that was copied is there
    spent = time.perf_counter() - began
    session.commit([])
    return spent
