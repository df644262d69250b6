"""Passes of a chain along a text that is written already: their number is known without a single draw.

Let the target write x with probability p(x) where the draft model gives it q(x). The standard rule [5][6] writes x with
its guess in min(p, q)(x) of all cases, so of the texts that have x there the guess stands behind a share
min(1, q(x) / p(x)), whatever happened before and happens after. The places where passes begin are thus a Markov chain
along the text, and the text has as many passes as it has visits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from specviz.engine.decode import Models
from specviz.engine.probe.reading import rows_along
from specviz.engine.step import Pass
from specviz.records import Warp


def kept_along(models: Models, prompt_ids: Sequence[int], text: Sequence[int], warp: Warp) -> np.ndarray:
    """float64[n]: min(1, q(x) / p(x)) at each token x of a text, the chance that a guess there is kept."""
    p, q = rows_along(models, prompt_ids, text, warp)
    laws = [(p[place][token], q[place][token]) for place, token in enumerate(text)]
    return np.array([1.0 if draft >= target else float(draft / target) for target, draft in laws])


def passes_along(kept: np.ndarray, depth: int) -> tuple[float, float]:
    """Expected tokens and passes of a run with chains of `depth` tokens that ends with the pass which ends the text.

    kept: see `kept_along`; beyond the end of the text its mean stands in, or a short text would favour the depths that
    happen to divide it. A pass at place t takes j + 1 tokens where j guesses are kept and the next is not, and
    depth + 1 where all are.
    """
    size = len(kept)
    chances = np.concatenate([kept, np.full(depth, kept.mean())])
    begun = np.zeros(size + depth + 1)
    begun[0] = 1.0
    for place in range(size):
        alive = begun[place] * np.concatenate([[1.0], np.cumprod(chances[place : place + depth])])
        begun[place + 1 : place + depth + 1] += alive[:-1] - alive[1:]
        begun[place + depth + 1] += alive[-1]
    return float(begun[size:] @ np.arange(size, size + depth + 1)), float(begun[:size].sum())


def standard_means(one: Pass) -> np.ndarray:
    """float64[n]: expected tokens of the standard rule on a drafted chain of n tokens, cut at depth 1, 2, .. n.

    1 + sum_i prod_{j <= i} min(1, p / q).
    """
    tokens = one.tree.ids[1:]
    ratios = [one.target_rows[node][token] / one.draft_rows[node][token] for node, token in enumerate(tokens)]
    return np.asarray(1.0 + np.cumsum(np.cumprod(np.minimum(1.0, ratios))))
