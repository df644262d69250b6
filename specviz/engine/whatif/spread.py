"""Rows that agree with everything a record kept: the mass of each gap between two kept ids, spread in extreme ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specviz.engine.recording import KEPT
from specviz.records import SparseRows

FloatArray = NDArray[np.float64]
ROUNDING = 2e-6  # records keep six digits: masses up to 1 are off by 5e-7, their differences by twice that


@dataclass(frozen=True)
class Spread:
    """How the mass of each gap lies on the ids inside it.

    together: evenly in both rows, so that sum max(a p - b q, 0) over the gap is as small as it can be; else piled up
    from opposite ends, so that it is as large as it can be. cut: in gaps below this id the other way round.
    most: each id has as much as it could have by itself; the row then sums to more than 1 and only serves races and
    comparisons, which no id of the gap can win in truth if it does not win them here.
    """

    together: bool = True
    cut: int = 0
    most: bool = False


EVEN, PILED, MOST = Spread(), Spread(together=False), Spread(most=True)


def spread_out(kept: SparseRows, vocabulary: int, spread: Spread, from_left: bool) -> FloatArray:
    """float64[vocabulary]: the kept ids as they are, and the mass of each gap on its ids.

    kept: one row by rising id. from_left: the end of a gap where its mass is piled up; the other model takes the other.
    """
    ids, probs = kept.ids.astype(np.int64), kept.probs.astype(np.float64)
    row = np.zeros(vocabulary)
    edges = np.concatenate([[-1], ids, [vocabulary]])
    count = np.diff(edges) - 1  # ids inside each gap
    mass = np.diff(np.concatenate([[0.0], kept.below, [1.0]])) - np.concatenate([[0.0], probs])
    mass = np.where((count > 0) & (mass > ROUNDING), mass, 0.0)
    # The KEPT most probable ids are all there, so no other can be more probable than the last of them.
    bound = float(np.sort(probs)[-KEPT]) if len(probs) >= KEPT else 1.0
    gap = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(gap)) - np.repeat(np.cumsum(count) - count, count)  # within the gap, from 0
    here, many = mass[gap], count[gap]
    others = np.delete(np.arange(vocabulary), ids)
    if spread.most:
        row[others] = np.minimum(bound, here)
    else:
        turn = place if from_left else many - 1 - place
        piled = np.clip(here - turn * bound, 0.0, bound)
        even = here / many
        fits = many * bound >= here
        below = edges[gap + 1] <= spread.cut  # a gap as a whole
        row[others] = np.where((below ^ (not spread.together)) & fits, piled, even)
    row[ids] = probs
    return row if spread.most else row / row.sum()
