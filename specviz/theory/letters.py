"""How often the two rules that look at laws through a small alphabet accept at one position."""

from __future__ import annotations

from math import comb

import numpy as np

from specviz.theory.acceptance import recursive_acceptance
from specviz.theory.alphabet import Alphabet, totals
from specviz.theory.divergence import acceptance_rate
from specviz.theory.resolution import Resolution, set_law


def shortfall(p: np.ndarray, q: np.ndarray, k: int) -> float:
    """The most that the rule `optimal_transport` lacks of the optimum, because its tail is one letter.

    min(p(tail), 1 - (1 - q(tail))^k) (1 - what recursive rejection of one draft accepts inside the tail).
    """
    letters = Alphabet.of(p, q, k)
    if k == 1 or letters.tokens[-1] >= 0:
        return 0.0
    mass_p, mass_q = float(letters.target[-1]), float(letters.draft[-1])
    if min(mass_p, mass_q) <= 0:
        return 0.0
    inside = letters.letter == len(letters.tokens) - 1
    agree = float(np.minimum(p[inside] / p[inside].sum(), q[inside] / q[inside].sum()).sum())
    return min(mass_p, 1 - (1 - mass_q) ** k) * (1 - agree)


def optimal_transport_acceptance(p: np.ndarray, q: np.ndarray, k: int) -> float:
    """What the rule hands out on its letters, the tail's part times what its own drafts win there."""
    if k == 1:
        return acceptance_rate(p, q)
    letters = Alphabet.of(p, q, k)
    plan, law = letters.split(k)
    members, size = plan.sets.members, len(letters.tokens)
    flow = law[:, None] * plan.share
    taken = totals(members, flow, size)
    scale = np.divide(letters.target, taken, out=np.zeros(size), where=taken > 0).clip(0.0, 1.0)
    if letters.tokens[-1] >= 0:
        return float(scale @ taken)
    tail = size - 1
    return float(scale[:tail] @ taken[:tail]) + float(scale[tail]) * _tail(p, q, k, letters, plan)


def _tail(p: np.ndarray, q: np.ndarray, k: int, letters: Alphabet, plan: Resolution) -> float:
    """Chance that the tail's letter is the answer and one of the m drafts inside it is accepted."""
    sets, share = plan.sets, plan.share
    tail = len(letters.tokens) - 1
    row, column = np.nonzero(sets.members == tail)
    inside = letters.letter == tail
    p_in, q_in = np.where(inside, p, 0.0), np.where(inside, q, 0.0)
    if min(p_in.sum(), q_in.sum()) <= 0:
        return 0.0
    beside = [tuple(x for x in sets.members[r].tolist() if x < tail) for r in row]
    place = np.array([sets.place.get(others, -1) for others in beside])
    won = 0.0
    for inner in range(1, k + 1):  # drafts inside the tail
        chance = np.where(place < 0, float(inner == k), 0.0)
        if inner < k:
            chance = np.where(place < 0, 0.0, set_law(letters.draft, sets, k - inner)[place])
        here = comb(k, inner) * letters.draft[tail] ** inner * float(chance @ share[row, column])
        won += here * recursive_acceptance(p_in / p_in.sum(), q_in / q_in.sum(), inner)
    return won


def canonical_curve(p: np.ndarray, q: np.ndarray, most: int) -> np.ndarray:
    """float64[most]: the standard rule on the chosen one of the first two drafts, or a replacement that is a draft."""
    curve = np.full(most, acceptance_rate(p, q))
    if most == 1:
        return curve
    letters = Alphabet.of(p, q, 2)
    chosen_law, prefers = letters.choice()
    size, letter = len(letters.tokens), letters.letter
    chosen = q * np.divide(chosen_law, letters.draft, out=np.zeros(size), where=letters.draft > 0)[letter]
    left, excess = np.maximum(p - chosen, 0.0), np.maximum(chosen - p, 0.0)
    rejected = float(excess.sum())
    if rejected <= 0 or left.sum() <= 0:
        curve[1:] = 1.0
        return curve
    refused = np.bincount(letter, q * np.divide(excess, chosen, out=np.zeros_like(q), where=chosen > 0), size)
    first = np.zeros((size, size))  # chance that of letters (a, b) a is the chosen one
    for a in range(size):
        for b in range(a + 1, size):
            first[a, b] = prefers(a, b)
            first[b, a] = 1 - first[a, b]
    beside = 2 * refused @ first  # refused choices, with a draft of letter b beside them: this times q of the token
    if letters.tokens[-1] < 0:
        beside[-1] += refused[-1]  # two of the tail, tested in the order drawn
    hit = q * beside[letter]
    for k in range(2, most + 1):
        lucky = left / left.sum() @ (hit + (1 - (1 - q) ** (k - 2)) * (rejected - hit))
        curve[k - 1] = min(1.0, float(np.minimum(p, chosen).sum() + lucky))
    return curve
