"""The best acceptance that k drafts at one position allow, by optimal transport, and the rules measured against it.

p = target law, q = draft law, float64[V]. Acceptance = chance that the output token is one of the drafts. By duality

    alpha* = 1 + min over token sets H of ( p(H) - Q(H) ),   Q(H) = chance that every draft lies in H        [3]

and sorting the tokens by q / p makes some prefix a minimiser, so one scan is enough.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specviz.theory.counts import inside_without_replacement

FloatArray = NDArray[np.float64]
SAMPLINGS = ("iid", "without_replacement", "greedy")


def optimal_acceptance(p: ArrayLike, q: ArrayLike, k: int, sampling: str = "iid") -> float:
    """The most that any lossless rule can accept with k drafts drawn in this way.

    p, q: float64[V] laws.  k: drafts, at least 1.  sampling: "iid", "without_replacement", or "greedy" (the k - 1 most
    probable draft tokens and one draw from the rest). Where fewer than k tokens can be drawn without a repeat, all of
    them are. Raises ValueError for anything else. Reference [3].
    """
    target, draft = checked_laws(p, q, k, sampling)
    if sampling == "greedy":
        top, rest = greedy_law(draft, k)
        return float(target[top].sum() + np.minimum(target, rest).sum())
    _, gaps = _prefix_gaps(target, draft, k, sampling)
    return float(1.0 + min(0.0, gaps.min()))


def optimal_acceptance_set(p: ArrayLike, q: ArrayLike, k: int, sampling: str = "iid") -> NDArray[np.int64]:
    """A token set H that attains the minimum in alpha* = 1 + min (p(H) - Q(H)); empty where alpha* = 1.

    Arguments and errors as `optimal_acceptance`. For "greedy", H holds the top tokens and every x with p(x) < rest(x).
    """
    target, draft = checked_laws(p, q, k, sampling)
    if sampling == "greedy":
        top, rest = greedy_law(draft, k)
        chosen = np.union1d(top, np.flatnonzero(target < rest))
        gap = target[chosen].sum() - rest[chosen].sum()
        return chosen if gap < 0 else np.zeros(0, np.int64)
    order, gaps = _prefix_gaps(target, draft, k, sampling)
    best = int(np.argmin(gaps))
    return np.sort(order[: best + 1]) if gaps[best] < 0 else np.zeros(0, np.int64)


def chance_inside(q: ArrayLike, chosen: ArrayLike, k: int, sampling: str = "iid") -> float:
    """Q(H): chance that all k drafts lie in the token set H.

    q: float64[V], a law.  chosen: int[n], the tokens of H.  k, sampling and errors as `optimal_acceptance`.
    """
    _, draft = checked_laws(q, q, k, sampling)
    tokens = np.asarray(chosen, np.int64)
    if sampling == "greedy":
        top, rest = greedy_law(draft, k)
        return float(rest[tokens].sum()) if np.isin(top, tokens).all() else 0.0
    if sampling == "iid" or len(tokens) == 0:
        return float(min(1.0, draft[tokens].sum()) ** k)
    order = np.concatenate([tokens, np.delete(np.arange(len(draft)), tokens)])
    return float(inside_without_replacement(draft[order], min(k, int(np.count_nonzero(draft))))[len(tokens) - 1])


def greedy_law(q: Any, k: int) -> tuple[NDArray[np.int64], Any]:
    """The k - 1 most probable tokens (fewer where the law has no more than that), and the law of the last draft.

    The last draft comes from q without those tokens, renormalised. q: array[V], floats or Fractions.
    """
    support = int(np.count_nonzero(q))
    count = min(k, support) - 1
    top = np.argsort(-q, kind="stable")[:count] if count > 0 else np.zeros(0, np.int64)
    rest = q.copy()
    rest[top] = 0 * rest[top]
    return top, rest / rest.sum()


def k_seq_factor(p: Any, q: Any, k: int) -> Any:
    """The smallest safe factor rho of k sequential tests: 1 - (1 - beta)^k = rho beta, beta = sum min(p / rho, q).

    Any rho at or above the root keeps the rule lossless, so the upper end of a bisection to 1e-12 is returned. Only
    tokens with 1 < p / q < k ever change sides, and only they are sorted. p, q: array[V]. Reference [7].
    """
    if k == 1:
        return 1
    target, draft = np.asarray(p, np.float64), np.asarray(q, np.float64)
    middle = (target > draft) & (target < k * draft)
    low_mass = float(target[target <= draft].sum())  # counted as p / rho for every rho >= 1
    high_mass = float(draft[(target > draft) & ~middle].sum())  # counted as q for every rho <= k
    ratios = target[middle] / draft[middle]
    order = np.argsort(ratios)
    ratios = ratios[order]
    below = np.concatenate([[0.0], np.cumsum(target[middle][order])])
    above = np.concatenate([np.cumsum(draft[middle][order][::-1])[::-1], [0.0]])

    def excess(rho: float) -> float:
        place = int(np.searchsorted(ratios, rho))
        beta = (low_mass + below[place]) / rho + high_mass + above[place]
        return float(1 - (1 - min(beta, 1.0)) ** k - rho * beta)

    low, high = 1.0, float(k)
    while high - low > 1e-12:
        middle_rho = (low + high) / 2
        low, high = (middle_rho, high) if excess(middle_rho) > 0 else (low, middle_rho)
    return high


def checked_laws(p: ArrayLike, q: ArrayLike, k: int, sampling: str) -> tuple[FloatArray, FloatArray]:
    """Both laws as float64[V] that sum to 1; ValueError for what is no pair of laws, no k or no way to draw."""
    if sampling not in SAMPLINGS:
        raise ValueError(f"Sampling must be one of {', '.join(SAMPLINGS)}; {sampling!r} was given.")
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k must be a whole number of at least 1; {k!r} was given.")
    laws = []
    for name, law in (("target", p), ("draft", q)):
        values = np.asarray(law, np.float64)
        if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or (values < 0).any():
            raise ValueError(f"The {name} law must be a list of probabilities.")
        if abs(values.sum() - 1) > 1e-6:
            raise ValueError(f"The {name} law must sum to 1; it sums to {values.sum():.6g}.")
        laws.append(values)
    if laws[0].shape != laws[1].shape:
        raise ValueError("Target and draft law must have the same number of tokens.")
    return laws[0] / laws[0].sum(), laws[1] / laws[1].sum()


def _prefix_gaps(p: FloatArray, q: FloatArray, k: int, sampling: str) -> tuple[NDArray[np.int64], FloatArray]:
    """Tokens by falling q / p (p = 0 first, q = 0 last), and p(H) - Q(H) of every prefix H."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(q > 0, q / p, -1.0)
    order = np.argsort(-ratio, kind="stable")
    mass = np.minimum(np.cumsum(q[order]), 1.0)
    inside = mass**k if sampling == "iid" else inside_without_replacement(q[order], min(k, int(np.count_nonzero(q))))
    return order, np.cumsum(p[order]) - inside
