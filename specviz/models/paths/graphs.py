"""The written-out pass at a few fixed lengths, each captured once as a CUDA graph and then replayed in one launch."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from specviz.models.kv_cache import BufferCache
from specviz.models.paths.fused import FusedForward
from specviz.models.preflight.troubles import first_line

LENGTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
PROMPT = 16  # a longer pass of which only the last row is wanted reads a prompt, and needs no head for the others
FEWEST_ROWS = 1024  # of the buffers, which then grow in powers of two
TOLERANCE = 1e-2  # a replay repeats the same kernels; only sums in another order may differ, relative to the largest

Pass = Callable[[], torch.Tensor]
Capture = Callable[[Pass], Pass]


class GraphForward:
    """Replays the fused pass over buffers of fixed place and size; what it cannot replay, the fused pass runs itself.

    A pass of n positions is padded to the next of LENGTHS. Padded positions read row 0 alone and write into rows beyond
    the last, which nobody may read and the next pass overwrites. The buffers belong to one cache at a time: when
    another cache's turn comes, the rows of the one before are copied out. The first error ends it: from then on the
    fused pass runs everything and `note` says why.
    capture: makes the replay of a pass; on a CPU a pass can stand for its own replay.
    """

    def __init__(self, inner: FusedForward, capture: Capture | None = None, lengths: Sequence[int] = LENGTHS) -> None:
        self.inner, self.name, self.note = inner, "graphs" if lengths else inner.name, ""
        self._capture = capture or CudaCapture()
        self._lengths = tuple(lengths)
        self._fixed: _Fixed | None = None
        self._lock = threading.RLock()  # sessions of several threads share the buffers

    def cache(self) -> BufferCache:
        """One layer for each of the model's."""
        return _GuardedCache(len(self.inner.cache().layers), self._lock)

    def first(self, share: float) -> GraphForward:
        """The inner pass ended after some of the layers; not replayed, because it shares this one's cache."""
        cut = GraphForward(self.inner.first(share), self._capture, ())
        cut._lock = self._lock
        return cut

    @torch.inference_mode()
    def __call__(
        self, ids: Sequence[int], allowed: np.ndarray, positions: np.ndarray, cache: BufferCache, kept: int
    ) -> torch.Tensor:
        """Logits [kept, V] of the last positions; see `Forward`."""
        with self._lock, _on(self.inner.device):
            length = next((length for length in self._lengths if length >= len(ids)), None)
            if length is not None and (len(ids) <= PROMPT or kept > 1):
                try:
                    return self._replayed(ids, allowed, positions, cache, kept, length)
                except Exception as error:  # whatever a driver, a kernel or the memory refuses, the pass goes on
                    self.name, self.note = self.inner.name, f"not graphs: {first_line(error)}"
                    self._lengths, self._fixed = (), None
            return self.inner(ids, allowed, positions, cache, kept)

    def _replayed(
        self, ids: Sequence[int], allowed: np.ndarray, positions: np.ndarray, cache: BufferCache, kept: int, length: int
    ) -> torch.Tensor:
        count, columns = allowed.shape
        needed = columns - count + length
        if self._fixed is None or needed > self._fixed.rows:
            self._fixed = None  # the old buffers and graphs go before the new ones come
            self._fixed = _Fixed(self.inner, self._capture, max(FEWEST_ROWS, 1 << (needed - 1).bit_length()))
        self._fixed.enter(cache)
        logits = self._fixed.run(ids, allowed, positions, length)[count - kept : count].clone()
        cache.extend(columns)
        return logits


