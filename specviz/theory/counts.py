"""Draws without replacement, seen as clocks: how many tokens of a set are among the first k.

Give each token an exponential clock of rate q(x): the first k rings are k draws without replacement, and which tokens
rang by time t is independent from token to token. N(t) = number of tokens of a set that rang by t.
"""

from __future__ import annotations

from math import factorial, log

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_STEP = 0.25  # of s = ln t in the quadrature over times: error below 1e-11 for 4 drafts, 1e-9 for 8
_FIRST = -27.0  # s from -27 / k, where t^(k+1) is below 2e-12
_LATEST = 690.0  # e^690 is about the largest double
_LOST = 1e-15  # a chance that no longer counts
_COARSE = 4  # of the steps, to find where the times end
_PACKS = 64  # tokens that are looked at one by one, and groups of the others
_CERTAIN, _NEVER = 40.0, 650.0  # exponents that stand for certainty, and for what no double can hold any more
_CHUNK = 16_384  # numbers at a time: they stay in the processor's cache
_CHUNK_DRAFTS, _CERTAIN_TOKENS = 12, 16  # with more drafts than 12 only 16 tokens at a time, or the sums overflow


def inside_without_replacement(q: FloatArray, k: int) -> FloatArray:
    """Chance that k draws without replacement lie in each prefix.

    With c the mass outside the prefix, 1 - integral c e^(-c t) Pr[N(t) < k] dt. Of that integral the part of a Poisson
    count of rate 1 is known, 1 - (1 + c)^(-k); only the difference is summed, from where it begins to show.
    q: float64[V], sums to 1, at least k entries positive. Error below 1e-11 for k <= 4, 1e-9 for k <= 8.
    """
    outside = np.concatenate([np.cumsum(q[::-1])[::-1][1:], [0.0]])  # summed from the tail: no cancellation
    if k == 1:
        return 1.0 - outside
    if k == 2:
        others = 1.0 - q
        top = int(np.argmax(q))
        others[top] = q[:top].sum() + q[top + 1 :].sum()  # 1 - q would lose all digits of a law that is almost certain
        inside = 1.0 - outside - outside * np.cumsum(q / others)
    else:
        inside = (1.0 + outside) ** -k - _beyond_poisson(q, outside, k)
    inside = np.where(outside <= 0, 1.0, np.clip(inside, 0.0, 1.0))
    inside[: k - 1] = 0.0
    return inside


