"""Exact laws of one shared race: how often both sides agree, and at which draft rank the target's token comes.

Given that token i wins the target's race at time t (t ~ Exp(1), independent of i), a rival j came before i in the
draft's race with probability 1 - exp(-t c_ij), c_ij = (p_i q_j / q_i - p_j)^+, independently over j; m_i = sum_j c_ij.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
SUM_TOLERANCE = 1e-4
_STEP = 0.2


def match_probability(p: ArrayLike, q: ArrayLike) -> float:
    """Chance that target and draft have the same winner: sum_i 1 / sum_j max(p_j / p_i, q_j / q_i).

    p, q: float64[V], each sums to 1 (rounding is divided out). O(V log V).
    Raises ValueError for anything that is not a pair of laws over one vocabulary. References [2], [12].
    """
    target, draft = _pair(p, q)
    return _match(target, draft)


def rank_law(p: ArrayLike, q: ArrayLike, drafts: int, repeats: bool) -> FloatArray:
    """Chances float64[drafts] that the target's token is draft number 1..drafts of one shared race.

    repeats=False: drafts are the distinct tokens by arrival; rank = 1 + Poisson-binomial(1 - exp(-t c_ij)) averaged
    over i and t, by the trapezoid in log t; about 200 V^2 drafts operations.
    repeats=True: drafts are endless i.i.d. tokens of q; rank = geometric with success 1 / (1 + m_i), averaged over i.
    p, q: float64[V], each sums to 1. drafts >= 1; the missing mass lies at later ranks, or at tokens with q = 0.
    Raises ValueError for fewer than 1 draft or anything that is not a pair of laws. Reference [2].
    """
    target, draft = _pair(p, q)
    _check_drafts(drafts)
    if repeats:
        first = _first_chance(target, draft)
        return np.array([(target * first * (1 - first) ** rank).sum() for rank in range(drafts)])
    law = _distinct_law(target, draft, drafts)
    law[0] = _match(target, draft)
    return law


@dataclass(frozen=True)
class MatchBounds:
    """Bounds on the match probability: upper = 1 - TV; minhash, poisson and tight are lower bounds."""

    upper: float
    minhash: float
    poisson: float
    tight: float

    @property
    def lower(self) -> float:
        """The largest of the three lower bounds."""
        return max(self.minhash, self.poisson, self.tight)


def match_bounds(p: ArrayLike, q: ArrayLike) -> MatchBounds:
    """Bounds around `match_probability` that need one pass over the vocabulary.

    upper = 1 - TV (any coupling). minhash = (1 - TV) / (1 + TV). poisson = sum p q / (p + q).
    tight = sum lo hi / (hi (1 - lo) + lo (TV + lo)), lo = min(p, q), hi = max(p, q): for the larger of p_i and q_i,
    max(a / lo, b / hi) <= a / lo + (b - a)^+ / hi. p, q: float64[V], each sums to 1.
    Raises ValueError for anything that is not a pair of laws over one vocabulary. References [12], [19].
    """
    target, draft = _pair(p, q)
    low, high = np.minimum(target, draft), np.maximum(target, draft)
    distance = float(max(0.0, min(1.0, 0.5 * np.abs(target - draft).sum())))
    low, high, total = low[low > 0], high[low > 0], (low + high)[low > 0]
    return MatchBounds(
        upper=1 - distance,
        minhash=(1 - distance) / (1 + distance),
        poisson=float((low * high / total).sum()),
        tight=float((low / ((1 - low) + low / high * (distance + low))).sum()),
    )


def list_matching_bound(p: ArrayLike, q: ArrayLike, drafts: int) -> float:
    """Lower bound on the chance that the target's token is among K drafts of K races: sum_j p_j / (1 + m_j / K).

    K = `drafts` races with own clocks, whose target takes its minimum over all of them; exact at K = 1. K i.i.d.
    arrivals of one race do at least as well. p, q: float64[V], each sums to 1.
    Raises ValueError for fewer than 1 draft or anything that is not a pair of laws. Reference [14].
    """
    target, draft = _pair(p, q)
    _check_drafts(drafts)
    first = _first_chance(target, draft)  # 1 / (1 + m / K) = K f / (K f + 1 - f)
    return float((target * drafts * first / (drafts * first + (1 - first))).sum())


@dataclass(frozen=True)
class RankEntropyBounds:
    """low <= entropy of the rank with repeats <= high, in nats; high also holds for the distinct rank, low does not."""

    low: float
    high: float


def rank_entropy_bounds(p: ArrayLike, q: ArrayLike) -> RankEntropyBounds:
    """Bounds on the entropy (nats) of the rank with repeats: D <= H[R] <= D + log(D / log 2 + 2) + 2 log 2.

    D = KL(p || q) in nats, infinite when q misses a token of p. p, q: float64[V], each sums to 1.
    Raises ValueError for anything that is not a pair of laws over one vocabulary. References [2], [13].
    """
    target, draft = _pair(p, q)
    seen = target > 0
    if (draft[seen] == 0).any():
        return RankEntropyBounds(float("inf"), float("inf"))
    gap = max(0.0, float((target[seen] * (np.log(target[seen]) - np.log(draft[seen]))).sum()))
    return RankEntropyBounds(gap, gap + float(np.log(gap / np.log(2) + 2) + 2 * np.log(2)))


def _first_chance(target: FloatArray, draft: FloatArray) -> FloatArray:
    """1 / (1 + m_i) for every token i: its chance to win the draft's race too, given that it won the target's."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(target > 0, draft / target, np.inf)
    order = np.argsort(-ratio, kind="stable")
    p, q = target[order], draft[order]
    before = np.concatenate([[0.0], np.cumsum(q)[:-1]])  # q of tokens with a larger q / p
    after = np.cumsum(p[::-1])[::-1]  # p of this token and those with a smaller q / p
    chance = np.zeros_like(p)
    both = (p > 0) & (q > 0)
    # sum_j max(p_j / p_i, q_j / q_i) = 1 / (p_i chance_i)
    chance[both] = 1 / (before[both] * (p[both] / q[both]) + after[both])
    result = np.empty_like(chance)
    result[order] = np.minimum(chance, 1.0)
    return result


