"""How many rejections there must be on a Markov chain, and what accepting more than exactness allows does to a law.

p = target, q = draft. A chain is float64[V, V] (row = the token before) or float64[T, V, V], one kernel for each
position. The draft proposes the whole rest of the text; a rejection emits one residual token, and drafting starts anew.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specviz.theory.divergence import SUM_TOLERANCE, total_variation

FloatArray = NDArray[np.float64]
MOST_WEIGHTS = 200_000  # pairs of last token and prefix weight that block verification may reach
DIGITS = 12  # weights that agree so far are one weight: they differ by rounding alone


def expected_rejections(p_chain: ArrayLike, q_chain: ArrayLike, length: int, start: ArrayLike = 0) -> float:
    """Expected rejections of the token rule: sum over n of E_target[TV(p_n, q_n)].

    p_chain, q_chain: float64[V, V] or float64[T, V, V] with T >= length. length: tokens, >= 0. start: the token before
    the first position, or its law float64[V]. Raises ValueError for kernels, a length or a start that do not fit.
    Reference [4], theorem 1.
    """
    return float(rejection_curve(p_chain, q_chain, length, start).sum())


def batch_expected_rejections(
    p_chain: ArrayLike, q_chain: ArrayLike, length: int, drafts: float, start: ArrayLike = 0
) -> float:
    """Expected rejections when `drafts` independent sequences are drawn at each fresh start; see `batch_curve`."""
    curve = batch_curve(p_chain, q_chain, length, drafts, start)
    return float((curve.at_start + curve.inside).sum())


def block_expected_rejections(p_chain: ArrayLike, q_chain: ArrayLike, length: int, start: ArrayLike = 0) -> float:
    """Expected rejections of block verification; see `block_curve`."""
    return float(block_curve(p_chain, q_chain, length, start).sum())


def rejection_curve(p_chain: ArrayLike, q_chain: ArrayLike, length: int, start: ArrayLike = 0) -> FloatArray:
    """Expected rejections of the token rule at each position: float64[length], E_target[TV(p_n, q_n)].

    Arguments and errors as for `expected_rejections`. Reference [4].
    """
    target, draft, law = _chains(p_chain, q_chain, length, start)
    curve = np.empty(length)
    for n, distances in enumerate(0.5 * np.abs(target - draft).sum(axis=-1)):
        curve[n] = law @ distances
        law = law @ target[n]
    return curve


@dataclass(frozen=True)
class BatchCurve:
    """Expected rejections at each position, float64[length]: at a fresh start all first tokens failed, or inside."""

    at_start: FloatArray
    inside: FloatArray


def batch_curve(p_chain: ArrayLike, q_chain: ArrayLike, length: int, drafts: float, start: ArrayLike = 0) -> BatchCurve:
    """Expected rejections of the batch algorithm at each position, by where they happen.

    At a fresh start the first tokens of M = `drafts` sequences are tried one after the other with r_1 = p,
    r_{m+1} = norm(max(r_m - q, 0)); behind the first that is accepted the token rule goes on alone.
    With f_n = law of the last token where position n is a fresh start and pi_n = the target's law of it:
    rejections = f_n . prod_m TV(r_m, q) + (pi_n - f_n) . TV(p, q), and f_{n+1} is where both kinds land.
    drafts: whole, >= 1, or infinity for the limit; 1 is the token rule. Else as for `expected_rejections`.
    Reference [4], theorem 3.
    """
    if drafts != math.inf and not (drafts >= 1 and drafts % 1 == 0):
        raise ValueError("The number of drafts must be a whole number of at least 1, or infinite.")
    target, draft, law = _chains(p_chain, q_chain, length, start)
    curve, fresh = BatchCurve(np.empty(length), np.empty(length)), law
    first, later = _all_rejected(target, draft, drafts), np.maximum(target - draft, 0.0)
    for n in range(length):
        landed = fresh @ first[n], (law - fresh) @ later[n]
        curve.at_start[n], curve.inside[n] = landed[0].sum(), landed[1].sum()
        law, fresh = law @ target[n], landed[0] + landed[1]
    return curve


def block_curve(p_chain: ArrayLike, q_chain: ArrayLike, length: int, start: ArrayLike = 0) -> FloatArray:
    """Expected rejections of block verification at each position: float64[length].

    A draft prefix x_1..x_i has weight w_i = min(1, w_{i-1} p / q), and its block ends behind it with residual token y
    with chance Q(x_1..x_i) max(w_i p(y) - q(y), 0), however much longer the block was drafted. So with m(x, w) =
    expected number of prefixes of last token x and weight w: rejections = sum m sum_y max(w p(y|x) - q(y|x), 0); m w
    sums to 1, which is why this is never above E_target[TV]. Weights multiply with the length: meant for toys.
    Arguments and errors as for `expected_rejections`; ValueError too for more than 200,000 different weights.
    Reference [15]; the recursion is our own and is tested against enumeration of the verifier.
    """
    target, draft, law = _chains(p_chain, q_chain, length, start)
    mass = {(token, 1.0): share for token, share in enumerate(law.tolist()) if share > 0}
    curve = np.empty(length)
    for n, (p, q) in enumerate(zip(target.tolist(), draft.tolist(), strict=True)):
        curve[n], mass = _block_step(mass, p, q)
        if len(mass) > MOST_WEIGHTS:
            raise ValueError("Block verification has too many different weights here; choose fewer tokens or states.")
    return curve


@dataclass(frozen=True)
class RelaxedRule:
    """What an acceptance probability b does at one position.

    rejection: sum (1 - b) q.  residual: float64[V], the law that loses least, norm(max(p - b q, 0)).
    loss: TV of the output law and p with that residual, sum max(b q - p, 0).
    """

    rejection: float
    residual: FloatArray
    loss: float


def relaxed_rule(p: ArrayLike, q: ArrayLike, accept: ArrayLike) -> RelaxedRule:
    """Accept x drawn from q with chance b(x): the rejections, the best residual and the least loss.

    rejection + loss = TV(p, q) where b >= min(1, p / q) everywhere, and no b comes below that line.
    p, q: float64[V], each sums to 1. accept: b, float64[V] in [0, 1]. Raises ValueError for anything else.
    Reference [4].
    """
    target, draft, kept = _position(p, q, accept)
    left = np.maximum(target - kept * draft, 0.0)
    total = float(left.sum())
    residual = left / total if total > 0 else target
    loss = float(np.maximum(kept * draft - target, 0.0).sum())
    return RelaxedRule(float(((1.0 - kept) * draft).sum()), residual, loss)


def naive_residual_loss(p: ArrayLike, q: ArrayLike, accept: ArrayLike) -> float:
    """TV of the output law and p when a rejected token is replaced by one from p itself: TV(b q + rejection p, p).

    Arguments and errors as for `relaxed_rule`. Reference [4].
    """
    target, draft, kept = _position(p, q, accept)
    rejection = float(((1.0 - kept) * draft).sum())
    return float(0.5 * np.abs(kept * draft + (rejection - 1.0) * target).sum())


def relaxed_acceptance(p: ArrayLike, q: ArrayLike, epsilon: float) -> FloatArray:
    """b(x) = min(1, (p(x) + epsilon) / q(x)), float64[V]; 1 where q(x) = 0. epsilon = 0 is the exact rule.

    p, q: float64[V], each sums to 1. epsilon: >= 0. Raises ValueError for anything else. Reference [4].
    """
    if not math.isfinite(epsilon) or epsilon < 0:
        raise ValueError("The slack epsilon must be finite and not negative.")
    target, draft, kept = _position(p, q, np.ones(np.shape(p)))
    return np.minimum(1.0, np.divide(target + epsilon, draft, out=kept.copy(), where=draft > 0))


def _position(p: ArrayLike, q: ArrayLike, accept: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    total_variation(p, q)  # refuses what is no pair of laws
    target, draft, kept = (np.asarray(values, dtype=np.float64) for values in (p, q, accept))
    if kept.shape != target.shape or not ((kept >= 0) & (kept <= 1)).all():
        raise ValueError("Acceptance probabilities need one number in [0, 1] for each token.")
    return target / target.sum(), draft / draft.sum(), kept


def _all_rejected(p: FloatArray, q: FloatArray, drafts: float) -> FloatArray:
    """prod_m TV(r_m, q) r_{M+1}, row by row: where a fresh start ends when no first token is accepted."""
    if drafts == math.inf:
        return np.where(q > 0, 0.0, p)  # what no draft ever proposes
    left = p
    for _ in range(int(drafts)):
        left = np.maximum(left - left.sum(axis=-1, keepdims=True) * q, 0.0)
    return left


def _block_step(
    mass: dict[tuple[int, float], float], p: list[list[float]], q: list[list[float]]
) -> tuple[float, dict[tuple[int, float], float]]:
    """Rejections at one position, and the prefixes one token longer."""
    rejections, longer = 0.0, defaultdict[tuple[int, float], float](float)
    for (state, weight), share in mass.items():
        for token, (high, low) in enumerate(zip(p[state], q[state], strict=True)):
            above = weight * high - low
            if above > 0:
                rejections += share * above
                longer[token, 1.0] += share * above
            if low > 0 and high > 0:
                longer[token, round(min(1.0, weight * high / low), DIGITS)] += share * low
    return rejections, longer


def _chains(
    p_chain: ArrayLike, q_chain: ArrayLike, length: int, start: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Both chains as float64[length, V, V] and the law of the token before the first position."""
    if isinstance(length, bool) or not (length >= 0 and length % 1 == 0):
        raise ValueError("The length must be a whole number that is not negative.")
    chains = [_kernels(chain, int(length), name) for chain, name in ((p_chain, "target"), (q_chain, "draft"))]
    size = chains[0].shape[-1]
    if chains[1].shape[-1] != size:
        raise ValueError(f"Both chains need the same tokens, not {size} and {chains[1].shape[-1]}.")
    return chains[0], chains[1], _start(start, size)


