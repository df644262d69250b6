"""The optimal rule for pairs with the most probable token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.records import Sampling
from specviz.rules import standard_rule
from specviz.seams import Chance
from specviz.verification.base import VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class SpecHub(TreeWalk):
    """Two drafts, one of which is a = argmax q; the joint law is sparse enough for the optimal coupling in O(V) [18].

    Q(x, a) = q(x);  Q(a, x) = q(a) q(x) / (1 - q(a)). 1. p serves Q(x, a). 2. What is left of p serves Q(a, x).
    3. What p(a) still has serves the pairs whose x was refused.
    """

    name: ClassVar[str] = "spechub"
    title: ClassVar[str] = "SpecHub"
    summary: ClassVar[str] = "Optimal for two guesses of which one is always the draft's favourite."
    cost: ClassVar[str] = "O(V) per node"
    reference: ClassVar[int] = 18
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE, Sampling.HUB})

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The pair in the order it was drawn; a lone child is an ordinary draw. ValueError for more than two."""
        p, node = view.target_row, view.node
        if not view.tokens:
            return Decision(chance.pick(p, node), ())
        if len(view.tokens) == 1:
            token, prob = standard_rule(p, view.draft_row, view.tokens[0], node, chance)
            return Decision(token, ((view.tokens[0], prob),))
        if len(view.tokens) > 2:
            raise ValueError("SpecHub needs one or two guesses at a node.")
        q, first, second = view.draft_row, *view.tokens
        hub = int(np.argmax(q))
        pair_first, pair_second = q.copy(), q * (q[hub] / (1 - q[hub]))  # Q(x, a) and Q(a, x)
        pair_first[hub] = pair_second[hub] = 0 * q[hub]
        after_first = np.maximum(p - pair_first, 0)
        after_first[hub] = 0 * p[hub]
        left = np.maximum(after_first - pair_second, 0)
        refused_first = np.maximum(pair_first - p, 0).sum()
        refused_second = np.maximum(pair_second - after_first, 0).sum()
        hub_left = max(p[hub] - refused_second, 0)
        if second == hub:
            tests = [(first, p[first], pair_first[first]), (hub, hub_left, refused_first)]
        else:
            tests = [(second, after_first[second], pair_second[second]), (hub, p[hub], refused_second)]
        tried = []
        for token, have, need in tests:
            prob = min(1, have / need) if need > 0 else 1
            tried.append((token, prob))
            if chance.coin(prob, node, token):
                return Decision(token, tuple(tried))
        left[hub] = max(hub_left - refused_first, 0)
        return Decision(chance.pick(left if left.sum() > 0 else p, node), tuple(tried))
