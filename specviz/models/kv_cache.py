"""A key-value cache layer that can keep chosen rows: what tree verification needs and DynamicCache lacks."""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

Buffers = list[torch.Tensor]  # keys and values of one layer, each [1, kv heads, rows, d]
FEWEST = 128  # rows of a buffer


class BufferLayer(DynamicLayer):
    """One attention layer's keys and values in a buffer that grows by doubling.

    Appending writes into the buffer instead of copying the past; `keep` moves the accepted rows in place.
    """

    is_croppable = False

    def __init__(self) -> None:
        super().__init__()
        self.length = 0
        self._buffers: Buffers = []

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Take dtype, device and shape from the first states."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self._buffers = [self._empty(states, FEWEST) for states in (key_states, value_states)]
        self.is_initialized = True

    @staticmethod
    def _empty(like: torch.Tensor, rows: int) -> torch.Tensor:
        batch, heads, _, width = like.shape
        # Zeros, not garbage: a NaN in a blocked row would still poison the attention.
        return torch.zeros(batch, heads, rows, width, dtype=like.dtype, device=like.device)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append states; returns views of everything that is cached."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[-2]
        if end > self._buffers[0].shape[-2]:
            self.move(self.room(max(end, 2 * self._buffers[0].shape[-2])))
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, self.length : end] = states
        return self.extend(end)

    def room(self, rows: int) -> Buffers:
        """Empty buffers like its own."""
        return [self._empty(buffer, rows) for buffer in self._buffers]

    def move(self, buffers: Buffers) -> None:
        """Go on in other buffers, into which what is cached is copied."""
        for new, old in zip(buffers, self._buffers, strict=self.is_initialized):
            new[:, :, : self.length] = old[:, :, : self.length]
        self._buffers = buffers
        self.dtype, self.device, self.is_initialized = buffers[0].dtype, buffers[0].device, True
        self.extend(self.length)  # or its views would keep the old buffers alive

    def fill(self, other: BufferLayer) -> None:
        """Hold a copy of what another layer has cached."""
        if other.is_initialized:
            self._buffers, self.length = other._buffers, other.length
            self.is_initialized = True
            self.move(other.room(max(FEWEST, other.length)))

    def is_in(self, buffers: Buffers) -> bool:
        """Whether it stands in these very buffers."""
        return self.is_initialized and self._buffers[0] is buffers[0]

    def extend(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Count rows as cached that were written into the buffers; views of everything that is cached."""
        self.length = length
        keys, values = (buffer[:, :, :length] for buffer in self._buffers)
        self.keys, self.values = keys, values
        return keys, values

    def get_seq_length(self) -> int:
        """Cached rows."""
        return self.length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Columns of the mask, and its offset."""
        return self.length + query_length, 0

    def keep(self, start: int, rows: torch.Tensor | int) -> None:
        """Keep rows 0..start-1 and then the given later rows, in that order; drop everything else.

        rows: int64[n]; or n where they are the next n.
        """
        if isinstance(rows, int):
            self.length = start + rows
            return
        self.length = start + len(rows)
        if self.is_initialized:
            index = rows.to(self.device)
            for buffer in self._buffers:
                buffer[:, :, start : self.length] = buffer.index_select(2, index)


class BufferCache(Cache):
    """One buffer layer for each attention layer of a model."""

    def __init__(self, layers: int) -> None:
        self._buffer_layers = [BufferLayer() for _ in range(layers)]
        super().__init__(layers=list(self._buffer_layers))

    def room(self, rows: int) -> list[Buffers]:
        """Empty buffers for all layers, like those that it has."""
        return [layer.room(rows) for layer in self._buffer_layers]

    def fill(self, other: BufferCache) -> None:
        """Hold a copy of what another cache of the same model holds."""
        for layer, theirs in zip(self._buffer_layers, other._buffer_layers, strict=True):
            layer.fill(theirs)

    def enter(self, buffers: list[Buffers]) -> None:
        """Let every layer stand in these buffers, and copy there what it has cached."""
        for layer, own in zip(self._buffer_layers, buffers, strict=True):
            if not layer.is_in(own):
                layer.move(own)

    def leave(self, buffers: list[Buffers]) -> None:
        """Let every layer that stands in one of these buffers go on in a buffer of its own."""
        for layer, own in zip(self._buffer_layers, buffers, strict=True):
            if layer.is_in(own):
                layer.move(layer.room(max(FEWEST, layer.length)))

    def extend(self, length: int) -> None:
        """Count rows as cached that were written into the buffers from outside."""
        for layer in self._buffer_layers:
            layer.extend(length)

    def append(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Append states [1, kv heads, n, d] to one layer; views of everything that it holds."""
        return self._buffer_layers[layer].update(keys, values)

    def keep(self, start: int, rows: list[int]) -> None:
        """Keep rows 0..start-1 and then the given later rows in every layer."""
        in_place = rows == list(range(start, start + len(rows)))
        kept = len(rows) if in_place else torch.tensor(rows)
        for layer in self._buffer_layers:
            layer.keep(start, kept)
