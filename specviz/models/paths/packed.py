"""Any module with its large linear layers packed for the processor; everything else is shared with the original."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

from specviz.models.paths.linears import SMALL, Packed


class PackedLinear(nn.Module):
    """A linear layer whose product is oneDNN's."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.weight, self.bias = linear.weight, linear.bias
        self._product = Packed(linear.weight.data, linear.bias)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """[.., in] -> [.., out]."""
        return self._product(states)


def packed_module(module: Any) -> Any:
    """The same model on packed linear layers; ValueError where it has none that are large enough."""
    count = 0

    def copied(part: Any) -> Any:
        nonlocal count
        if type(part) is nn.Linear and part.weight.numel() >= SMALL:
            count += 1
            return PackedLinear(part)
        clone = copy.copy(part)
        clone._modules = {name: child if child is None else copied(child) for name, child in part._modules.items()}
        return clone

    packed = copied(module)
    if not count:
        raise ValueError("it has no linear layers that are large enough to gain by it")
    return packed.eval()
