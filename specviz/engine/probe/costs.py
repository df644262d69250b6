"""Measuring what a pass costs here: the target at several tree sizes, the draft model at several layer sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from specviz.engine.decode import Models
from specviz.records import Warp
from specviz.records.costs import Costs
from specviz.seams import LanguageModel, Session

SIZES = (0, 1, 2, 4, 8, 16, 32, 64, 128)
LEAST, MOST = 3, 40  # rounds over all sizes
USUAL = 0.25  # quantile of the passes that stands for all: what else a machine does can only add time


def measure_costs(
    models: Models,
    prompt_ids: Sequence[int],
    sizes: Sequence[int] = SIZES,
    budget: float = 1.2,
    stop: Callable[[], bool] = lambda: False,
) -> Costs:
    """Time passes of both models above one context, size after size in turn, until the budget is spent.

    A pass of n nodes is timed as decoding makes it: one forward pass over the root and n nodes, the rows of which stay
    on the device, and one row copied to the host. A round that is not counted comes first.
    sizes: n >= 0.  budget: seconds; at least three rounds are made, however long they take.  stop: asked before each
    round; the first one is always finished. Raises ValueError for a context that leaves no room for a pass.
    """
    began = time.perf_counter()
    known = tuple(sorted(set(sizes)))
    if not known or known[0] < 0:
        raise ValueError("Costs are measured at sizes that are not negative.")
    sessions = [_ready(model, prompt_ids) for model in (models.target, models.draft)]
    for session in sessions:
        for size in known:
            _timed(session, size)
    seen: list[list[list[float]]] = [[[] for _ in known] for _ in sessions]
    for number in range(MOST):
        if number and (stop() or (number >= LEAST and time.perf_counter() - began > budget)):
            break
        for session, columns in zip(sessions, seen, strict=True):
            for size, column in zip(known, columns, strict=True):
                column.append(_timed(session, size))
    quantiles = [np.quantile(np.array(columns), (0.1, USUAL, 0.9), axis=1) for columns in seen]
    # More nodes never cost less: where noise says so, it was the smaller pass that was disturbed.
    quantiles = [np.minimum.accumulate(parts[:, ::-1], axis=1)[:, ::-1] for parts in quantiles]
    (target_low, target, target_high), (draft_low, draft, draft_high) = (
        tuple(tuple(map(float, column)) for column in parts) for parts in quantiles
    )
    return Costs(
        provenance=models.provenance, sizes=known, target=target, target_low=target_low, target_high=target_high,
        draft=draft, draft_low=draft_low, draft_high=draft_high, context=sessions[0].length,
        repeats=len(seen[0][0]), total=time.perf_counter() - began,
    )  # fmt: skip


def _ready(model: LanguageModel, prompt_ids: Sequence[int]) -> Session:
    """A session whose context is in the cache but for the last token, as between two passes of a run."""
    session = model.open(prompt_ids, Warp())
    session.feed([], [])
    session.commit([int(prompt_ids[-1])])
    return session


def _timed(session: Session, size: int) -> float:
    tokens = [session.ids[place % len(session.ids)] for place in range(size)]
    began = time.perf_counter()
    rows = session.feed(tokens, range(size))  # a chain: the shape of a tree does not change the work
    rows[size].sum()  # a device works on after `feed` has returned; a row that was copied is there
    spent = time.perf_counter() - began
    session.commit([])
    return spent
