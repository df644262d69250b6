"""What every verifier shares: the registry, and the reason why a drafter does not fit."""

from __future__ import annotations

from specviz.records import Sampling
from specviz.registry import Registry
from specviz.seams import Drafter, Verifier

VERIFIERS: Registry[Verifier] = Registry("specviz.verification", "verifier")

ANY_TREE = frozenset(Sampling)

_HOW = {
    Sampling.SINGLE: "one draw per node",
    Sampling.IID: "independent draws",
    Sampling.WITHOUT_REPLACEMENT: "draws without replacement",
    Sampling.TOP: "tokens chosen by probability, not drawn",
    Sampling.TOP_AND_ONE: "the most probable tokens and one draw from the rest",
    Sampling.HUB: "a draw and the most probable token",
    Sampling.SHARED_RACE: "arrivals of a race, which are draws without replacement",
    Sampling.CHOSEN_RACE: "arrivals of a race, kept or dropped by their times",
    Sampling.INDEPENDENT_RACES: "first arrivals of independent races",
}


def make_verifier(spec: str) -> Verifier:
    """The verifier that a spec asks for: a name, or a name with arguments; ValueError says what is wrong with it."""
    return VERIFIERS.make(spec)


def why_not(drafter: Drafter | type[Drafter], verifier: Verifier | type[Verifier]) -> str | None:
    """None when the verifier stays exact on this drafter's trees, else the reason in one sentence."""
    if drafter.sampling in verifier.accepts:
        return None
    needed = " or ".join(_HOW[s] for s in Sampling if s in verifier.accepts)
    return (
        f"{verifier.title} needs siblings that are {needed}; "
        f"the drafter {drafter.title} gives {_HOW[drafter.sampling]}, so the output law would no longer "
        "be the target's."
    )
