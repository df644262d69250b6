"""At which draft rank the target's token comes: exact laws for distinct drafts and for drafts with repeats.

Notation as in `specviz.race.laws`: given the target's winner i and its time t ~ Exp(1), a rival j came before i in the
draft's race with probability 1 - exp(-t c_ij), independently over j.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, comb, factorial, log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specviz.race.laws import check_drafts, checked_pair, first_chance, match_probability

FloatArray = NDArray[np.float64]
SERIES = 8  # terms of the series for rivals that are unlikely to come first
SMALL, LOOSE = 0.05, 0.1  # t c_ij up to which a rival belongs to the series; the larger one from a tolerance of 1e-6 on
BLOCK = 768  # winners times drafts at a time: their counts stay in the processor's cache
LARGEST = 1e300
CERTAIN = 1e15  # a rival with t c_ij of this size comes first at every time that counts
PRUNE, LOST = 16, 1e-13  # so often are nodes left out whose target token has come later than any draft asked for
# (exp(x) - 1)^k = sum over m >= k of _STIRLING[k - 1, m - 1] x^m
_STIRLING = np.array(
    [
        [sum((-1) ** (k - j) * comb(k, j) * j**m for j in range(k + 1)) / factorial(m) for m in range(1, SERIES + 1)]
        for k in range(1, SERIES + 1)
    ]
)


def rank_law(p: ArrayLike, q: ArrayLike, drafts: int, repeats: bool, tolerance: float = 0.0) -> FloatArray:
    """Chances float64[drafts] that the target's token is draft number 1..drafts of one shared race.

    repeats=False: drafts are the distinct tokens by arrival; rank = 1 + Poisson-binomial(1 - exp(-t c_ij)) averaged
    over i and t, by the trapezoid in log t. Rivals with t c_ij > 0.05 are convolved one by one, all others at once by
    the power series of their common generating function.
    repeats=True: drafts are endless i.i.d. tokens of q; rank = geometric with success 1 / (1 + m_i), averaged over i.
    p, q: float64[V], each sums to 1. drafts >= 1; the missing mass lies at later ranks, or at tokens with q = 0.
    tolerance: mass of improbable winners and late times that may be left out of the distinct ranks 2, 3, ..: together
    they fall short by at most twice that much; rank 1 stays exact. The rest is accurate to 1e-10, or to 1e-7 from a
    tolerance of 1e-6 on.
    Raises ValueError for fewer than 1 draft or anything that is not a pair of laws. Reference [2].
    """
    target, draft = checked_pair(p, q)
    check_drafts(drafts)
    if repeats:
        return _repeated_law(target, first_chance(target, draft), drafts)
    law = np.zeros(drafts)
    winners = _worthwhile(target, draft, tolerance)
    block = max(4, BLOCK // drafts)
    for start in range(0, len(winners), block):
        law += _distinct_block(target, draft, winners[start : start + block], drafts, tolerance)
    law[0] = match_probability(target, draft)
    return law


@dataclass(frozen=True)
class EntropyRange:
    """low <= entropy <= high, in nats: as much as a law's first chances can say."""

    low: float
    high: float


def rank_entropy(law: ArrayLike, most: float) -> EntropyRange:
    """Range of a rank's entropy H[R], nats, when only its first chances are known.

    The rest of the mass, tau, adds at least tau log(1 / tau) and at most that plus tau log(number of other ranks).
    law: float64[n], chances of ranks 1..n, >= 0, sum at most 1. most: number of ranks there are, >= n; for ranks with
    repeats e * (mean rank of the rest) does, because a geometric law has the largest entropy of its mean.
    Raises ValueError for chances that are negative or sum to more than 1.
    """
    chances = np.asarray(law, dtype=np.float64)
    if chances.ndim != 1 or not (chances >= 0).all() or chances.sum() > 1 + 1e-9:
        raise ValueError("The chances of a rank must not be negative and must sum to at most 1.")
    kept = chances[chances > 0]
    rest = max(0.0, 1 - float(chances.sum()))
    low = float(-(kept * np.log(kept)).sum()) - (rest * log(rest) if rest > 1e-12 else 0.0)
    return EntropyRange(low, low + rest * max(0.0, log(max(1.0, most - len(chances)))))


