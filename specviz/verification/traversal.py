"""Traversal verification: leaves first, a parent only after all its children failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from specviz.records import ClosingKind, DraftTree, Rows, Sampling, State, Verdict
from specviz.seams import Chance
from specviz.verification.base import VERIFIERS
from specviz.verification.residual import Residual


@VERIFIERS.register
@dataclass(frozen=True)
class Traversal:
    """Judge whole paths of a tree, from the leaves to the root [25].

    visit(node, w): for each child x in the order drawn: visit(child, min(1, w b(x) / s(x))), where b and s start as the
    two laws after the node; where it fails A = sum max(w b - s, 0), b = norm(max(w b - s, 0)), w = A / (A + 1 - w), and
    x leaves s if siblings do not repeat. After the last child the node itself is accepted with w, and a token of b
    closes the path. The root has w = 1. On a chain this is block verification, at depth 1 recursive rejection.
    """

    name: ClassVar[str] = "traversal"
    title: ClassVar[str] = "Traversal verification"
    summary: ClassVar[str] = "Whole paths are judged from their ends: a late guess can save an early one."
    cost: ClassVar[str] = "O(V) per node visited, up to the whole tree"
    reference: ClassVar[int] = 25
    accepts: ClassVar[frozenset[Sampling]] = frozenset(
        {Sampling.SINGLE, Sampling.IID, Sampling.WITHOUT_REPLACEMENT, Sampling.INDEPENDENT_RACES}
    )
    lossless: ClassVar[bool] = True
    shares_clocks: ClassVar[bool] = False
    one_field_per_draft: ClassVar[bool] = False

    def verify(self, tree: DraftTree, target_rows: Rows, draft_rows: Rows, chance: Chance, position: int) -> Verdict:
        """Depth first."""
        visit = _Visit(tree, target_rows, draft_rows, chance)
        visit.state[0] = State.ROOT
        end, law = visit.accept(0, 1)
        path = tree.path(end)
        visit.state[list(path)] = State.ACCEPTED
        kind = ClosingKind.CORRECTION if tree.children[end] else ClosingKind.BONUS
        closing = chance.pick(law, end)
        return Verdict(visit.state, visit.accept_prob, np.array(path, np.int32), closing, kind, chance.draws)


@dataclass
class _Visit:
    """One walk through one tree."""

    tree: DraftTree
    target_rows: Rows
    draft_rows: Rows
    chance: Chance
    state: np.ndarray = field(init=False)
    accept_prob: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.state = np.full(self.tree.size + 1, State.UNSEEN, np.uint8)
        self.accept_prob = np.full(self.tree.size + 1, np.nan)

    def accept(self, node: int, weight: Any) -> tuple[int, np.ndarray]:
        """The node that the path ends at, and the law of the closing token; node -1 when nothing here is accepted."""
        law, mass = self.target_rows[node], weight
        children = self.tree.trials(node)
        if children:
            draft_row = self.draft_rows[node]
            left = Residual(law, draft_row, weight)
            untried = 1 + 0 * draft_row[0]
            for child in children:
                token = self.tree.ids[child]
                prob = left.chance(token, untried)
                if np.isnan(self.accept_prob[child]):  # a repeated draw keeps the chance of its first trial
                    self.accept_prob[child] = float(prob)
                    self.state[child] = State.REJECTED
                if prob > 0:
                    end, closing_law = self.accept(child, prob)
                    if end >= 0:
                        return end, closing_law
                left.reject(untried)
                if self.tree.sampling == Sampling.WITHOUT_REPLACEMENT:
                    untried = untried - draft_row[token]
            law, mass = left.law(), left.mass
        if node == 0:
            return 0, law
        if self.chance.coin(mass, int(self.tree.parent[node]), self.tree.ids[node]):
            return node, law
        return -1, law
