"""The standard rule on the first draw; the replacement may be another child."""

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
class NaiveTree(TreeWalk):
    """The standard rule for the first draw x1 ~ q; where it fails, the residual token may hit another child [3].

    Acceptance for k independent draws: sum min(p, q) + sum max(p - q, 0) (1 - (1 - q)^(k-1)).
    """

    name: ClassVar[str] = "naive_tree"
    title: ClassVar[str] = "Naive tree"
    summary: ClassVar[str] = "Only the first guess is tested; the others count if the replacement happens to be one."
    cost: ClassVar[str] = "O(V) at a rejection"
    reference: ClassVar[int] = 3
    accepts: ClassVar[frozenset[Sampling]] = frozenset(
        {
            Sampling.SINGLE,
            Sampling.IID,
            Sampling.WITHOUT_REPLACEMENT,
            Sampling.HUB,
            Sampling.SHARED_RACE,
            Sampling.INDEPENDENT_RACES,
        }
    )

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """One coin, and perhaps a lucky hit."""
        if not view.tokens:
            return Decision(chance.pick(view.target_row, view.node), ())
        first, *others = dict.fromkeys(view.tokens)
        token, prob = standard_rule(view.target_row, view.draft_row, first, view.node, chance)
        tried = [(first, prob)]
        if token != first:
            tried += [(other, float("nan")) for other in others]
        return Decision(token, tuple(tried))
