"""Recursive rejection for independent siblings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.records import Sampling
from specviz.seams import Chance
from specviz.verification.base import VERIFIERS
from specviz.verification.residual import Residual
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class RecursiveRejection(TreeWalk):
    """Try the draws one after the other against what is left of the target's law [8].

    r = p; for each draw x: accept with min(1, r(x) / q(x)), else r = norm(max(r - q, 0)); at the end draw from r.
    """

    name: ClassVar[str] = "recursive_rejection"
    title: ClassVar[str] = "Recursive rejection"
    summary: ClassVar[str] = "Each guess is tried against the residual law that the earlier ones left."
    cost: ClassVar[str] = "O(V) per rejection"
    reference: ClassVar[int] = 8
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE, Sampling.IID, Sampling.INDEPENDENT_RACES})

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The draws in their order, repeats included: each one uses up its share of the law."""
        if not view.tokens:
            return Decision(chance.pick(view.target_row, view.node), ())
        left = Residual(view.target_row, view.draft_row)
        tried = []
        for token in view.tokens:
            prob = left.chance(token)
            tried.append((token, prob))
            if chance.coin(prob, view.node, token):
                return Decision(token, tuple(tried))
            left.reject()
        return Decision(chance.pick(left.law(), view.node), tuple(tried))
