"""From log-probabilities to next-token laws, on the host; what `specviz.models.laws` does on the device."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specviz.records.settings import Warp


def warped(logits: NDArray[Any], warp: Warp) -> NDArray[np.float64]:
    """Laws float64[..., V] from logits [..., V]: temperature, then the top-k, then the top-p nucleus.

    Temperature 0 is one-hot at the largest logit (the first of equal ones). The most probable token always stays.
    """
    scores = np.asarray(logits, np.float64)
    size = scores.shape[-1]
    if warp.temperature == 0:
        return np.asarray(np.arange(size) == scores.argmax(axis=-1)[..., None], np.float64)
    scores = scores / warp.temperature
    if 0 < warp.top_k < size:
        least = np.partition(scores, size - warp.top_k, axis=-1)[..., size - warp.top_k, None]
        scores = np.where(scores < least, -np.inf, scores)
    law = np.exp(scores - scores.max(axis=-1, keepdims=True))
    law /= law.sum(axis=-1, keepdims=True)
    if warp.top_p < 1:
        order = np.argsort(-law, axis=-1, kind="stable")
        ordered = np.take_along_axis(law, order, -1)
        ordered = np.where(ordered.cumsum(axis=-1) - ordered >= warp.top_p, 0.0, ordered)
        np.put_along_axis(law, order, ordered, -1)
        law /= law.sum(axis=-1, keepdims=True)
    return np.asarray(law)
