"""Exact laws of one shared race: how often both sides agree, and bounds around that.

Given that token i wins the target's race at time t (t ~ Exp(1), independent of i), a rival j came before i in the
draft's race with probability 1 - exp(-t c_ij), c_ij = (p_i q_j / q_i - p_j)^+, independently over j; m_i = sum_j c_ij.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
SUM_TOLERANCE = 1e-4


def match_probability(p: ArrayLike, q: ArrayLike) -> float:
    """Chance that target and draft have the same winner: sum_i 1 / sum_j max(p_j / p_i, q_j / q_i).

    p, q: float64[V], each sums to 1 (rounding is divided out). O(V log V).
    Raises ValueError for anything that is not a pair of laws over one vocabulary. References [2], [12].
    """
    target, draft = checked_pair(p, q)
    return _match(target, draft)


@dataclass(frozen=True)
class MatchBounds:
    """Bounds on the match probability: upper = 1 - TV; minhash, darts, poisson and tight are lower bounds."""

    upper: float
    minhash: float
    darts: float
    poisson: float
    tight: float

    @property
    def lower(self) -> float:
        """The largest of the four lower bounds; darts never exceeds tight."""
        return max(self.minhash, self.poisson, self.tight)


def match_bounds(p: ArrayLike, q: ArrayLike) -> MatchBounds:
    """Bounds around `match_probability` that need one pass over the vocabulary.

    upper = 1 - TV (any coupling). minhash = (1 - TV) / (1 + TV). poisson = sum p q / (p + q). With lo = min(p, q) and
    hi = max(p, q): darts = sum lo / (lo + 1 + TV - hi), tight = sum lo hi / (hi (1 - lo) + lo (TV + lo)): for the
    larger of p_i and q_i, max(a / lo, b / hi) <= a / lo + (b - a)^+ / hi. minhash <= darts <= tight, because
    hi - lo <= TV. p, q: float64[V], each sums to 1.
    Raises ValueError for anything that is not a pair of laws over one vocabulary. References [12], [19].
    """
    target, draft = checked_pair(p, q)
    low, high = np.minimum(target, draft), np.maximum(target, draft)
    distance = float(max(0.0, min(1.0, 0.5 * np.abs(target - draft).sum())))
    low, high, total = low[low > 0], high[low > 0], (low + high)[low > 0]
    return MatchBounds(
        upper=1 - distance,
        minhash=(1 - distance) / (1 + distance),
        darts=float((low / (low + 1 + distance - high)).sum()),
        poisson=float((low * high / total).sum()),
        tight=float((low / ((1 - low) + low / high * (distance + low))).sum()),
    )


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
    target, draft = checked_pair(p, q)
    seen = target > 0
    if (draft[seen] == 0).any():
        return RankEntropyBounds(float("inf"), float("inf"))
    gap = max(0.0, float((target[seen] * (np.log(target[seen]) - np.log(draft[seen]))).sum()))
    return RankEntropyBounds(gap, gap + float(np.log(gap / np.log(2) + 2) + 2 * np.log(2)))


def first_chance(target: FloatArray, draft: FloatArray) -> FloatArray:
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
    return float(min(1.0, (target * first_chance(target, draft)).sum()))


def checked_pair(p: ArrayLike, q: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both laws, rounding divided out; ValueError for anything that is not a pair of laws over one vocabulary."""
    target, draft = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    if target.ndim != 1 or target.size == 0 or target.shape != draft.shape:
        raise ValueError(f"Target and draft laws need one common shape [V], not {target.shape} and {draft.shape}.")
    for law, name in ((target, "target"), (draft, "draft")):
        if not np.isfinite(law).all() or (law < 0).any():
            raise ValueError(f"The {name} law must hold finite probabilities that are not negative.")
        if abs(law.sum() - 1.0) > SUM_TOLERANCE:
            raise ValueError(f"The {name} law must sum to 1.")
    return target / target.sum(), draft / draft.sum()


def check_drafts(drafts: int) -> None:
    """ValueError for fewer than one draft."""
    if drafts < 1:
        raise ValueError("At least one draft is needed.")
