"""How often each rule accepts at one position, by its name in the registry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from specviz.race import list_matching_probability, match_probability, rank_law
from specviz.theory.acceptance import k_seq_acceptance, look_acceptance, naive_tree_acceptance, recursive_acceptance
from specviz.theory.divergence import acceptance_rate
from specviz.theory.letters import canonical_curve, optimal_transport_acceptance
from specviz.theory.rejection_wor import rejection_chances
from specviz.theory.rejections import relaxed_acceptance
from specviz.theory.resolution import MOST_DRAFTS
from specviz.theory.transport import checked_laws, optimal_acceptance

IID, WITHOUT_REPLACEMENT, GREEDY = "iid", "without_replacement", "greedy"
# The ways to draw that a rule can be asked about, its own first.
DRAWN: dict[str, tuple[str, ...]] = {
    "token": (IID,),
    "relaxed": (IID,),
    "block": (IID,),
    "naive_tree": (IID,),
    "recursive_rejection": (IID,),
    "recursive_rejection_wor": (WITHOUT_REPLACEMENT,),
    "traversal": (IID, WITHOUT_REPLACEMENT),
    "k_seq": (IID,),
    "canonical": (IID,),
    "optimal_transport": (IID,),
    "gls": (IID,),
    "greedy": (GREEDY,),
    "spechub": (GREEDY,),
    "shared_race": (WITHOUT_REPLACEMENT,),
    "sample_and_look": (IID, WITHOUT_REPLACEMENT, GREEDY),
}
# The most drafts that a rule judges at one position.
MOST: dict[str, int] = {"token": 1, "relaxed": 1, "block": 1, "spechub": 2, "optimal_transport": MOST_DRAFTS}


def verifier_acceptance(
    name: str, p: ArrayLike, q: ArrayLike, k: int, sampling: str | None = None, epsilon: float = 0.1
) -> float:
    """Exact chance that the token a rule puts out is one of the k drafts at one position.

    name: as in the registry of verifiers; p, q: float64[V] laws. sampling: how the drafts are drawn, "iid",
    "without_replacement" or "greedy"; None is the way the rule is made for. SpecHub's pairs hold the same tokens as the
    greedy ones and count as such; the shared race's drafts are its own first arrivals, which are draws without
    replacement. `relaxed` is not lossless and reads epsilon: its number may exceed every optimum. Raises ValueError for
    a rule, a way to draw or a number of drafts that do not go together, and for what is no pair of laws. Reference [3].
    """
    drawn = _way(name, sampling)
    target, draft = checked_laws(p, q, k, drawn)
    if k > MOST.get(name, k):
        raise ValueError(f"The rule {name} judges at most {MOST[name]} at one position; {k} drafts were given.")
    if name == "relaxed":
        return min(1.0, float(draft @ relaxed_acceptance(target, draft, epsilon)))
    return float(min(1.0, _RULES[name](target, draft, int(k), drawn)))


def _way(name: str, sampling: str | None) -> str:
    """The way to draw that is meant; ValueError for a rule that is not known or does not judge such drafts."""
    if name not in DRAWN:
        raise ValueError(f"There is no rule called {name!r} with a known acceptance; there are {', '.join(DRAWN)}.")
    drawn = DRAWN[name][0] if sampling is None else sampling
    if drawn not in DRAWN[name]:
        raise ValueError(f"The rule {name} judges drafts drawn as {' or '.join(DRAWN[name])}, not {drawn!r}.")
    return drawn


def acceptance_curve(
    name: str, p: ArrayLike, q: ArrayLike, most: int, sampling: str | None = None, tolerance: float = 1e-5
) -> np.ndarray:
    """float64[n]: `verifier_acceptance` for 1, 2, ... drafts, as many as the rule judges but at most `most`; faster.

    tolerance: what the shared race's numbers may lack. Recursive rejection without replacement is within 5e-6.
    Arguments and errors otherwise as `verifier_acceptance`.
    """
    drawn = _way(name, sampling)
    most = min(most, MOST.get(name, most))
    target, draft = checked_laws(p, q, most, drawn)
    if name == "shared_race":
        law = rank_law(target, draft, most, repeats=False, tolerance=tolerance)
        return np.asarray(np.minimum(law.cumsum(), 1.0))
    if name == "canonical":
        return canonical_curve(target, draft, most)
    if drawn == WITHOUT_REPLACEMENT and _RULES[name] is recursive_acceptance:
        chances = rejection_chances(target, draft, min(most, int(np.count_nonzero(draft))))
        return np.asarray(1.0 - np.append(chances, np.full(most - len(chances), chances[-1])))
    return np.array([verifier_acceptance(name, target, draft, k, drawn) for k in range(1, most + 1)])


# What averages over many laws are made of; the other rules take about 0.1 s a law.
AVERAGED = ("naive_tree", "recursive_rejection", "recursive_rejection_wor", "k_seq", "gls", "greedy", "sample_and_look")
SLOW_DRAFTS = 6  # from here recursive rejection without replacement is no longer averaged


def quick_acceptances(p: np.ndarray, q: np.ndarray, k: int) -> dict[tuple[str, str], float]:
    """Acceptance by (rule, its way to draw) at one position, as `verifier_acceptance`, and ("optimum", way to draw).

    Recursive rejection without replacement is within 1e-4, and left out from 6 drafts on.
    """
    found = {("optimum", drawn): optimal_acceptance(p, q, k, drawn) for drawn in (IID, WITHOUT_REPLACEMENT, GREEDY)}
    for name in AVERAGED:
        drawn = DRAWN[name][0]
        if name != "recursive_rejection_wor":
            found[name, drawn] = verifier_acceptance(name, p, q, k, drawn)
        elif k < SLOW_DRAFTS:
            most = min(k, int(np.count_nonzero(q)))
            found[name, drawn] = 1.0 - float(rejection_chances(p, q, most, quick=True)[-1])
    return found


def _shared_race(p: np.ndarray, q: np.ndarray, k: int, _: str) -> float:
    return match_probability(p, q) if k == 1 else float(rank_law(p, q, k, repeats=False).sum())


_RULES: dict[str, Callable[[np.ndarray, np.ndarray, int, str], float]] = {
    "token": lambda p, q, k, drawn: acceptance_rate(p, q),
    "block": lambda p, q, k, drawn: acceptance_rate(p, q),
    "naive_tree": lambda p, q, k, drawn: naive_tree_acceptance(p, q, k),
    "recursive_rejection": recursive_acceptance,
    "recursive_rejection_wor": recursive_acceptance,
    "traversal": recursive_acceptance,
    "k_seq": lambda p, q, k, drawn: k_seq_acceptance(p, q, k),
    "greedy": optimal_acceptance,
    "spechub": optimal_acceptance,
    "sample_and_look": look_acceptance,
    "shared_race": _shared_race,
    "gls": lambda p, q, k, drawn: list_matching_probability(p, q, k),
    "optimal_transport": lambda p, q, k, drawn: optimal_transport_acceptance(p, q, k),
    "canonical": lambda p, q, k, drawn: float(canonical_curve(p, q, k)[-1]),
}