def repeated_rank_entropy(p: ArrayLike, q: ArrayLike, drafts: int = 4096) -> EntropyRange:
    """Range of the entropy, nats, of the rank with repeats; both ends are infinite when q misses a token of p.

    p, q: float64[V], each sums to 1. drafts: ranks that are summed one by one. Raises ValueError for anything that is
    not a pair of laws. Reference [2].
    """
    target, draft = checked_pair(p, q)
    if (draft[target > 0] == 0).any():
        return EntropyRange(float("inf"), float("inf"))
    first = first_chance(target, draft)[target > 0]
    law = _repeated_law(target[target > 0], first, drafts)
    late = target[target > 0] * (1 - first) ** drafts  # mass of each token beyond the last rank
    mean = float((late / first).sum() / late.sum()) if late.sum() > 1e-300 else 1.0
    return rank_entropy(law, drafts + np.e * mean)


def _repeated_law(target: FloatArray, first: FloatArray, drafts: int) -> FloatArray:
    law, left = np.empty(drafts), target * first
    for rank in range(drafts):
        law[rank] = left.sum()
        left = left * (1 - first)
    return law


def _worthwhile(target: FloatArray, draft: FloatArray, tolerance: float) -> NDArray[np.int64]:
    """Tokens that may win both races, the least probable ones left out up to a mass of `tolerance`."""
    order = np.argsort(-target, kind="stable")
    rest = target[order][::-1].cumsum()[::-1]  # this token and all less probable ones
    order = order[rest > tolerance]
    return order[(target[order] > 0) & (draft[order] > 0)]


def _quadrature(drafts: int, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Times and weights of an Exp(1) average, the trapezoid in log t, up to a time that is passed with this chance.

    A count of n has a peak of width 1 / sqrt(n) in log t, so the step shrinks with the largest count asked for.
    """
    step = min(0.2, 0.8 / sqrt(drafts))
    last = log(-log(max(tolerance, 1e-13)))
    time = np.exp(last - step * np.arange(ceil((last + 25) / step)))
    return time, step * time * np.exp(-time)


def _distinct_block(
    target: FloatArray, draft: FloatArray, winners: NDArray[np.int64], drafts: int, tolerance: float
) -> FloatArray:
    """Sum over some winners of p_i times the law of 1 + the number of rivals that came before."""
    time, weight = _quadrature(drafts, tolerance)
    small = LOOSE if tolerance >= 1e-6 else SMALL
    with np.errstate(over="ignore"):
        ratio = np.minimum(target[winners] / draft[winners], LARGEST)  # of a winner the draft has all but ruled out
    gaps = np.clip(ratio[:, None] * draft - target, 0.0, CERTAIN)
    gaps = -np.sort(-gaps, axis=1)  # [winners, rivals], falling
    single = np.array([np.searchsorted(-row, -small / time) for row in gaps])  # rivals too likely for the series
    place = np.argsort(-single.ravel(), kind="stable")
    one, when = np.divmod(place, len(time))
    many = single[one, when]
    count = _series(gaps, one, time[when], many, drafts)
    law = np.zeros(drafts)
    for rival in range(int(many[0])):
        if rival % PRUNE == 0:
            kept = (many > rival) & (count.sum(axis=0) > LOST)
            done = many <= rival
            law += count[:, done] @ (weight[when[done]] * target[winners[one[done]]])
            one, when, many, count = one[kept], when[kept], many[kept], count[:, kept]
        active = int(np.searchsorted(-many, -rival))  # nodes with more than `rival` single rivals
        come = -np.expm1(-time[when[:active]] * gaps[one[:active], rival])
        moved = count[:, :active] * come
        count[:, :active] -= moved
        count[1:, :active] += moved[:-1]
    return np.asarray(law + count @ (weight[when] * target[winners[one]]))


def _series(
    gaps: FloatArray, one: NDArray[np.int64], time: FloatArray, many: NDArray[np.int64], drafts: int
) -> FloatArray:
    """Law float64[drafts, nodes] of how many of the less likely rivals came before, by Newton's identities.

    Their generating function is prod exp(-x_j) (1 + (exp(x_j) - 1) z), x_j = t c_ij; with S_k = sum (exp(x_j) - 1)^k
    its coefficients obey n g_n = sum over k of (-1)^(k+1) S_k g_(n-k).
    """
    moments = np.empty((SERIES, len(time)))
    power = np.ones_like(gaps)
    for m in range(SERIES):
        power = power * gaps
        later = np.zeros((gaps.shape[0], gaps.shape[1] + 1))  # sums over the rivals from a place on
        later[:, :-1] = power[:, ::-1].cumsum(axis=1)[:, ::-1]
        moments[m] = later[one, many] * time ** (m + 1)
    sums = _STIRLING @ moments
    law = np.empty((drafts, len(time)))
    law[0] = np.exp(-moments[0])
    for n in range(1, drafts):
        law[n] = sum((-1) ** (k + 1) * sums[k - 1] * law[n - k] for k in range(1, min(n, SERIES) + 1)) / n
    return law
