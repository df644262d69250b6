"""Who gets a set of independent drafts: the optimal rule for k i.i.d. drafts on a small alphabet, solved.

The transport problem splits at a minimising token set H of alpha* = 1 + min (p(H) - q(H)^k): sets of drafts that leave
H are shared out among their tokens outside H (outer part), sets inside H among all their tokens, or to none (inner
part). Each part is a soft-max split, S(i, x) = D(x) e^{a_i} / (c + sum_{j in x} e^{a_j}), whose totals are steered to
their goals by a convex problem in a [26]. Letters: D(x) = chance that the k drafts are exactly the set x; c = 0
outside, 1 inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specviz.theory.transport import optimal_acceptance_set

MOST_SETS = 5000
MOST_DRAFTS = 8
_LARGEST = 40.0  # e^40 stands for a split that gives everything to one side


@dataclass(frozen=True, eq=False)
class DraftSets:
    """Every non-empty set of at most k of n tokens.

    members: int[m, w], the tokens of each set, padded with n.  place: row of a set, by its sorted tokens.
    """

    members: NDArray[np.int64]
    place: dict[tuple[int, ...], int]


@dataclass(frozen=True, eq=False)
class Resolution:
    """How each set of drafts is shared out.

    share: float64[m, w], chance that the member is the output, aligned with `sets.members`; the rest of a row is the
    chance that none is. Goals are met to the solver's tolerance only: a rule clips by the totals it then adds up.
    """

    sets: DraftSets
    share: NDArray[np.float64]


@lru_cache(maxsize=64)
def alphabet_size(k: int) -> int:
    """The most tokens whose sets of at most k number no more than 5,000."""
    size = k
    while sum(comb(size + 1, m) for m in range(1, min(k, size + 1) + 1)) <= MOST_SETS:
        size += 1
    return size


@lru_cache(maxsize=32)
def draft_sets(tokens: int, k: int) -> DraftSets:
    """All sets for an alphabet of `tokens` tokens and k drafts."""
    width = min(k, tokens)
    listed = [members for size in range(1, width + 1) for members in combinations(range(tokens), size)]
    rows = np.full((len(listed), width), tokens, np.int64)
    for place, members in enumerate(listed):
        rows[place, : len(members)] = members
    return DraftSets(rows, {members: place for place, members in enumerate(listed)})


def set_law(q: Any, sets: DraftSets, k: int) -> Any:
    """D(x): chance that k independent draws show exactly the tokens of x. q: array[n], floats or Fractions.

    k! times the coefficient of t^k in the product of (e^(q t) - 1) over the members: no term is ever subtracted.
    """
    one = q.sum() / q.sum()  # 1 in the law's own arithmetic
    padded = np.append(q, 0 * one)
    state = [np.array([one] * len(sets.members), dtype=q.dtype), *[0 * padded[sets.members[:, 0]] for _ in range(k)]]
    for column in sets.members.T:
        prob, present = padded[column], column < len(q)
        grown = [np.where(present, 0 * one, have) for have in state]
        term = one
        for power in range(1, k + 1):
            term = term * prob / power
            for degree in range(power, k + 1):
                grown[degree] = grown[degree] + np.where(present, state[degree - power] * term, 0 * one)
        state = grown
    factorial = 1
    for number in range(2, k + 1):
        factorial *= number
    return state[k] * factorial


def resolve(p: NDArray[np.float64], q: NDArray[np.float64], k: int) -> Resolution:
    """The optimal split for k independent drafts on a small alphabet. p, q: float64[n]. Reference [26]."""
    n = len(p)
    sets = draft_sets(n, k)
    law = set_law(q, sets, k)
    inside = np.zeros(n + 1, bool)
    inside[optimal_acceptance_set(p, q, k)] = True
    inside[n] = True  # padding stands in every set
    within = inside[sets.members].all(axis=1)
    share = np.zeros(sets.members.shape)
    outer = ~within & (law > 0)
    goals = _outer_goals(p, q, k, inside[:n])
    share[outer] = _split(np.where(inside[sets.members[outer]], n, sets.members[outer]), law[outer], goals, 0.0)
    inner = within & (law > 0)
    share[inner] = _split(sets.members[inner], law[inner], np.where(inside[:n], p, 0.0), 1.0)
    return Resolution(sets, share)


def _outer_goals(p: NDArray[Any], q: NDArray[Any], k: int, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much each token outside H gets: pi(v) = p(v) + m(H) - m(H + v), m(H) = min over T containing H of
    p(T) - q(T)^k, tokens added in any order."""
    goals = np.zeros(len(p))
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.argsort(-np.where(q > 0, q / p, -1.0), kind="stable")
    have = inside.copy()

    def least() -> float:
        rest = order[~have[order]]
        mass_p = p[have].sum() + np.concatenate([[0.0], np.cumsum(p[rest])])
        mass_q = q[have].sum() + np.concatenate([[0.0], np.cumsum(q[rest])])
        return float((mass_p - np.minimum(mass_q, 1.0) ** k).min())

    before = least()
    for token in np.flatnonzero(~inside):
        have[token] = True
        after = least()
        goals[token] = np.clip(p[token] + before - after, 0.0, p[token])
        before = after
    return goals


def _split(members: NDArray[Any], law: NDArray[Any], goals: NDArray[Any], slack: float) -> NDArray[np.float64]:
    """The shares whose totals meet the goals: Newton's method with a growing damping on the convex problem."""
    n = len(goals)
    active = np.append(goals > 0, False)
    mask = active[members]
    weights = np.append(np.log(np.maximum(goals, 1e-300)).clip(-_LARGEST, 0.0), 0.0)

    def shares(a: NDArray[Any]) -> tuple[NDArray[Any], float]:
        raised = np.where(mask, np.exp(a)[members], 0.0)
        total = slack + raised.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float((law * np.where(total > 0, np.log(total), 0.0)).sum() - goals @ a[:n])
            return np.where(total[:, None] > 0, raised / total[:, None], 0.0), value

    share, value = shares(weights)
    pairs = members[:, :, None] * (n + 1) + members[:, None, :]
    damping = 1e-9
    for _ in range(100):
        flow = law[:, None] * share
        totals = np.bincount(members.ravel(), flow.ravel(), n + 1)[:n]
        gradient = np.where(active[:n], totals - goals, 0.0)
        if np.abs(gradient).max(initial=0.0) < 1e-13 or damping > 1e6:
            break
        products: NDArray[Any] = np.bincount(
            pairs.ravel(), (flow[:, :, None] * share[:, None, :]).ravel(), (n + 1) ** 2
        )
        curvature: NDArray[Any] = np.diag(totals) - products.reshape(n + 1, n + 1)[:n, :n]
        curvature = curvature + np.diag(damping + ~active[:n])
        step = np.append(np.linalg.solve(curvature, -gradient), 0.0).clip(-8.0, 8.0)
        tried = (weights + step).clip(-_LARGEST, _LARGEST)
        new_share, new_value = shares(tried)
        if new_value <= value + 1e-15:
            weights, share, value, damping = tried, new_share, new_value, max(damping / 10, 1e-15)
        else:
            damping *= 100
    return share
