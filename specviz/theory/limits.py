"""How many tokens one target pass can yield when the draft tree is chosen without seeing the target's coin flips.

Letters: P = positions in the target pass, mu = mean entropy of the target (nats), mu2 = mean second log-moment
(nats^2), C = mu2 / mu^2, F(P) = best expected number of tokens.
Convention "A": P counts the root, the last committed token, so F(1) = 1. Convention "B": P counts draft nodes only and
the root comes extra, F_B(P) = F_A(P + 1). In both, F counts every emitted token, the bonus token included.
These limits bind trees that do not share randomness with the target and are checked by "is the sampled token a child";
rejection sampling and shared races may exceed them. At temperature 0 the entropy is 0 and they say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Convention = Literal["A", "B"]
Numbers = TypeVar("Numbers", float, NDArray[Any])


def paper_bound(
    mu: float, mu2: float, capacity: Numbers, *, convention: Convention = "A", constant: float = 1.0
) -> Numbers:
    """Upper bound in the published form: (mu + mu2) log(P) / mu^2 + constant.

    The paper states O(1); constant 1 follows from `explicit_bound`'s argument for P >= 3, and constant 0 shows the
    leading term alone, which is not a bound. mu: nats > 0. mu2: nats^2 >= mu^2. capacity: scalar or array.
    Raises ValueError for mu = 0, impossible moments or a capacity below 1 (A) or 0 (B). Reference [1].
    """
    positions = _positions(capacity, convention)
    _check_moments(mu, mu2, positive=True)
    return _like(capacity, (mu + mu2) * np.log(positions) / mu**2 + constant)


def explicit_bound(mu: float, mu2: float, capacity: Numbers, *, convention: Convention = "A") -> Numbers:
    """Upper bound with every constant, for i.i.d. node laws: C + log(1 + mu (P - C)) / mu for P >= C, else P.

    Duality F(P) <= min over t of G(t) + P e^-t, with Lorden's overshoot inequality put into G. mu: nats >= 0 (at 0 the
    bound is P). mu2: nats^2 >= mu^2. capacity: scalar or array; returns that shape.
    Raises ValueError for impossible moments or a capacity below 1 (A) or 0 (B). References [1], [20].
    """
    positions = _positions(capacity, convention)
    _check_moments(mu, mu2, positive=False)
    if mu == 0:
        return _like(capacity, positions)
    spread = mu2 / mu**2
    beyond = np.maximum(positions - spread, 0.0)
    return _like(capacity, np.where(beyond > 0, spread + np.log1p(mu * beyond) / mu, positions))


def asymptotic_tokens(mu: float, mu2: float, capacity: Numbers, *, convention: Convention = "A") -> Numbers:
    """Value of F(P) for large P, non-lattice surprisals: log(mu P) / mu + mu2 / (2 mu^2). An estimate, not a bound.

    Good from about P >= 4 C, too high below C. mu: nats > 0. mu2: nats^2 >= mu^2. capacity: scalar or array.
    Raises ValueError for mu = 0, impossible moments or a capacity below 1 (A) or 0 (B). References [1], [21].
    """
    positions = _positions(capacity, convention)
    _check_moments(mu, mu2, positive=True)
    return _like(capacity, np.log(mu * positions) / mu + mu2 / (2 * mu**2))


def information_bound(
    capacity: Numbers, surprisal_per_token: float, bonus_entropy: float, *, convention: Convention = "A"
) -> Numbers:
    """Certificate for a measured run, no i.i.d. assumption: tokens per pass <= (log P + h_b) / h.

    One pass reveals the last accepted node (at most P values) and the closing token.
    surprisal_per_token: h, mean -log p of the committed text, nats > 0. bonus_entropy: h_b, mean of
    -log(p(closing token) / exit mass of the node it leaves), nats >= 0, measured on the same run.
    Raises ValueError for h <= 0, h_b < 0, NaN or a capacity below 1 (A) or 0 (B).
    """
    positions = _positions(capacity, convention)
    if not (np.isfinite(surprisal_per_token) and surprisal_per_token > 0):
        raise ValueError("The surprisal per token must be positive and finite.")
    if not (np.isfinite(bonus_entropy) and bonus_entropy >= 0):
        raise ValueError("The entropy of the closing token must be finite and not negative.")
    return _like(capacity, (np.log(positions) + bonus_entropy) / surprisal_per_token)


def oracle_tokens(weights: ArrayLike, capacity: Numbers, *, convention: Convention = "A") -> Numbers:
    """Expected tokens of the best tree inside a known pool of nodes: the sum of the P largest path probabilities.

    weights: float64[n], target probability of the path to each node, the root's weight 1 included. The value is the
    true optimum once the pool holds every node heavier than the P-th largest weight.
    Raises ValueError when weights are outside [0, 1], none is 1, or a capacity is below 1 (A) or 0 (B). Reference [10].
    """
    pool = np.asarray(weights, dtype=np.float64)
    positions = _positions(capacity, convention)
    if pool.ndim != 1 or pool.size == 0 or not np.isfinite(pool).all() or (pool < 0).any() or (pool > 1).any():
        raise ValueError("Path weights must be a non-empty list of probabilities.")
    if pool.max() < 1:
        raise ValueError("The path weights must include the root's weight 1.")
    totals = np.concatenate([[0.0], np.cumsum(np.sort(pool)[::-1])])
    kept = np.minimum(np.floor(positions), pool.size).astype(np.int64)
    return _like(capacity, totals[kept])


def dual_bound(
    surprisals: Sequence[ArrayLike], capacity: Numbers, *, every_start: bool = False, convention: Convention = "A"
) -> Numbers:
    """Upper bound measured on text, no i.i.d. assumption: B*(P) = min over t of G(t) + P e^-t.

    G(t) = E sum over 0 <= n < P of (1 - e^(S_n - t))^+, S_n = surprisal of the first n tokens after a start; a tree of
    P positions holds no deeper node. Depths beyond the end of a path are counted with the last known S_n, which can
    only raise the bound. The minimum over t is exact (G + P e^-t turns once, at a jump), never above P.
    surprisals: arrays of -log p (nats >= 0) along target-sampled text. Each array is one start, or, with `every_start`,
    a text of which every position is a start that has min(P - 1, half of the text) tokens after it.
    It bounds the mean over these starts: a run stops more often in hard text, and its L/K has the bound of its own
    starts. With few starts the minimum is picked from noise and can lie slightly below the true B*.
    Raises ValueError for no text, NaN or negative surprisals or a capacity below 1 (A) or 0 (B). Reference [1].
    """
    positions = _positions(capacity, convention)
    texts = [np.asarray(text, dtype=np.float64) for text in surprisals]
    if not texts or any(text.ndim != 1 for text in texts):
        raise ValueError("The dual bound needs at least one one-dimensional array of surprisals.")
    if any(not np.isfinite(text).all() or (text < 0).any() for text in texts):
        raise ValueError("Surprisals must be finite and not negative.")
    sums = [np.concatenate([[0.0], np.cumsum(text)]) for text in texts]
    values = [_dual_value(sums, float(size), every_start) for size in positions.ravel()]
    return _like(capacity, np.array(values).reshape(positions.shape))


def _dual_value(sums: list[FloatArray], size: float, every_start: bool) -> float:
    deepest = int(np.ceil(size)) - 1
    starts = [_start_count(len(total) - 1, deepest, every_start) for total in sums]
    number = sum(starts)
    ceiling = np.log(size * number)  # one start's e^S beyond it already exceeds P: the minimiser lies below
    parts = [_visits(total, count, deepest, ceiling) for total, count in zip(sums, starts, strict=True)]
    depths = np.concatenate([part[0] for part in parts])
    weights = np.concatenate([part[1] for part in parts]) / number
    order = np.argsort(depths, kind="stable")
    depths, weights = depths[order], weights[order]
    mass = np.cumsum(weights * np.exp(depths))
    turn = int(np.searchsorted(mass, size))
    if turn == depths.size:  # no jump reaches P: the infimum lies at t = infinity
        return float(min(weights.sum(), size))
    level = depths[turn]
    gain = weights[: turn + 1].sum() - mass[turn] * np.exp(-level)
    return float(min(gain + size * np.exp(-level), size))


def _start_count(length: int, deepest: int, every_start: bool) -> int:
    return length + 1 - min(deepest, -(-length // 2)) if every_start else 1


def _visits(total: FloatArray, starts: int, deepest: int, ceiling: float) -> tuple[FloatArray, FloatArray]:
    """S_n of all starts and depths n < P with S_n <= ceiling, and how many depths each stands for."""
    last = len(total) - 1
    depths: list[FloatArray] = []
    weights: list[FloatArray] = []
    active = np.arange(starts)
    for depth in range(min(deepest, last) + 1):
        active = active[active + depth <= last]
        ahead = total[active + depth] - total[active]
        active, ahead = active[ahead <= ceiling], ahead[ahead <= ceiling]
        if active.size == 0:
            break
        ends = active + depth == last
        depths.append(ahead)
        weights.append(np.where(ends, deepest - depth + 1.0, 1.0))
    return np.concatenate(depths), np.concatenate(weights)


def _positions(capacity: ArrayLike, convention: Convention) -> FloatArray:
    if convention not in ("A", "B"):
        raise ValueError(f"The convention must be 'A' (root counted) or 'B' (root extra), not {convention!r}.")
    positions = np.asarray(capacity, dtype=np.float64) + (convention == "B")
    if not np.isfinite(positions).all() or (positions < 1).any():
        least = "1, the root" if convention == "A" else "0"
        raise ValueError(f"In convention {convention} a capacity must be finite and at least {least}.")
    return positions


def _check_moments(mu: float, mu2: float, *, positive: bool) -> None:
    if not (np.isfinite(mu) and np.isfinite(mu2)) or mu < 0 or (positive and mu == 0):
        raise ValueError(f"The entropy mu must be finite and {'positive' if positive else 'not negative'}.")
    if mu2 < mu**2 * (1 - 1e-9):
        raise ValueError("The second log-moment mu2 cannot be smaller than mu^2.")


def _like(capacity: Numbers, values: NDArray[Any]) -> Numbers:
    return cast(Numbers, np.asarray(values, dtype=np.float64) if np.ndim(capacity) else float(values))
