"""How often every rule accepts along measured texts: sums over the positions of each text."""

from __future__ import annotations

import numpy as np

from specviz.race import rank_law
from specviz.records import PairLaws, Warp
from specviz.theory import optimal_acceptance, verifier_acceptance
from specviz.theory.by_rule import DRAWN, MOST
from specviz.theory.transport import SAMPLINGS

OPTIMUM = "optimum"
LACKING = 1e-3  # what the shared race may lack at a position, for speed
# One draft, not lossless, or at one position the same rule as recursive rejection.
_LEFT_OUT = ("token", "block", "relaxed", "traversal")


def ranked_rules(k: int) -> list[tuple[str, str]]:
    """(rule, way to draw) of the three optima and of every rule that judges k drafts at a position."""
    return [(OPTIMUM, drawn) for drawn in SAMPLINGS] + [
        (name, drawn)
        for name, ways in DRAWN.items()
        for drawn in ways
        if name not in _LEFT_OUT and k <= MOST.get(name, k)
    ]


def acceptance_sums(laws: PairLaws, text: int, warp: Warp, k: int) -> dict[tuple[str, str], float]:
    """Acceptance by (rule, way to draw), summed over the positions of one text; about 0.2 s a position."""
    sums = dict.fromkeys(ranked_rules(k), 0.0)
    for position in np.flatnonzero(laws.text == text):
        p, q = laws.laws(int(position), warp)
        for name, drawn in sums:
            sums[name, drawn] += _acceptance(name, p, q, k, drawn)
    return sums


def _acceptance(name: str, p: np.ndarray, q: np.ndarray, k: int, drawn: str) -> float:
    if name == OPTIMUM:
        return optimal_acceptance(p, q, k, drawn)
    if name == "shared_race":
        return float(rank_law(p, q, k, repeats=False, tolerance=LACKING).sum())
    return verifier_acceptance(name, p, q, k, drawn)
