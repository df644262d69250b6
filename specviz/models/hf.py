"""Hugging Face causal models as sessions: one tree-attention pass over a key-value cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from specviz.models.one_hot_rows import OneHotRows
from specviz.models.paths.base import Forward, PlainForward
from specviz.models.rows import DeviceRows
from specviz.records import Warp

PREFILL_CHUNK = 512  # prompt tokens per forward pass, which bounds the memory of the mask


@dataclass
class HFModel:
    """A causal model of transformers 5.

    vocabulary: ids that the pair shares; logits beyond it (padding of the embedding) are cut before the softmax.
    context: most tokens a text may have.  forward: how its layers are run; the plain module where none is given.
    refused: why faster ways were not taken, a sentence for each that was tried.
    """

    module: Any
    vocabulary: int
    context: int
    forward: Forward = None  # type: ignore[assignment]  # __post_init__ fills it
    refused: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.forward is None:
            self.forward = PlainForward(self.module)

    @property
    def path(self) -> str:
        """Which way its layers are run: plain, or the names of the fast ways."""
        return self.forward.name

    @property
    def device(self) -> torch.device:
        """Where the embeddings are."""
        return self.module.get_input_embeddings().weight.device

    def open(self, prompt_ids: Sequence[int], warp: Warp) -> HFSession:
        """A session whose context is the prompt; ValueError when it is empty or too long."""
        if not prompt_ids:
            raise ValueError("The prompt is empty; write at least one word.")
        if len(prompt_ids) >= self.context:
            raise ValueError(f"The prompt has {len(prompt_ids)} tokens and the model reads {self.context}; shorten it.")
        return HFSession(self, warp, list(prompt_ids))


class HFSession:
    """A context in the cache, what is pending of it, and the scratch tree above.

    Cache rows: 0.._cached-1 hold the context; then the pending tokens, the last of which is the root; then the nodes in
    the order they were fed. The root's row is computed with the round's first pass, or with the prompt's, so no token
    is read twice.
    """

    def __init__(self, model: HFModel, warp: Warp, prompt_ids: list[int]) -> None:
        self.model = model
        self.vocabulary = model.vocabulary
        self.ids = prompt_ids
        self._warp = warp
        self._cache = model.forward.cache()
        self._cached = 0
        self._pending = list(prompt_ids)
        self._reset()

    def _reset(self) -> None:
        self._root_fed = False
        self._child: dict[tuple[int, int], int] = {}
        self._depth = [0]
        self._ancestors = np.ones((1, 1), bool)
        self._rows = OneHotRows(self._warp) if self._warp.temperature == 0 else DeviceRows(self._warp)

    @property
    def length(self) -> int:
        """Tokens in the context."""
        return self._cached + len(self._pending)

    @torch.inference_mode()
    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> DeviceRows | OneHotRows:
        """One forward pass over the pending context (first time) and the new nodes."""
        if not self._root_fed:
            self._prefill()
        first = not self._root_fed
        ids = (self._pending if first else []) + list(tokens)
        if not ids:
            return self._rows
        old = len(self._depth)
        self._grow(tokens, parents)
        kept = len(tokens) + int(first)
        logits = self._forward(ids, self._mask(old, first), self._positions(old, first), kept)
        self._rows.add(logits)
        self._root_fed = True
        return self._rows

    @torch.inference_mode()
    def commit(self, ids: Sequence[int]) -> None:
        """Accepted rows move down in place; ids without a row become pending and are read with the next pass.

        No ids at all: only the scratch tree is dropped.
        """
        path: list[int] = []
        node = 0
        if self._root_fed and ids:
            for token in list(ids)[:-1]:  # the last id stays pending: it is the next root
                child = self._child.get((node, token))
                if child is None:
                    break
                path.append(child)
                node = child
            base = self._cached + len(self._pending)
            self._cache.keep(base, [base + i - 1 for i in path])
            self._cached = base + len(path)
            self._pending = []
        self._pending = self._pending + list(ids)[len(path) :]
        self.ids = [*self.ids, *ids]
        self._reset()

    @torch.inference_mode()
    def fork(self, warp: Warp) -> HFSession:
        """Another session at the end of the same context; its cache starts as a copy of what this one has read.

        What a first pass would read of a long prompt is read here once, for this session and for all forks. Of a
        scratch tree only the root is copied.
        """
        if not self._root_fed:
            self._prefill()
        other = HFSession(self.model, warp, list(self._pending))
        other.ids, other._cached = list(self.ids), self._cached
        other._cache.fill(self._cache)
        if self._root_fed:
            other._cache.keep(other.length, [])
            other._rows.add(self._rows.logits(0)[None])
            other._root_fed = True
        return other

    def early_exit(self, share: float, warp: Warp) -> EarlyExitSession:
        """The model's own first layers and its head, on this session's cache; ValueError for a model of one layer."""
        cut = HFModel(self.model.module, self.vocabulary, self.model.context, self.model.forward.first(share))
        return EarlyExitSession(self, cut, warp)

    def _prefill(self, root: bool = True) -> None:
        """Read the pending tokens when there are many: the prompt.

        In passes of their own, so that what is cached of a prompt is the same number for every tree that follows.
        root: read the last one too, as the root of the tree that follows.
        """
        self._cache.keep(self._cached, [])  # an early exit may have left rows of its own above the context
        while len(self._pending) > 16:
            chunk = self._pending[: min(PREFILL_CHUNK, len(self._pending) - (0 if root else 1))]
            size, start = len(chunk), self._cached
            mask = np.ones((size, start + size), bool)
            mask[:, start:] = np.tri(size, dtype=bool)
            logits = self._forward(chunk, mask, np.arange(start, start + size), 1)
            if size == len(self._pending):
                self._rows.add(logits)
                self._root_fed, size = True, size - 1  # the root stays pending: it belongs to the tree
            self._cached += size
            self._pending = self._pending[size:]

    def _grow(self, tokens: Sequence[int], parents: Sequence[int]) -> None:
        if not tokens:
            return
        old, new = len(self._depth), len(self._depth) + len(tokens)
        ancestors = np.zeros((new, new), bool)
        ancestors[:old, :old] = self._ancestors
        for node, (token, parent) in enumerate(zip(tokens, parents, strict=True), start=old):
            ancestors[node] = ancestors[parent]
            ancestors[node, node] = True
            self._depth.append(self._depth[parent] + 1)
            self._child[parent, int(token)] = node
        self._ancestors = ancestors

    def _mask(self, old: int, first: bool) -> np.ndarray:
        """bool[queries, columns]: which cache rows each new position may read."""
        nodes, base = len(self._depth), self._cached + len(self._pending)
        start, pending = (1, len(self._pending)) if first else (old, 0)
        mask = np.ones((pending + nodes - start, base + nodes - 1), bool)
        mask[pending:, base:] = self._ancestors[start:, 1:]
        mask[:pending, base:] = False
        if pending > 1:
            mask[:pending, self._cached : base] = np.tri(pending, dtype=bool)
        return mask

    def _positions(self, old: int, first: bool) -> np.ndarray:
        root = self.length - 1
        pending = range(self._cached, root + 1) if first else ()
        return np.array([*pending, *(root + depth for depth in self._depth[1 if first else old :])], np.int64)

    def _forward(self, ids: list[int], allowed: np.ndarray, positions: np.ndarray, kept: int) -> torch.Tensor:
        """Logits [kept, V] of the last `kept` positions."""
        return self.model.forward(ids, allowed, positions, self._cache, kept)[:, : self.model.vocabulary]


class EarlyExitSession(HFSession):
    """A session on the first layers of another session's model, and on the same cache.

    Both read the same context rows. Above them this one leaves rows of its scratch tree in the first layers; the whole
    model drops those when its pass begins. Its round ends with `commit`, after that of the whole model.
    """

    def __init__(self, whole: HFSession, model: HFModel, warp: Warp) -> None:
        self._whole = whole
        self.model = model
        self.vocabulary = model.vocabulary
        self._warp = warp
        self._cache = whole._cache
        self._sync()
        self._reset()

    def _sync(self) -> None:
        self.ids, self._cached, self._pending = self._whole.ids, self._whole._cached, list(self._whole._pending)

    def commit(self, ids: Sequence[int]) -> None:
        """Follow the whole model, which has been committed to these ids."""
        self._sync()
        self._reset()

    def _prefill(self, root: bool = True) -> None:
        """A long context is read by the whole model, whose cache it fills; the root stays for both to read."""
        self._whole.commit([])
        self._whole._prefill(root=False)
        self._sync()
