"""Two drafts, one test: choose which draft to try, then the standard rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.records import DrawKind, Sampling
from specviz.rules import standard_rule
from specviz.seams import Chance
from specviz.theory.alphabet import Alphabet
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
        chosen_law, prefers = letters.choice()
        a, b = int(letters.letter[first]), int(letters.letter[second])
        chosen = first if a == b or chance.coin(prefers(a, b), node, first, DrawKind.CHOICE) else second
        factor = np.array([r / q if q > 0 else 0 * q for r, q in zip(chosen_law, letters.draft, strict=True)])
        token, prob = standard_rule(p, view.draft_row * factor[letters.letter], chosen, node, chance)
        return Decision(token, ((chosen, prob),))
