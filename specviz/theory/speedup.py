"""Tokens per target pass and speed-up of a chain of drafts with one constant acceptance rate."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Array = NDArray[Any]


@overload
def block_efficiency(alpha: float, depth: float) -> float: ...
@overload
def block_efficiency(alpha: Array, depth: float | Array) -> FloatArray: ...
@overload
def block_efficiency(alpha: float, depth: Array) -> FloatArray: ...
def block_efficiency(alpha: Any, depth: Any) -> Any:
    """Expected tokens per target pass of a draft chain, closing token included: 1 + alpha + ... + alpha^depth.

    Equals (1 - alpha^(depth+1)) / (1 - alpha), and depth + 1 at alpha = 1. Assumes every token is accepted
    independently with the same chance. alpha: in [0, 1]. depth: whole draft tokens >= 0. Scalars or arrays, which are
    broadcast. Raises ValueError outside these ranges. Reference [5].
    """
    rate, length = _checked(alpha, depth)
    gap = 1.0 - rate
    with np.errstate(divide="ignore"):
        log_rate = np.log1p(-gap)
    geometric = -np.expm1((length + 1) * log_rate) / np.where(gap > 0, gap, 1.0)
    return _plain(np.where(gap > 0, geometric, length + 1.0))


@overload
def speedup(alpha: float, depth: float, cost_ratio: float) -> float: ...
@overload
def speedup(alpha: Array, depth: float | Array, cost_ratio: float) -> FloatArray: ...
@overload
def speedup(alpha: float, depth: Array, cost_ratio: float) -> FloatArray: ...
def speedup(alpha: Any, depth: Any, cost_ratio: float) -> Any:
    """Expected speed-up over plain decoding: block_efficiency(alpha, depth) / (1 + depth cost_ratio).

    cost_ratio: time of one draft pass divided by time of one target pass, >= 0; the target pass is taken to cost the
    same for 1 and for depth + 1 positions. Raises ValueError for a negative or not finite cost ratio and as
    `block_efficiency` does. Reference [5].
    """
    if not np.isfinite(cost_ratio) or cost_ratio < 0:
        raise ValueError("The cost ratio must be finite and not negative.")
    return _plain(block_efficiency(alpha, depth) / (1.0 + np.asarray(depth, dtype=np.float64) * cost_ratio))


def _checked(alpha: ArrayLike, depth: ArrayLike) -> tuple[FloatArray, FloatArray]:
    rate, length = np.asarray(alpha, dtype=np.float64), np.asarray(depth, dtype=np.float64)
    if not np.isfinite(rate).all() or (rate < 0).any() or (rate > 1).any():
        raise ValueError("An acceptance rate must lie in [0, 1].")
    if not np.isfinite(length).all() or (length < 0).any() or (length != np.floor(length)).any():
        raise ValueError("A draft depth must be a whole number that is not negative.")
    return rate, length


def _plain(values: Any) -> Any:
    return np.asarray(values, dtype=np.float64) if np.ndim(values) else float(values)
