"""The optimal rule for independent drafts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from specviz.records import Sampling
from specviz.rules import standard_rule
from specviz.seams import Chance
from specviz.theory.alphabet import Alphabet, totals
from specviz.theory.resolution import MOST_DRAFTS
from specviz.verification.base import VERIFIERS
from specviz.verification.residual import Residual
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class OptimalTransport(TreeWalk):
    """Share every set of k independent drafts out among its tokens as the optimal transport does [3][26].

    1. Letters: the weightiest tokens, as many as leave at most 5,000 sets of k; all other tokens are one letter.
    2. The split S(i, x) of the optimum on the letters; T(i) = sum over sets of D(x) S(i, x), clipped by min(1, p / T).
    3. Letter i of the drafted set is the answer with chance S(i, x); else a letter of norm(p - T) is drawn.
    4. The tail's letter is opened by recursive rejection among the drafts that fell into it.
    Lossless whatever the solver reached, because the rest is drawn from what the added-up totals really leave. Where
    all tokens are letters, the acceptance is the optimum to 1e-9; else it lacks at most the tail's own rejections,
    min(p(tail), 1 - (1 - q(tail))^k) (1 - acceptance inside the tail). Only the first 8 draws of a node are used.
    """

    name: ClassVar[str] = "optimal_transport"
    title: ClassVar[str] = "Optimal transport"
    summary: ClassVar[str] = "Accepts as often as any exact rule can for independent guesses."
    cost: ClassVar[str] = "O(V) plus a convex problem of at most 100 unknowns and 5,000 sets, per node"
    reference: ClassVar[int] = 26
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE, Sampling.IID, Sampling.INDEPENDENT_RACES})

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """One coin for each distinct draft, in the order drawn."""
        p, node = view.target_row, view.node
        if not view.tokens:
            return Decision(chance.pick(p, node), ())
        draws = list(view.tokens)[:MOST_DRAFTS]
        if len(draws) == 1:  # the standard rule is the optimum, for any vocabulary
            token, prob = standard_rule(p, view.draft_row, draws[0], node, chance)
            return Decision(token, ((draws[0], prob),))
        letters = Alphabet.of(p, view.draft_row, len(draws))
        plan, law = letters.split(len(draws))
        taken = totals(plan.sets.members, law[:, None] * plan.share, len(letters.tokens))
        scale = np.array(
            [min(1, have / need) if need > 0 else 0 * need for have, need in zip(letters.target, taken, strict=True)]
        )
        shown = tuple(sorted({int(letters.letter[token]) for token in draws}))
        share = dict(zip(shown, plan.share[plan.sets.place[shown]], strict=False))
        tried, undecided = [], 1 + 0 * p[0]
        for token in dict.fromkeys(draws):
            letter = int(letters.letter[token])
            if letter not in share:  # another token of the tail has had the letter's coin
                continue
            amount = share.pop(letter) * scale[letter]
            prob = min(1, amount / undecided) if undecided > 0 else 0 * undecided
            tried.append((token, prob))
            if chance.coin(prob, node, token):
                return Decision(
                    token if letters.tokens[letter] >= 0 else self._tail(view, letters, draws, chance), tuple(tried)
                )
            undecided = undecided - amount
        left = np.maximum(letters.target - scale * taken, 0)
        return Decision(self._open(letters, left if left.sum() > 0 else letters.target, view, chance), tuple(tried))

    @staticmethod
    def _open(letters: Alphabet, law: Any, view: NodeView, chance: Chance) -> int:
        """A token from a law of letters: the tail's part keeps the target's proportions."""
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.array([a / b if b > 0 else 0 * a for a, b in zip(law, letters.target, strict=True)])
        return chance.pick(view.target_row * factor[letters.letter], view.node)

    @staticmethod
    def _tail(view: NodeView, letters: Alphabet, draws: list[int], chance: Chance) -> int:
        """A token of the tail with the target's law there, given the draws that fell into the tail."""
        tail = len(letters.tokens) - 1
        inside = letters.letter == tail
        p, q = (np.where(inside, row, 0.0) for row in (view.target_row, view.draft_row))
        left = Residual(p / p.sum(), q / q.sum())
        for token in (token for token in draws if inside[token]):
            if chance.coin(left.chance(token), view.node, token):
                return token
            left.reject()
        return chance.pick(left.law(), view.node)
