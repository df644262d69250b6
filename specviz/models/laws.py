"""From logits to next-token laws, on the device that holds them."""

from __future__ import annotations

import torch

from specviz.records import Warp


def law(logits: torch.Tensor, warp: Warp) -> torch.Tensor:
    """Laws [n, V] from logits [n, V], in the logits' dtype: temperature, then top-k, then top-p.

    Temperature 0 is one-hot at the largest logit (the first of equal ones). The most probable token always stays.
    """
    if warp.temperature == 0:
        best = logits.argmax(-1, keepdim=True)
        return torch.zeros_like(logits).scatter_(-1, best, 1.0)
    scaled = logits if warp.temperature == 1 else logits / warp.temperature
    if 0 < warp.top_k < scaled.shape[-1]:
        least = scaled.topk(warp.top_k, dim=-1).values[..., -1:]
        scaled = scaled.masked_fill(scaled < least, -torch.inf)
    probs = torch.softmax(scaled, dim=-1)
    if warp.top_p < 1:
        ordered, order = probs.sort(dim=-1, descending=True)
        beyond = ordered.cumsum(-1) - ordered >= warp.top_p
        ordered = ordered.masked_fill(beyond, 0.0)
        probs = torch.zeros_like(probs).scatter_(-1, order, ordered)
        probs = probs / probs.sum(-1, keepdim=True)
    return probs
