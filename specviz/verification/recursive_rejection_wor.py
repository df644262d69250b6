"""Recursive rejection for siblings drawn without replacement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.records import Sampling
from specviz.seams import Chance
from specviz.verification.base import VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk, positive_part


@VERIFIERS.register
@dataclass(frozen=True)
class RecursiveRejectionWor(TreeWalk):
    """Recursive rejection whose draft law forgets each rejected token [9][17].

    r = p, s = q; for each draw x: accept with min(1, r(x) / s(x)), else r = norm(max(r - s, 0)), s(x) = 0, s = norm(s).
    """

    name: ClassVar[str] = "recursive_rejection_wor"
    title: ClassVar[str] = "Recursive rejection without replacement"
    summary: ClassVar[str] = "Recursive rejection for guesses that never repeat a sibling."
    reference: ClassVar[int] = 9
    accepts: ClassVar[frozenset[Sampling]] = frozenset(
        {Sampling.SINGLE, Sampling.WITHOUT_REPLACEMENT, Sampling.SHARED_RACE}
    )

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The children in the order they were drawn."""
        residual = view.target_row
        draft = view.draft_row.copy() if view.tokens else residual
        tried: list[tuple[int, float]] = []
        for token in view.tokens:
            prob = min(1, residual[token] / draft[token])
            tried.append((token, prob))
            if chance.coin(prob, view.node, token):
                return Decision(token, tuple(tried))
            residual = positive_part(residual, draft)
            draft[token] = 0 * draft[token]
            mass = draft.sum()
            if mass > 0:
                draft = draft / mass
        return Decision(chance.pick(residual, view.node), tuple(tried))
