"""How far two next-token laws are apart, and how uncertain a law is. p = target, q = draft.

Laws must sum to 1 up to the rounding of a float32 softmax, which is divided out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
SUM_TOLERANCE = 1e-4


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """Total variation distance of two laws: TV(p, q) = 1/2 sum |p - q|.

    p, q: float64[V], each sums to 1. Raises ValueError for anything that is not a pair of laws over one vocabulary.
    """
    target, draft = _pair(p, q)
    return float(0.5 * np.abs(target - draft).sum())


def acceptance_rate(p: ArrayLike, q: ArrayLike) -> float:
    """Chance that one draft token is accepted by lossless rejection: alpha = sum min(p, q) = 1 - TV(p, q).

    p, q: float64[V], each sums to 1. Raises ValueError for anything that is not a pair of laws over one vocabulary.
    References [5], [6].
    """
    target, draft = _pair(p, q)
    return float(np.minimum(target, draft).sum())


@dataclass(frozen=True)
class EntropyMoments:
    """Mean entropy mu (nats) and mean second log-moment mu2 (nats^2), with standard errors, over `count` rows.

    The errors treat rows as independent, which neighbouring positions of one text are not; NaN when count is 1.
    """

    mu: float
    mu2: float
    mu_error: float
    mu2_error: float
    count: int


def entropy_moments(rows: ArrayLike) -> EntropyMoments:
    """First two moments of the surprisal of a token drawn from each row, averaged over rows.

    mu = mean of sum -p log p; mu2 = mean of sum p log^2 p (not the mean of the squared entropy, which is smaller).
    rows: float64[N, V], target laws at N positions, each sums to 1. Rows cut to their top tokens bias mu2 down.
    Raises ValueError for an empty or non-rectangular input or a row that is not a law. Reference [1].
    """
    laws = np.asarray(rows, dtype=np.float64)
    if laws.ndim != 2 or laws.size == 0:
        raise ValueError("Entropy moments need rows as a non-empty array of shape [positions, vocabulary].")
    laws = _law(laws, "Every row")
    logs = np.log(laws, out=np.zeros_like(laws), where=laws > 0)
    first = -(laws * logs).sum(axis=1)
    second = (laws * logs * logs).sum(axis=1)
    return EntropyMoments(
        mu=float(max(first.mean(), 0.0)),
        mu2=float(second.mean()),
        mu_error=_standard_error(first),
        mu2_error=_standard_error(second),
        count=len(laws),
    )


def _pair(p: ArrayLike, q: ArrayLike) -> tuple[FloatArray, FloatArray]:
    target, draft = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    if target.ndim != 1 or target.size == 0 or target.shape != draft.shape:
        raise ValueError(f"Target and draft laws need one common shape [V], not {target.shape} and {draft.shape}.")
    return _law(target, "The target law"), _law(draft, "The draft law")


def _law(law: FloatArray, name: str) -> FloatArray:
    if not np.isfinite(law).all() or (law < 0).any():
        raise ValueError(f"{name} must hold finite probabilities that are not negative.")
    total = law.sum(axis=-1, keepdims=True)
    if (np.abs(total - 1.0) > SUM_TOLERANCE).any():
        raise ValueError(f"{name} must sum to 1.")
    return np.asarray(law / total)


def _standard_error(values: FloatArray) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else float("nan")