class _Fixed:
    """Buffers of fixed place for every layer, and the passes that were captured over them."""

    def __init__(self, inner: FusedForward, capture: Capture, rows: int) -> None:
        self.rows = rows
        self._inner, self._capture = inner, capture
        scratch = inner.cache()
        inner([0], np.ones((1, 1), bool), np.zeros(1, np.int64), scratch, 1)  # tells the shapes of all layers
        self._buffers = scratch.room(rows)
        inner.reserve(rows)
        self._angles = inner._angles  # a graph reads these very tables, also after the inner pass has made longer ones
        self._inputs: dict[int, _Inputs] = {}
        self._passes: dict[int, Pass] = {}
        self._owner: Callable[[], BufferCache | None] = lambda: None

    def enter(self, cache: BufferCache) -> None:
        """Let this cache stand in the buffers, and the one before it in buffers of its own."""
        owner = self._owner()
        if owner is not None and owner is not cache:
            owner.leave(self._buffers)
        self._owner = weakref.ref(cache)
        cache.enter(self._buffers)

    def run(self, ids: Sequence[int], allowed: np.ndarray, positions: np.ndarray, length: int) -> torch.Tensor:
        """Logits [length, V]; overwritten by the next pass of this length."""
        if length not in self._inputs:
            self._inputs[length] = _Inputs(length, self.rows, self._inner.device)
        self._inputs[length].fill(ids, allowed, positions)
        if length not in self._passes:
            self._passes[length] = self._capture(self._pass(self._inputs[length], length))
        return self._passes[length]()

    def _pass(self, inputs: _Inputs, length: int) -> Pass:
        def append(layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            for buffer, states in zip(self._buffers[layer], (keys, values), strict=True):
                buffer.index_copy_(2, inputs.rows, states[None])
            return self._buffers[layer][0], self._buffers[layer][1]

        def run() -> torch.Tensor:
            dtype = self._inner.dtype
            mask = torch.zeros(inputs.allowed.shape, dtype=dtype, device=inputs.allowed.device)
            mask = mask.masked_fill(~inputs.allowed, torch.finfo(dtype).min)
            return self._inner.run(inputs.tokens, inputs.places, mask, append, length)

        return run


class _Inputs:
    """What changes from pass to pass, packed so that one copy brings it to the device.

    tokens, places, rows: int64[n], ids, text positions, and rows of the buffers.  allowed: bool[n, all rows].
    """

    def __init__(self, length: int, rows: int, device: torch.device) -> None:
        numbers = 3 * 8 * length
        cuda = device.type == "cuda"
        self._here = torch.zeros(numbers + length * rows, dtype=torch.uint8, pin_memory=cuda)
        self._there = self._here.to(device)
        self._numbers = self._here[:numbers].numpy().view(np.int64).reshape(3, length)
        self._allowed = self._here[numbers:].numpy().view(bool).reshape(length, rows)
        self.tokens, self.places, self.rows = self._there[:numbers].view(torch.int64).view(3, length)
        self.allowed = self._there[numbers:].view(torch.bool).view(length, rows)
        self._copied = torch.cuda.Event() if cuda else None

    def fill(self, ids: Sequence[int], allowed: np.ndarray, positions: np.ndarray) -> None:
        """The inputs of a pass and its padding."""
        if self._copied is not None:
            self._copied.synchronize()  # the copy of the pass before must have been read
        count, columns = allowed.shape
        start, length = columns - count, len(self._allowed)
        self._numbers[:2] = 0
        self._numbers[0, :count], self._numbers[1, :count] = ids, positions
        self._numbers[2] = np.arange(start, start + length)
        self._allowed[:] = False
        self._allowed[:count, :columns] = allowed
        self._allowed[count:, 0] = True  # a row that may read nothing would become a NaN
        self._there.copy_(self._here, non_blocking=True)
        if self._copied is not None:
            self._copied.record()


class CudaCapture:
    """Records the kernels of a pass; graphs of one model share their memory, because they never run side by side."""

    def __init__(self) -> None:
        self._pool: Any = None
        self._side: Any = None  # one stream for all captures: libraries keep a workspace for each

    def __call__(self, run: Pass) -> Pass:
        """The replay of a pass; RuntimeError where it gives other numbers than the pass itself."""
        side = self._side = self._side or torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries allocate at their first calls, which a capture does not allow
            for _ in range(3):
                expected = run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        # Only this thread's calls are barred while it captures: other threads may be running other models.
        with torch.cuda.graph(graph, pool=self._pool, stream=side, capture_error_mode="thread_local"):
            logits = run()
        self._pool = self._pool or graph.pool()
        graph.replay()
        if not float((logits - expected).abs().max()) <= TOLERANCE * float(expected.abs().max()):
            raise RuntimeError("the replay of a captured pass gives other numbers than the pass")

        def replay() -> torch.Tensor:
            graph.replay()
            return logits

        return replay


class _GuardedCache(BufferCache):
    """A cache whose rows may be moved by another thread's pass, but not while they are moved by its own."""

    def __init__(self, layers: int, lock: threading.RLock) -> None:
        super().__init__(layers)
        self._lock = lock

    def keep(self, start: int, rows: list[int]) -> None:
        """Keep rows 0..start-1 and then the given later rows in every layer."""
        with self._lock:
            super().keep(start, rows)

    def fill(self, other: BufferCache) -> None:
        """Hold a copy of what another cache of the same model holds."""
        with self._lock:
            super().fill(other)


def _on(device: torch.device) -> AbstractContextManager[Any]:
    """Streams and events are those of the model's own device."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()
