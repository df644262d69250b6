"""The clocks of `specviz.race` made on a device: the same integers, in signed 64-bit arithmetic that wraps."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from specviz.race.clocks import position_key
from specviz.records import Clocks

# The odd factors of splitmix64 [22] as signed numbers.
GOLDEN, FIRST, SECOND = (n - (1 << 64) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def exponentials(clocks: Sequence[Clocks], size: int, device: torch.device) -> torch.Tensor:
    """float64[n, size], one Exp(1) clock for each id: `race.exponentials` up to the rounding of the logarithm.

    clocks: all with the same number of streams.
    """
    fields = list(zip(*(one.streams for one in clocks), strict=True))
    if not fields:
        return torch.ones(len(clocks), size, dtype=torch.float64, device=device)
    counter = torch.arange(1, size + 1, device=device) * GOLDEN
    smallest: torch.Tensor | None = None
    for streams in fields:
        keys = [position_key(one.seed, s, one.position).view("int64") for one, s in zip(clocks, streams, strict=True)]
        field = _clocks(torch.tensor([[int(key[0])] for key in keys], device=device), counter)
        smallest = field if smallest is None else torch.minimum(smallest, field)
    assert smallest is not None
    return smallest if len(fields) == 1 else smallest * len(fields)


def bits(keys: torch.Tensor, counter: torch.Tensor) -> torch.Tensor:
    """int64[n, V]: the 64 bits of each index. keys: int64[n, 1].  counter: int64[V], g (index + 1)."""
    state = keys + counter
    state = (state ^ _shifted(state, 30)) * FIRST
    state = (state ^ _shifted(state, 27)) * SECOND
    return state ^ _shifted(state, 31)


def _clocks(keys: torch.Tensor, counter: torch.Tensor) -> torch.Tensor:
    uniform = (_shifted(bits(keys, counter), 12).double() + 0.5) * 2.0**-52
    return -torch.log1p(-uniform)


def _shifted(state: torch.Tensor, by: int) -> torch.Tensor:
    """A shift to the right that brings in zeros, as unsigned numbers are shifted."""
    return (state >> by) & ((1 << (64 - by)) - 1)
