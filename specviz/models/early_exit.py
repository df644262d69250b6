"""The first layers of a model as a model of its own, sharing all weights."""

from __future__ import annotations

import copy
from typing import Any

from torch import nn


def first_layers(module: Any, share: float) -> Any:
    """The causal model cut after the given share of its layers: at least one, and not all; final norm and head stay.

    Nothing is copied but the few modules on the way down to the list of layers. ValueError for a model of one layer,
    and for a family whose layers are not one list.
    """
    count = module.config.get_text_config().num_hidden_layers
    kept = layers_kept(count, share)
    path = next((n for n, m in module.named_modules() if isinstance(m, nn.ModuleList) and len(m) == count), None)
    if path is None:
        raise ValueError(f"{type(module).__name__} keeps its layers in no single list; an early exit cannot cut it.")
    top = _shallow_copy(module)
    here = top
    *way, last = path.split(".")
    for name in way:
        here._modules[name] = _shallow_copy(here._modules[name])
        here = here._modules[name]
    here._modules[last] = nn.ModuleList(list(here._modules[last])[:kept])
    return top.eval()


def layers_kept(count: int, share: float) -> int:
    """How many of a model's layers a share is; ValueError for a model of one layer."""
    if count < 2:
        raise ValueError("An early exit needs a model of at least two layers.")
    return min(count - 1, max(1, round(share * count)))


def _shallow_copy(module: Any) -> Any:
    clone = copy.copy(module)
    clone._modules = dict(module._modules)  # a plain copy would share the table that is about to change
    return clone
