"""The standard rule on a chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.records import Sampling
from specviz.rules import standard_rule
from specviz.seams import Chance
from specviz.verification.base import VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class Token(TreeWalk):
    """Accept x with min(1, p(x) / q(x)), else draw from norm(max(p - q, 0)) [5][6]. Acceptance = 1 - TV(p, q)."""

    name: ClassVar[str] = "token"
    title: ClassVar[str] = "Standard rule, token by token"
    summary: ClassVar[str] = "Each guess is kept with chance p / q; the first one that fails is replaced."
    cost: ClassVar[str] = "O(1) per guess, O(V) at the rejection"
    reference: ClassVar[int] = 5
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE})

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """One coin for the one child. ValueError for a tree that is not a chain."""
        if not view.tokens:
            return Decision(chance.pick(view.target_row, view.node), ())
        drafted, *others = view.tokens
        if others:
            raise ValueError("The standard rule needs a chain.")
        token, prob = standard_rule(view.target_row, view.draft_row, drafted, view.node, chance)
        return Decision(token, ((drafted, prob),))
