"""Races that are run: the rank of the target's token in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specviz.race.clocks import CLOCK, exponentials
from specviz.race.laws import checked_pair

_AT_ONCE = 1 << 20  # clocks


def simulated_ranks(p: ArrayLike, q: ArrayLike, races: int, seed: int, repeats: bool) -> NDArray[np.int64]:
    """Ranks int64[races] of the target's token in so many shared races; 0 where the draft can never propose it.

    repeats=False: 1 + the number of other tokens that arrived before it in the draft's race. repeats=True: its first
    place in the endless list of arrivals; a token whose first arrival is at time a comes again before time s another
    Poisson(q (s - a)) times, so all repeats together are Poisson(sum (q_j s - clock_j)^+).
    p, q: float64[V], each sums to 1. races >= 1. Raises ValueError for other laws or numbers of races. Reference [2].
    """
    target, draft = checked_pair(p, q)
    if races < 1:
        raise ValueError("At least one race must be run.")
    size = len(target)
    batch, found = max(1, _AT_ONCE // size), []
    for number, start in enumerate(range(0, races, batch)):
        rows = min(batch, races - start)
        clocks = exponentials(seed, CLOCK, number, np.arange(rows * size)).reshape(rows, size)
        with np.errstate(divide="ignore"):
            winner = (clocks / target).argmin(axis=1)
            arrival = clocks / draft
        place = np.arange(rows)
        time = arrival[place, winner]
        rank = 1 + (arrival < time[:, None]).sum(axis=1)
        if repeats:
            known = np.where(np.isfinite(time), time, 0.0)
            mean = np.maximum(draft * known[:, None] - clocks, 0.0).sum(axis=1)
            rank = rank + np.random.default_rng([seed, number]).poisson(mean)
        found.append(np.where(draft[winner] > 0, rank, 0))
    return np.concatenate(found).astype(np.int64)
