"""k sequential tests with one common factor."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from specviz.records import Sampling
from specviz.seams import Chance
from specviz.theory import k_seq_factor
from specviz.verification.base import VERIFIERS
from specviz.verification.walk import Decision, NodeView, TreeWalk


@VERIFIERS.register
@dataclass(frozen=True)
class KSeq(TreeWalk):
    """Accept each of k independent draws with min(1, p(x) / (rho q(x))), rho as small as losslessness allows [7].

    beta = sum min(p / rho, q), accepted A = 1 - (1 - beta)^k; where all fail, draw from
    norm(p - min(p / rho, q) A / beta). rho solves A = rho beta; any larger rho is lossless too.
    """

    name: ClassVar[str] = "k_seq"
    title: ClassVar[str] = "K-SEQ"
    summary: ClassVar[str] = "Every guess faces the same, slightly stricter test; no residual is passed on."
    cost: ClassVar[str] = "O(V) per node, plus a sort of the tokens with 1 < p / q < k"
    reference: ClassVar[int] = 7
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE, Sampling.IID, Sampling.INDEPENDENT_RACES})

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        """The draws in their order, repeats included."""
        if not view.tokens:
            return Decision(chance.pick(view.target_row, view.node), ())
        p, q, k = view.target_row, view.draft_row, len(view.tokens)
        factor = k_seq_factor(p, q, k)
        if p.dtype == object:
            factor = Fraction(factor)
        tried = []
        for token in view.tokens:
            prob = min(1, p[token] / (factor * q[token]))
            tried.append((token, prob))
            if chance.coin(prob, view.node, token):
                return Decision(token, tuple(tried))
        kept = np.minimum(p / factor, q)
        beta = kept.sum()
        left = np.maximum(p - kept * ((1 - (1 - beta) ** k) / beta), 0) if beta > 0 else p
        return Decision(chance.pick(left if left.sum() > 0 else p, view.node), tuple(tried))
