"""Accept a little more than exactness allows: not lossless."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from specviz.records import Sampling
from specviz.registry import parameter
from specviz.seams import Chance
from specviz.verification.base import VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class Relaxed(TreeWalk):
    """b(x) = min(1, (p(x) + epsilon) / q(x)), and where it fails the residual norm(max(p - b q, 0)) [4].

    That residual loses least: the output law is sum max(b q - p, 0) away from p in total variation, and the chance of a
    rejection and that loss add up to TV(p, q). epsilon = 0 is the standard rule.
    """

    name: ClassVar[str] = "relaxed"
    title: ClassVar[str] = "Relaxed (not lossless)"
    summary: ClassVar[str] = "Accepts more guesses and gives up part of the target's law for it."
    cost: ClassVar[str] = "O(V) at a rejection"
    reference: ClassVar[int] = 4
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE})
    lossless: ClassVar[bool] = False
    epsilon: float = parameter(0.1, 0.0, 1.0, "added to p in the test")

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """One coin for the one child."""
        p = view.target_row
        if not view.tokens:
            return Decision(chance.pick(p, view.node), ())
        q, token = view.draft_row, view.tokens[0]
        epsilon = type(p[0])(self.epsilon)  # floats and Fractions do not mix exactly
        prob = min(1, (p[token] + epsilon) / q[token])
        if chance.coin(prob, view.node, token):
            return Decision(token, ((token, prob),))
        left = np.maximum(p - np.minimum(q, p + epsilon), 0)
        return Decision(chance.pick(left if left.sum() > 0 else p, view.node), ((token, prob),))
