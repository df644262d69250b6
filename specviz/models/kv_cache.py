"""A key-value cache layer that can keep chosen rows: what tree verification needs and DynamicCache lacks."""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer


class BufferLayer(DynamicLayer):
    """One attention layer's keys and values in a buffer that grows by doubling.

    Appending writes into the buffer instead of copying the past; `keep` moves the accepted rows in place.
    """

    is_croppable = False

    def __init__(self) -> None:
        super().__init__()
        self.length = 0
        self._buffers: list[torch.Tensor] = []

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Take dtype, device and shape from the first states."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self._buffers = [self._empty(states, 128) for states in (key_states, value_states)]
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
            self._grow(max(end, 2 * self._buffers[0].shape[-2]))
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, self.length : end] = states
        self.length = end
        self.keys, self.values = (buffer[:, :, :end] for buffer in self._buffers)
        return self.keys, self.values

    def _grow(self, rows: int) -> None:
        grown = [self._empty(buffer, rows) for buffer in self._buffers]
        for new, old in zip(grown, self._buffers, strict=True):
            new[:, :, : self.length] = old[:, :, : self.length]
        self._buffers = grown

    def get_seq_length(self) -> int:
        """Cached rows."""
        return self.length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Columns of the mask, and its offset."""
        return self.length + query_length, 0

    def keep(self, start: int, rows: list[int]) -> None:
        """Keep rows 0..start-1 and then the given later rows, in that order; drop everything else."""
        end = start + len(rows)
        if self.is_initialized and rows != list(range(start, end)):
            index = torch.tensor(rows, device=self.device)
            for buffer in self._buffers:
                buffer[:, :, start:end] = buffer.index_select(2, index)
        self.length = end


class BufferCache(Cache):
    """One buffer layer for each attention layer of a model."""

    def __init__(self, layers: int) -> None:
        self._buffer_layers = [BufferLayer() for _ in range(layers)]
        super().__init__(layers=list(self._buffer_layers))

    def keep(self, start: int, rows: list[int]) -> None:
        """Keep rows 0..start-1 and then the given later rows in every layer."""
        for layer in self._buffer_layers:
            layer.keep(start, rows)
