"""Linear layers as plain calls: torch's own, and oneDNN's packed ones for processors."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812 - the name that every torch text uses

SMALL = 100_000  # weights below which a packed product takes longer than a plain one, measured at widths 96 to 320

Linear = Callable[[torch.Tensor], torch.Tensor]  # [n, in] -> [n, out]
MakeLinear = Callable[[torch.Tensor, torch.Tensor | None], Linear]  # weight [out, in], bias [out] or None


def plain_linear(weight: torch.Tensor, bias: torch.Tensor | None) -> Linear:
    """torch's own."""

    def apply(states: torch.Tensor) -> torch.Tensor:
        return F.linear(states, weight, bias)

    return apply


class Packed:
    """A copy of the weight in the order in which the processor's vector units read it.

    A pass over a few positions then costs little more than over one. The operations are those that torch's own compiler
    emits for processors; they are private to torch, so whoever uses them checks the result.
    Raises what torch raises where this torch or processor lacks them.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach())
        self._bias = bias
        self._product = torch.ops.mkldnn._linear_pointwise

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        return self._product(states, self._weight, self._bias, "none", [], "")


def packed_where_large(weight: torch.Tensor, bias: torch.Tensor | None) -> Linear:
    """Packed where that pays, plain where it does not."""
    return (Packed if weight.numel() >= SMALL else plain_linear)(weight, bias)
