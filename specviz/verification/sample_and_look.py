"""Draw the target's token first, then look whether it was guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.records import Sampling
from specviz.seams import Chance
from specviz.verification.base import ANY_TREE, VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class SampleAndLook(TreeWalk):
    """y ~ p; go on where a child carries y. Exact for every tree: it reads no draft probability [3].

    A fixed set S of children is accepted with probability p(S).
    """

    name: ClassVar[str] = "sample_and_look"
    title: ClassVar[str] = "Sample and look"
    summary: ClassVar[str] = "The target draws its token; a guess is accepted if it is that token."
    cost: ClassVar[str] = "O(V) per visited node, for the draw itself"
    reference: ClassVar[int] = 3
    accepts: ClassVar[frozenset[Sampling]] = ANY_TREE

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """One draw from the target's row."""
        row = view.target_row
        tried = tuple((token, row[token]) for token in dict.fromkeys(view.tokens))
        return Decision(chance.pick(row, view.node), tried)
