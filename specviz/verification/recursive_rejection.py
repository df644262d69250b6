"""Recursive rejection for independent siblings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.records import Sampling
from specviz.seams import Chance
from specviz.verification.base import VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk, positive_part


@VERIFIERS.register
@dataclass(frozen=True)
class RecursiveRejection(TreeWalk):
    """Try the draws one after the other against what is left of the target's law [8].

    r = p; for each draw x: accept with min(1, r(x) / q(x)), else r = norm(max(r - q, 0)); at the end draw from r.
    """

    name: ClassVar[str] = "recursive_rejection"
    title: ClassVar[str] = "Recursive rejection"
    summary: ClassVar[str] = "Each guess is tried against the residual law that the earlier ones left."
    reference: ClassVar[int] = 8
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE, Sampling.IID})

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The draws in their order, repeats included: each one uses up its share of the law."""
        residual = view.target_row
        tried: list[tuple[int, float]] = []
        for token in view.tokens:
            prob = min(1, residual[token] / view.draft_row[token])
            tried.append((token, prob))
            if chance.coin(prob, view.node, token):
                return Decision(token, tuple(tried))
            residual = positive_part(residual, view.draft_row)
        return Decision(chance.pick(residual, view.node), tuple(tried))