def chance_of_a_hit(p: FloatArray, q: FloatArray, k: int) -> float:
    """Chance that a token drawn from p is among k draws without replacement from q.

    Token x is missed with chance integral q(x) e^(-q(x) t) Pr[k of the others rang by t] dt, summed like the above.
    p, q: float64[V] laws. k: at most the number of tokens with q > 0. Errors as above.
    """
    time = _times(q, k)
    rest = np.zeros((k, len(time)))
    rest[0] = 1.0
    marked = np.zeros_like(rest)
    width = max(_CERTAIN_TOKENS, _CHUNK // len(time)) if k <= _CHUNK_DRAFTS else _CERTAIN_TOKENS
    for start in range(0, len(q), width):
        part = slice(start, start + width)
        with_mark, without = _marked(p[part] * q[part], q[part], time, k)
        marked = _both(marked, without) + _both(rest, with_mark)
        rest = _both(rest, without)
    poisson = (p * q) @ np.exp(-np.outer(q, time)) * _poisson_below(time, k)
    beyond = float((marked.sum(axis=0) - poisson) @ (_STEP * time))
    return float(np.clip(1.0 - p @ (1.0 + q) ** -k + beyond, 0.0, 1.0))


def _marked(mark: FloatArray, q: FloatArray, time: FloatArray, k: int) -> tuple[FloatArray, FloatArray]:
    """Laws [k, times] of how many tokens rang: one marked token left out and weighted by its mark, and of all."""
    full = np.outer(q, time)
    exponent = np.minimum(full, _CERTAIN)
    marks = mark[:, None] * np.exp(exponent - full)  # for the marked token e^(-q t) itself, however small
    rates = np.expm1(exponent)
    silent = np.exp(-np.minimum(exponent.sum(axis=0), _NEVER))
    polynomial, grown = np.ones_like(rates), marks.cumsum(axis=0)
    with_mark, without = np.empty((k, len(time))), np.empty((k, len(time)))
    with_mark[0], without[0] = silent * grown[-1], silent
    for number in range(1, k):
        before = polynomial if number == 1 else _shifted(polynomial)  # the empty product stands before every token
        polynomial = (before * rates).cumsum(axis=0)
        grown = (_shifted(grown) * rates + marks * _shifted(polynomial)).cumsum(axis=0)
        with_mark[number], without[number] = silent * grown[-1], silent * polynomial[-1]
    return with_mark, without


def _shifted(rows: FloatArray) -> FloatArray:
    """What stood one token earlier."""
    return np.concatenate([np.zeros((1, rows.shape[1])), rows[:-1]])


def _both(first: FloatArray, second: FloatArray) -> FloatArray:
    """Law [k, times] of the sum of two counts."""
    return np.stack([(first[: j + 1] * second[j::-1]).sum(axis=0) for j in range(len(first))])


def _poisson_below(time: FloatArray, k: int) -> FloatArray:
    """Chance that a Poisson count of mean t is below k."""
    capped = np.minimum(time, _NEVER)
    return np.asarray(np.exp(-capped) * sum(capped**n / factorial(n) for n in range(k)))


def _beyond_poisson(q: FloatArray, outside: FloatArray, k: int) -> FloatArray:
    """float64[V]: integral of c e^(-c t) (Pr[N(t) < k] - Pr[Poisson(t) < k]) dt for every prefix."""
    time = _times(q, k)
    below = _poisson_below(time, k)
    state = np.zeros((k, len(time)))
    state[0] = 1.0
    result = np.empty(len(q))
    width = max(_CERTAIN_TOKENS, _CHUNK // len(time)) if k <= _CHUNK_DRAFTS else _CERTAIN_TOKENS
    for start in range(0, len(q), width):
        part = slice(start, start + width)
        few, state = _few_rang(q[part], time, state)
        few -= below
        few *= np.exp(-np.outer(outside[part], time))
        result[part] = outside[part] * (few @ (_STEP * time))
    return result


def _few_rang(q: FloatArray, time: FloatArray, state: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Chance [tokens, times] that fewer than k tokens rang, with the law `state` [k, times] of the count before them.

    Also that law after them. Among the tokens themselves Pr[N = j] = e^(-t q(all)) e_j, e_j the elementary symmetric
    polynomials of e^(q t) - 1: nested sums of positive terms. An exponent of 40 is certainty, one of 650 is more tokens
    than k could leave.
    """
    k = len(state)
    exponent = np.minimum(np.outer(q, time), _CERTAIN)
    rates = np.expm1(exponent)
    silent = exponent.cumsum(axis=0)
    np.minimum(silent, _NEVER, out=silent)
    silent = np.exp(np.negative(silent, out=silent), out=silent)
    room = np.cumsum(state, axis=0)
    few = silent * room[k - 1]
    last = np.empty_like(state)
    last[0] = silent[-1]
    polynomial = np.cumsum(rates, axis=0)
    for number in range(1, k):
        few += silent * polynomial * room[k - 1 - number]
        last[number] = silent[-1] * polynomial[-1]
        if number < k - 1:
            polynomial[1:] = polynomial[:-1] * rates[1:]
            polynomial[0] = 0.0
            np.cumsum(polynomial, axis=0, out=polynomial)
    return few, _both(state, last)


def _times(q: FloatArray, k: int) -> FloatArray:
    """Times t = e^s, s in steps of 0.3, between which a count differs from a Poisson count, and still is below k.

    Tokens packed into groups ring at most once together, so the count of the packed ones is a safe one to stop by.
    """
    falling = np.sort(q)[::-1]
    latest = log(_CERTAIN) - log(falling[k - 1])  # by then the k heaviest tokens have rung
    steps = np.exp(np.arange(_FIRST / k, min(latest + 1.0, _LATEST), _STEP))
    coarse = steps[::_COARSE]
    heavy, light = falling[:_PACKS], falling[_PACKS:].cumsum()
    masses = heavy
    if len(light) and light[-1] > 0:
        packs = np.minimum(light * (_PACKS / light[-1]), _PACKS - 1).astype(np.int64)
        masses = np.concatenate([heavy, np.bincount(packs, falling[_PACKS:])])
    state = np.zeros((k, len(coarse)))
    state[0] = 1.0
    for start in range(0, len(masses), _CERTAIN_TOKENS):
        _, state = _few_rang(masses[start : start + _CERTAIN_TOKENS], coarse, state)
    return np.asarray(steps[: 1 + _COARSE * int(np.count_nonzero(state.sum(axis=0) > _LOST))])