def _start(start: ArrayLike, size: int) -> FloatArray:
    law = np.asarray(start, dtype=np.float64)
    if law.ndim == 0:
        if not 0 <= law < size or law != np.floor(law):
            raise ValueError(f"The start must be a token between 0 and {size - 1}, or a law over the tokens.")
        return np.eye(size)[int(law)]
    if law.shape != (size,) or not _is_law(law):
        raise ValueError("The law of the start must hold one probability for each token and sum to 1.")
    return law / law.sum()


def _kernels(chain: ArrayLike, length: int, name: str) -> FloatArray:
    kernels = np.asarray(chain, dtype=np.float64)
    if kernels.ndim not in (2, 3) or kernels.shape[-1] != kernels.shape[-2] or kernels.size == 0:
        raise ValueError(f"The {name} chain needs kernels of shape [V, V] or [T, V, V], not {kernels.shape}.")
    if not _is_law(kernels):
        raise ValueError(f"Every row of the {name} chain must hold probabilities that sum to 1.")
    kernels = kernels / kernels.sum(axis=-1, keepdims=True)
    if kernels.ndim == 2:
        return np.broadcast_to(kernels, (length, *kernels.shape))
    if len(kernels) < length:
        raise ValueError(f"The {name} chain has {len(kernels)} positions, fewer than the {length} asked for.")
    return kernels[:length]


def _is_law(rows: FloatArray) -> bool:
    if not np.isfinite(rows).all() or (rows < 0).any():
        return False
    return bool((np.abs(rows.sum(axis=-1) - 1.0) <= SUM_TOLERANCE).all())
