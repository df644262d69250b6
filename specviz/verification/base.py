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
    Sampling.SHARED_RACE: "arrivals of a race, which are draws without replacement",
}


def make_verifier(name: str) -> Verifier:
    """The verifier called `name`; ValueError names the known ones."""
    return VERIFIERS.get(name)()


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