def _match(target: FloatArray, draft: FloatArray) -> float:
    return float(min(1.0, (target * _first_chance(target, draft)).sum()))


@cache
def _quadrature() -> tuple[FloatArray, FloatArray]:
    """Times and weights of an Exp(1) average: the trapezoid in log t, exact to rounding for sums of exp(-t c)."""
    time = np.exp(np.arange(-37.0, 3.8, _STEP))
    return time, _STEP * time * np.exp(-time)


def _distinct_law(target: FloatArray, draft: FloatArray, drafts: int) -> FloatArray:
    time, weight = _quadrature()
    winners = np.flatnonzero((target > 0) & (draft > 0))
    law = np.zeros(drafts)
    for i in winners:
        gaps = np.maximum(target[i] * draft / draft[i] - target, 0.0)
        spent = -time * gaps[gaps > 0][:, None]  # [rivals, times]
        count = np.zeros((drafts, time.size))  # chances that 0, 1, ... rivals came before i
        count[0] = 1.0
        for stay, come in zip(np.exp(spent), -np.expm1(spent), strict=True):
            count[1:] = count[1:] * stay + count[:-1] * come
            count[0] *= stay
        law += target[i] * (count @ weight)
    return law


def _pair(p: ArrayLike, q: ArrayLike) -> tuple[FloatArray, FloatArray]:
    target, draft = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    if target.ndim != 1 or target.size == 0 or target.shape != draft.shape:
        raise ValueError(f"Target and draft laws need one common shape [V], not {target.shape} and {draft.shape}.")
    for law, name in ((target, "target"), (draft, "draft")):
        if not np.isfinite(law).all() or (law < 0).any():
            raise ValueError(f"The {name} law must hold finite probabilities that are not negative.")
        if abs(law.sum() - 1.0) > SUM_TOLERANCE:
            raise ValueError(f"The {name} law must sum to 1.")
    return target / target.sum(), draft / draft.sum()


def _check_drafts(drafts: int) -> None:
    if drafts < 1:
        raise ValueError("At least one draft is needed.")
