"""Two drafts, one test: choose which draft to try, then the standard rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from specviz.records import DrawKind, Sampling
from specviz.rules import standard_rule
from specviz.seams import Chance
from specviz.verification.alphabet import Alphabet, totals
from specviz.verification.base import VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class Canonical(TreeWalk):
    """Of two independent drafts {i, j} put i to the test with chance b_ij; the choice has the law

        r(i) = q(i)^2 + sum over j of 2 q(i) q(j) b_ij,

    and the standard rule follows with r in the place of q [27]. With the b of the optimal transport, sum min(p, r) is
    the optimum for two drafts. Pairs within the tail beyond the weightiest tokens are tested in the order drawn. A lone
    draft meets the standard rule; of more than two draws the first two are used.
    """

    name: ClassVar[str] = "canonical"
    title: ClassVar[str] = "Canonical decomposition"
    summary: ClassVar[str] = "Picks the better of two guesses and tests that one: optimal for two."
    cost: ClassVar[str] = "O(V) plus a convex problem of at most 100 unknowns, per node"
    reference: ClassVar[int] = 27
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE, Sampling.IID, Sampling.INDEPENDENT_RACES})

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """One choice, one coin."""
        p, node = view.target_row, view.node
        if not view.tokens:
            return Decision(chance.pick(p, node), ())
        first, second = (*view.tokens, view.tokens[0])[:2]
        if len(view.tokens) == 1:
            token, prob = standard_rule(p, view.draft_row, first, node, chance)
            return Decision(token, ((first, prob),))
        letters = Alphabet.of(p, view.draft_row, 2)
        chosen_law, prefers = self._choice(letters)
        a, b = int(letters.letter[first]), int(letters.letter[second])
        chosen = first if a == b or chance.coin(prefers(a, b), node, first, DrawKind.CHOICE) else second
        factor = np.array([r / q if q > 0 else 0 * q for r, q in zip(chosen_law, letters.draft, strict=True)])
        token, prob = standard_rule(p, view.draft_row * factor[letters.letter], chosen, node, chance)
        return Decision(token, ((chosen, prob),))

    @staticmethod
    def _choice(letters: Alphabet) -> tuple[Any, Any]:
        """The law of the chosen letter, and the chance that of two letters the first is chosen."""
        plan, law = letters.split(2)
        members, share = plan.sets.members, plan.share
        sums = share.sum(axis=1)
        half = np.array([(1 + 0 * total) / 2 for total in sums])
        pair = members[:, -1] < len(letters.tokens)
        with np.errstate(divide="ignore", invalid="ignore"):
            to_first = np.where(sums > 0, share[:, 0] / np.where(sums > 0, sums, 1 + 0 * sums), half)
        choice = np.stack([np.where(pair, to_first, 1 + 0 * sums), np.where(pair, 1 - to_first, 0 * sums)], axis=1)

        def prefers(a: int, b: int) -> Any:
            return choice[plan.sets.place[min(a, b), max(a, b)], 0 if a < b else 1]

        return totals(members, law[:, None] * choice, len(letters.tokens)), prefers
