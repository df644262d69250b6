"""The optimal rule for the top tokens and one draw from the rest."""

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
class Greedy(TreeWalk):
    """Test only the drawn token; what it leaves may hit one of the fixed ones [3].

    S = the fixed tokens, s = norm(q without S). Accept x ~ s with min(1, p(x) / s(x)), else draw from
    norm(max(p - s, 0)). Acceptance p(S) + sum min(p, s): the optimum for the top tokens and one draw. Draws without
    replacement fit too, because the last of them follows s whatever the others are; there it is not the optimum.
    """

    name: ClassVar[str] = "greedy"
    title: ClassVar[str] = "Greedy multi-draft"
    summary: ClassVar[str] = "Optimal for the top guesses plus one drawn from the rest."
    cost: ClassVar[str] = "O(V) at a rejection"
    reference: ClassVar[int] = 3
    accepts: ClassVar[frozenset[Sampling]] = frozenset(
        {Sampling.SINGLE, Sampling.TOP_AND_ONE, Sampling.WITHOUT_REPLACEMENT, Sampling.SHARED_RACE}
    )

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The last child is the drawn one."""
        if not view.tokens:
            return Decision(chance.pick(view.target_row, view.node), ())
        *fixed, drawn = view.tokens
        rest = view.draft_row.copy()
        rest[fixed] = 0 * rest[0]
        left = Residual(view.target_row, rest / rest.sum())
        prob = left.chance(drawn)
        if chance.coin(prob, view.node, drawn):
            return Decision(drawn, ((drawn, prob),))
        left.reject()
        tried = ((drawn, prob), *((token, float("nan")) for token in fixed))
        return Decision(chance.pick(left.law(), view.node), tried)
