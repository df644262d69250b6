"""Where the nodes of a tree stand: one column per depth, leaves in rank order, parents between their children."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def leaf_layout(children: Sequence[Sequence[int]]) -> np.ndarray:
    """float64[n]: the row of each node; leaves stand at 0, 1, 2, ... from top to bottom, a parent in the middle.

    children: for each node its children from top to bottom; a child has a larger number than its parent, or is drawn
    anywhere below it. Iterative, O(n).
    """
    rows = np.zeros(len(children))
    slot = 0
    stack: list[tuple[int, bool]] = [(0, False)]
    while stack:
        node, ready = stack.pop()
        below = children[node]
        if not below:
            rows[node] = slot
            slot += 1
        elif ready:
            rows[node] = (rows[below[0]] + rows[below[-1]]) / 2
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(below))
    return rows
