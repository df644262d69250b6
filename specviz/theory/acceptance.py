"""How often the rules for one position accept: exact chances that the output token is one of the k drafts.

p = target law, q = draft law, float64[V], k drafts. The chance counts an output that hits a draft by luck as accepted,
because a tree walk goes on there. Z(c) = sum max(p - c q, 0) is what c times the draft law leaves of the target.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specviz.theory.counts import chance_of_a_hit
from specviz.theory.rejection_wor import rejection_chances
from specviz.theory.transport import checked_laws, greedy_law, k_seq_factor

FloatArray = NDArray[np.float64]


def look_acceptance(p: ArrayLike, q: ArrayLike, k: int, sampling: str = "iid") -> float:
    """Sample and look: the target's own draw is among the drafts; sum p (1 - (1 - q)^k) for independent ones.

    sampling: "iid", "without_replacement" or "greedy". Raises ValueError for anything that is no pair of laws, no k or
    no way to draw. Reference [3].
    """
    target, draft = checked_laws(p, q, k, sampling)
    if sampling == "greedy":
        top, rest = greedy_law(draft, k)
        return float(target[top].sum() + target @ rest)
    if sampling == "iid":
        return float(target @ -np.expm1(k * np.log1p(-np.minimum(draft, 1 - 1e-16))))
    support = draft > 0
    return float(target[support].sum()) if k >= support.sum() else chance_of_a_hit(target, draft, k)


def naive_tree_acceptance(p: ArrayLike, q: ArrayLike, k: int) -> float:
    """The standard rule on the first of k independent drafts, and a replacement that may be another of them.

    sum min(p, q) + sum max(p - q, 0) (1 - (1 - q)^(k-1)). Errors as `look_acceptance`. Reference [3].
    """
    target, draft = checked_laws(p, q, k, "iid")
    lucky = np.maximum(target - draft, 0.0) @ (1 - (1 - draft) ** (k - 1))
    return float(np.minimum(target, draft).sum() + lucky)


def recursive_acceptance(p: ArrayLike, q: ArrayLike, k: int, sampling: str = "iid") -> float:
    """Recursive rejection of k drafts, independent or without replacement: 1 - E[Z(c_k)].

    The residual law after m rejections is norm(max(p - c_m q, 0)). Independent drafts: c_(m+1) = c_m + Z(c_m) whatever
    was drawn. Without replacement c depends on the tokens rejected: exact up to 60,000 orders of them, else within 1e-7
    (5e-6 for k > 5). Errors as `look_acceptance`. References [8], [9].
    """
    target, draft = checked_laws(p, q, k, sampling)
    if sampling == "greedy":
        raise ValueError("Recursive rejection needs drafts that are drawn, not chosen.")
    if sampling == "without_replacement":
        return float(1.0 - rejection_chances(target, draft, min(k, int(np.count_nonzero(draft))))[-1])
    used = 0.0
    for _ in range(k):
        used += float(np.maximum(target - used * draft, 0.0).sum())
    return float(1.0 - min(1.0, np.maximum(target - used * draft, 0.0).sum()))


def k_seq_acceptance(p: ArrayLike, q: ArrayLike, k: int, factor: float | None = None) -> float:
    """K-SEQ: 1 - (1 - beta)^k, beta = sum min(p / rho, q), and replacements that hit a rejected draft.

    factor: rho; None is the smallest safe one, at which no replacement hits. Raises ValueError for a smaller one, else
    as `look_acceptance`. Reference [7].
    """
    target, draft = checked_laws(p, q, k, "iid")
    least = float(k_seq_factor(target, draft, k))
    if factor is not None and factor < least - 1e-9:
        raise ValueError(f"K-SEQ is not exact below the factor {least:.6g}; {factor:.6g} was given.")
    kept = np.minimum(target / (least if factor is None else factor), draft)
    beta = min(1.0, float(kept.sum()))
    accepted = 1.0 - (1.0 - beta) ** k
    if factor is None or beta in (0.0, 1.0):
        return float(accepted)
    left = np.maximum(target - kept * accepted / beta, 0.0)
    refused = draft - kept
    lucky = left @ ((1.0 - beta) ** k - np.maximum(1.0 - beta - refused, 0.0) ** k)
    return float(accepted + (lucky / left.sum() if left.sum() > 0 else 0.0))
