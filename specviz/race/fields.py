"""Exact acceptance of several drafts that race with the target on shared clocks.

K fields of clocks, one per draft; draft f is the first arrival of its own field, the target's token the first over all
fields. With Phi(r) = sum max(r q - p, 0), r_i = p_i / q_i, and the target's token i winning at time t in some field:

    that field's draft is i   with chance exp(-t Phi(r_i)),
    another field's draft is i with chance g_i(t) = q_i t * integral over r >= r_i of exp(-t Phi(r)) dr,

independently from field to field, and Phi is linear between neighbouring ratios.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specviz.race.laws import check_drafts, checked_pair

FloatArray = NDArray[np.float64]
STEP = 0.25  # of s = ln t; with times from e^-24 the error stays below 1e-9
TIMES = np.exp(np.arange(-24.0, 4.5, STEP))
CHUNK = 20_000  # numbers at a time: they stay in the processor's cache


def list_matching_probability(p: ArrayLike, q: ArrayLike, drafts: int) -> float:
    """Chance that the target's token is among K drafts of K races with own clocks.

    1 - integral K e^(-K t) sum_i p_i (1 - exp(-t Phi(r_i))) (1 - g_i(t))^(K-1) dt; K = 1 is `match_probability`.
    p, q: float64[V], each sums to 1. drafts = K. Raises ValueError for fewer than 1 draft or anything that is not a
    pair of laws. Reference [14].
    """
    target, draft = checked_pair(p, q)
    check_drafts(drafts)
    both = (target > 0) & (draft > 0)
    drawn = draft > 0
    ratio = target[drawn] / draft[drawn]
    order = np.argsort(ratio, kind="stable")
    ratio, p_drawn, q_drawn = ratio[order], target[drawn][order], draft[drawn][order]
    slope = q_drawn.cumsum()  # of Phi beyond each ratio
    height = np.maximum(ratio * slope - p_drawn.cumsum(), 0.0)  # Phi at each ratio
    never = float(target[~both].sum())  # tokens that no draft proposes
    missed = 0.0
    rows = max(1, CHUNK // len(ratio))
    for start in range(0, len(TIMES), rows):
        time = TIMES[start : start + rows, None]
        own = np.exp(-time * height)
        steps = own.copy()
        steps[:, :-1] -= own[:, 1:]
        other = np.cumsum((steps / slope)[:, ::-1], axis=1)[:, ::-1] * q_drawn
        lost = ((1 - own) * np.maximum(1 - other, 0.0) ** (drafts - 1)) @ p_drawn
        missed += float((STEP * time[:, 0] * drafts * np.exp(-drafts * time[:, 0])) @ lost)
    return float(min(1.0, max(0.0, 1.0 - never - missed)))
