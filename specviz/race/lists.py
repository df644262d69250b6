"""How often the target's token is among K drafts: a bound for K races, and rejection trials on the same laws."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specviz.race.laws import check_drafts, checked_pair, first_chance

FloatArray = NDArray[np.float64]


def list_matching_bound(p: ArrayLike, q: ArrayLike, drafts: int) -> float:
    """Lower bound on the chance that the target's token is among K drafts of K races: sum_j p_j / (1 + m_j / K).

    K = `drafts` races with own clocks, whose target takes its minimum over all of them; exact at K = 1. K i.i.d.
    arrivals of one race do at least as well. p, q: float64[V], each sums to 1.
    Raises ValueError for fewer than 1 draft or anything that is not a pair of laws. Reference [14].
    """
    target, draft = checked_pair(p, q)
    check_drafts(drafts)
    first = first_chance(target, draft)  # 1 / (1 + m / K) = K f / (K f + 1 - f)
    return float((target * drafts * first / (drafts * first + (1 - first))).sum())


def attempt_law(p: ArrayLike, q: ArrayLike, drafts: int) -> FloatArray:
    """Chances float64[drafts] that recursive rejection accepts i.i.d. draft number 1, 2, ..: beta_r prod (1 - beta_l).

    beta_r = sum min(p_r, q) with p_1 = p and p_(r+1) = norm(max(p_r - q, 0)). p, q: float64[V], each sums to 1.
    Raises ValueError for fewer than 1 draft or anything that is not a pair of laws. Reference [8].
    """
    left, draft = checked_pair(p, q)
    check_drafts(drafts)
    chances, open_share = np.zeros(drafts), 1.0
    for attempt in range(drafts):
        accepted = min(1.0, float(np.minimum(left, draft).sum()))
        chances[attempt] = open_share * accepted
        open_share *= 1 - accepted
        left = np.maximum(left - draft, 0.0)
        if open_share < 1e-15 or left.sum() <= 0:
            break
        left = left / left.sum()
    return chances
