"""What every way to run a model's layers promises, and the plain way: the Hugging Face module as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch

from specviz.models.early_exit import first_layers
from specviz.models.kv_cache import BufferCache
from specviz.models.windows import FULL, has_windows, masks


class Forward(Protocol):
    """One forward pass over new positions above a cache.

    name: which way it is, for the record.
    """

    name: str

    def cache(self) -> BufferCache:
        """An empty cache, one layer for each attention layer."""
        ...

    def first(self, share: float) -> Forward:
        """The first layers only, on the same cache: an early exit. ValueError for a model of one layer."""
        ...

    def __call__(
        self, ids: Sequence[int], allowed: np.ndarray, positions: np.ndarray, cache: BufferCache, kept: int
    ) -> torch.Tensor:
        """Logits [kept, rows of the embedding] of the last `kept` positions; keys and values are appended to the cache.

        ids: n tokens.  allowed: bool[n, cached + n], which cache rows each may read.  positions: int[n] in the text.
        """
        ...


class PlainForward:
    """The unmodified Hugging Face module."""

    def __init__(self, module: Any, name: str = "plain") -> None:
        self.module, self.name = module, name

    @cached_property
    def _windowed(self) -> bool:
        """Asked once: a configuration is slow to read."""
        return has_windows(self.module.config.get_text_config())

    @cached_property
    def device(self) -> torch.device:
        """Where the embeddings are; asked once, for the library looks for them in many places."""
        return self.module.get_input_embeddings().weight.device

    def cache(self) -> BufferCache:
        """One layer for each attention layer of the module."""
        return BufferCache(self.module.config.get_text_config().num_hidden_layers)

    def first(self, share: float) -> PlainForward:
        """The module cut after some of its layers."""
        return PlainForward(first_layers(self.module, share), self.name)

    def __call__(
        self, ids: Sequence[int], allowed: np.ndarray, positions: np.ndarray, cache: BufferCache, kept: int
    ) -> torch.Tensor:
        """One call of the module."""
        device = self.device
        output = self.module(
            input_ids=torch.tensor([ids], device=device),
            attention_mask=self._masks(allowed, device),
            position_ids=torch.from_numpy(positions)[None].to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=kept,
        )
        return output.logits[0]

    def _masks(self, allowed: np.ndarray, device: torch.device) -> torch.Tensor | dict[str, torch.Tensor] | None:
        """One for each kind of layer, alone where there is one kind; none for a position that reads everything.

        Without a mask the library takes a kernel that does not copy keys and values for heads that share them.
        """
        if not self._windowed:
            return None if len(allowed) == 1 and allowed.all() else self._mask(allowed, device)
        kinds = masks(self.module.config.get_text_config(), allowed)
        if len(allowed) == 1 and list(kinds) == [FULL] and allowed.all():
            return None
        tensors = {kind: self._mask(mask, device) for kind, mask in kinds.items()}
        return tensors if len(tensors) > 1 else next(iter(tensors.values()))

    def _mask(self, allowed: np.ndarray, device: torch.device) -> torch.Tensor:
        return additive(allowed, self.module.dtype)[None, None].to(device)


def additive(allowed: np.ndarray, dtype: torch.dtype) -> torch.Tensor:
    """Float mask [n, columns]: 0 where a row may be read, the dtype's least number where not.

    Float, because a bool mask is silently wrong with eager attention; not -inf, which can turn into NaN.
    """
    mask = torch.zeros(allowed.shape, dtype=dtype)
    return mask.masked_fill_(torch.from_numpy(~allowed), torch.finfo(dtype).min)
