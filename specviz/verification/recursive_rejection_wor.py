"""Recursive rejection for siblings drawn without replacement."""

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
class RecursiveRejectionWor(TreeWalk):
    """Recursive rejection whose draft law forgets each rejected token [9][17].

    r = p, s = q; for each draw x: accept with min(1, r(x) / s(x)), else r = norm(max(r - s, 0)), s(x) = 0, s = norm(s).
    """

    name: ClassVar[str] = "recursive_rejection_wor"
    title: ClassVar[str] = "Recursive rejection without replacement"
    summary: ClassVar[str] = "Recursive rejection for guesses that never repeat a sibling."
    cost: ClassVar[str] = "O(V) per rejection"
    reference: ClassVar[int] = 9
    accepts: ClassVar[frozenset[Sampling]] = frozenset(
        {Sampling.SINGLE, Sampling.WITHOUT_REPLACEMENT, Sampling.SHARED_RACE}
    )

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The children in the order they were drawn."""
        if not view.tokens:
            return Decision(chance.pick(view.target_row, view.node), ())
        left = Residual(view.target_row, view.draft_row)
        untried = 1 + 0 * view.draft_row[0]  # mass of the draft law that is left
        tried = []
        for token in view.tokens:
            prob = left.chance(token, untried)
            tried.append((token, prob))
            if chance.coin(prob, view.node, token):
                return Decision(token, tuple(tried))
            left.reject(untried)
            untried = untried - view.draft_row[token]
        return Decision(chance.pick(left.law(), view.node), tuple(tried))
