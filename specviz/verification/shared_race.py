"""The target runs its race on the draft's clocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.chance import Ask, race_at
from specviz.records import Sampling
from specviz.seams import Chance
from specviz.verification.base import ANY_TREE, VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class SharedRace(TreeWalk):
    """y = argmin clock / p at each position; a guess is accepted if it is y [2].

    The emitted token depends on the clocks and on the target alone, so the text is the same for every drafter and
    every tree: the drafts decide only how many passes it takes.
    """

    name: ClassVar[str] = "shared_race"
    title: ClassVar[str] = "Shared race"
    summary: ClassVar[str] = "Draft and target race on the same clocks; a guess is accepted if it wins both races."
    cost: ClassVar[str] = "O(V) per visited node"
    reference: ClassVar[int] = 2
    accepts: ClassVar[frozenset[Sampling]] = ANY_TREE
    shares_clocks: ClassVar[bool] = True

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The first arrival under the target."""
        winner = race_at(chance, view.target_rows, [Ask(view.node, view.node, view.position, 1)])[0].tokens[0]
        return Decision(winner, tuple((token, float("nan")) for token in dict.fromkeys(view.tokens)))
