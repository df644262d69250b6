"""The standard acceptance rule: the one step that verifiers and a hierarchy of drafters share."""

from __future__ import annotations

from typing import Any

import numpy as np

from specviz.seams import Chance


def standard_rule(target_row: np.ndarray, draft_row: np.ndarray, drafted: int, node: int, chance: Chance) -> Any:
    """The next token and the chance of the drafted one: accept with min(1, p / q), else norm(max(p - q, 0)) [5][6].

    The token follows p exactly when `drafted` was drawn from q. Rows: array[V], floats or Fractions.
    """
    prob = min(1, target_row[drafted] / draft_row[drafted])
    if chance.coin(prob, node, drafted):
        return drafted, prob
    left = np.maximum(target_row - draft_row, 0)
    # Nothing is left only where p = q, and there a rejection has chance 0 and comes from rounding alone.
    return chance.pick(left if left.sum() > 0 else target_row, node), prob
