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
ALWAYS = 2  # sizes that are measured however long they take


def sizes_on(device: str) -> tuple[int, ...]:
    """Where a pass is cheap, larger ones are worth knowing."""
    return CUDA_SIZES if device.startswith("cuda") else SIZES


@dataclass
class CostMeter:
    """A measurement under way: iterate it, a step being one pass of each model; `costs` is there after a whole round.

    A pass of n nodes is timed as decoding makes it: one forward pass over the root and n nodes, the rows of which stay
    on the device, and one row copied to the host. Two rounds that are not counted come first; the sizes that a
    quarter of the budget does not reach in one of them are left out, but for the two smallest. At least three rounds
    are counted, or one where they would take more than twice the budget.

    sizes: n >= 0; None takes what suits the device.  budget: seconds.  stop: asked between rounds.
    Raises ValueError for sizes below 0 and for a prompt that is too long.
    """

    models: Models
    prompt_ids: Sequence[int]
    sizes: Sequence[int] | None = None
    budget: float = BUDGET
    stop: Callable[[], bool] = lambda: False
    _rows: list[list[tuple[float, float]]] = field(default_factory=list)  # a row a round: both models at each size
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
        needed = 0.0  # for a round so far
        for place, size in enumerate(self._known):
            tries: list[float] = []
            for _ in range(2):  # a pause of the machine in one of them says nothing about this size
                tries.append(sum(_timed(session, size) for session in sessions))
                yield 0
            needed += min(tries)
            if place >= ALWAYS and needed > self.budget / 4:
                self._known = self._known[:place]
                break
        for done in range(MOST):
            limit = self.budget if done >= LEAST else 2 * self.budget
            if done and (self.stop() or time.perf_counter() - began > limit):
                return
            row: list[tuple[float, float]] = []
            for size in self._known:
                target, draft = (_timed(session, size) for session in sessions)
                row.append((target, draft))
                if size != self._known[-1]:
                    yield done
            self._rows.append(row)
            self._total = time.perf_counter() - began
            yield done + 1

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
