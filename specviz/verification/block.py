"""Block verification: a chain is judged as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from specviz.records import ClosingKind, DraftTree, Rows, Sampling, State, Verdict
from specviz.seams import Chance
from specviz.verification.base import VERIFIERS


@VERIFIERS.register
@dataclass(frozen=True)
class Block:
    """The longest prefix that passes a test of its own; never fewer tokens than the token rule [15].

    1. w_0 = 1, w_i = min(1, w_{i-1} p(x_i) / q(x_i)).
    2. A_i = sum_y max(w_i p(y | x_1..x_i) - q(y | x_1..x_i), 0), h_i = A_i / (A_i + 1 - w_i); h_g = w_g.
    3. tau = the largest i whose coin falls below h_i, else 0; all coins are independent.
    4. At tau = g draw from p, else from norm(max(w_tau p - q, 0)).
    """

    name: ClassVar[str] = "block"
    title: ClassVar[str] = "Block verification"
    summary: ClassVar[str] = "The chain is judged as a whole: a late token can save an early one."
    cost: ClassVar[str] = "O(V) per node of the chain"
    reference: ClassVar[int] = 15
    accepts: ClassVar[frozenset[Sampling]] = frozenset({Sampling.SINGLE})
    lossless: ClassVar[bool] = True
    shares_clocks: ClassVar[bool] = False
    one_field_per_draft: ClassVar[bool] = False

    def verify(self, tree: DraftTree, target_rows: Rows, draft_rows: Rows, chance: Chance, position: int) -> Verdict:
        """From the end of the chain to its beginning. ValueError for a tree that is not a chain."""
        size = tree.size
        if (tree.parent[1:] != np.arange(size)).any():
            raise ValueError("Block verification needs a chain.")
        weight: list[Any] = [1]
        for node in range(1, size + 1):
            token = tree.ids[node]
            ratio = target_rows[node - 1][token] / draft_rows[node - 1][token]
            weight.append(min(1, weight[-1] * ratio))
        accept_prob = np.full(size + 1, np.nan)
        end = size
        while end > 0:
            prob = weight[end] if end == size else self._ends_here(weight[end], target_rows[end], draft_rows[end])
            accept_prob[end] = float(prob)
            if chance.coin(prob, end - 1, tree.ids[end]):
                break
            end -= 1
        law = target_rows[end]
        if end < size:
            left = np.maximum(weight[end] * law - draft_rows[end], 0)
            law = left if left.sum() > 0 else law
        state = np.full(size + 1, State.REJECTED, np.uint8)
        state[: end + 1] = State.ACCEPTED
        state[0] = State.ROOT
        closing = chance.pick(law, end)
        kind = ClosingKind.BONUS if end == size else ClosingKind.CORRECTION
        return Verdict(state, accept_prob, np.arange(1, end + 1, dtype=np.int32), closing, kind, chance.draws)

    @staticmethod
    def _ends_here(weight: Any, target_row: np.ndarray, draft_row: np.ndarray) -> Any:
        above = np.maximum(weight * target_row - draft_row, 0).sum()
        total = above + 1 - weight
        return above / total if total > 0 else 0  # 0 / 0: a position that is never the end
