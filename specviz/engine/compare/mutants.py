"""Wrong on purpose: a rule that a check of losslessness must catch. It is in no list of methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.records import Sampling
from specviz.seams import Chance
from specviz.verification.walk import Decision, NodeView, TreeWalk


@dataclass(frozen=True)
class ForgetsTheResidual(TreeWalk):
    """The standard rule, but a rejected guess is replaced by a draw from p instead of norm(max(p - q, 0)) [5].

    The output law is min(p, q) + TV(p, q) p, too much of what the draft model likes.
    """

    name: ClassVar[str] = "forgets_the_residual"
    title: ClassVar[str] = "A bug: replaced from p, not from the residual law"
    summary: ClassVar[str] = "A common mistake: after a rejection the replacement is drawn from the target's whole law."
    cost: ClassVar[str] = "O(V) at a rejection"
    reference: ClassVar[int] = 5
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE})
    lossless: ClassVar[bool] = False

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """One coin for the one child, and the wrong replacement."""
        if view.tokens:
            token = view.tokens[0]
            prob = min(1, view.target_row[token] / view.draft_row[token])
            if chance.coin(prob, view.node, token):
                return Decision(token, ((token, prob),))
            return Decision(chance.pick(view.target_row, view.node), ((token, prob),))
        return Decision(chance.pick(view.target_row, view.node), ())
