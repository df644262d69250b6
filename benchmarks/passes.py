"""Single passes and the cache: what a tree costs against one token, and against the batch axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from transformers.cache_utils import Cache, DynamicLayer

from benchmarks.pairs import Subject
from benchmarks.report import Figure, Goal
from benchmarks.timing import Times, take_turns
from specviz.models.hf import HFModel
from specviz.models.kv_cache import BufferCache

PASTS = (256, 1024)
KEEP_PASTS = (256, 4096)
TREE, ACCEPTED = 32, (0, 3, 7, 12, 20)  # rows of a tree of 32 that are kept: no prefix, so that they have to move
BRANCHES, DEPTH = 4, 4
TOKENS_OF_PASSES = (1, 8, 16)


class Past:
    """A model with some tokens in its cache, above which passes can be made again and again."""

    def __init__(self, model: HFModel, past: int) -> None:
        self.model, self.past, self.cache = model, past, model.forward.cache()
        for start in range(0, past, 256):
            size = min(256, past - start)
            mask = np.ones((size, start + size), bool)
            mask[:, start:] = np.tril(mask[:, start:])
            self._run(list(range(1, size + 1)), mask, np.arange(start, start + size), 1)

    def _run(self, ids: list[int], mask: np.ndarray, positions: np.ndarray, kept: int) -> torch.Tensor:
        with torch.inference_mode():
            return self.model.forward(ids, mask, positions, self.cache, kept)

    def passing(self, parents: Sequence[int]) -> Callable[[], object]:
        """A pass over a root and nodes 1.. with these parents; the cache is as before afterwards."""
        nodes = 1 + len(parents)
        mask = np.zeros((nodes, self.past + nodes), bool)
        mask[:, : self.past] = True
        mask[0, self.past] = True
        depth = [0]
        for node, parent in enumerate(parents, start=1):
            mask[node, self.past :] = mask[parent, self.past :]
            mask[node, self.past + node] = True
            depth.append(depth[parent] + 1)
        ids, positions = list(range(1, nodes + 1)), self.past + np.array(depth, np.int64)

        def call() -> object:
            logits = self._run(ids, mask, positions, nodes)
            self.cache.keep(self.past, [])
            return logits

        return call


def binary(nodes: int) -> list[int]:
    """Parents of nodes 1.. of a binary tree."""
    return [(node - 1) // 2 for node in range(1, nodes + 1)]


def branches(count: int, depth: int) -> list[int]:
    """Parents of `count` sequences of `depth` nodes below one root."""
    return [0 if step == 0 else branch * depth + step for branch in range(count) for step in range(depth)]


def figures(subject: Subject, repeats: int) -> Iterator[Figure]:
    """Rows 2, 3 and 11 for one pair."""
    yield from _tree_rows(subject, repeats)
    yield from _batch_rows(subject, repeats)
    yield from _draft_rows(subject, repeats)


def _tree_rows(subject: Subject, repeats: int) -> Iterator[Figure]:
    limits = {8: Goal(most=1.6), 16: Goal(most=2.1)}
    for way, model in (("HF modules", subject.models.target), (subject.fast.target.path, subject.fast.target)):
        past = Past(model, 256)
        calls = {str(q): past.passing(binary(q - 1)) for q in TOKENS_OF_PASSES}
        times = take_turns(calls, repeats, 3)
        for q, goal in limits.items():
            yield Figure(
                2, f"target pass of {q} tokens over one token, {way}", subject.name, times.ratio(str(q), "1"),
                goal if way == "HF modules" else None, f"one token {times.spread('1', 1000).median:.1f} ms",
            )  # fmt: skip


def _batch_rows(subject: Subject, repeats: int) -> Iterator[Figure]:
    if subject.models.target.context < max(PASTS) + 64:
        return
    for before, goal in zip(PASTS, (Goal(least=1.7), Goal(least=3.5)), strict=True):
        past = Past(subject.models.target, before)
        calls = {"tree": past.passing(branches(BRANCHES, DEPTH)), "batch": _on_batch_axis(past)}
        times = take_turns(calls, max(3, repeats // 2), 1)
        yield Figure(
            3, f"batch axis over tree row, k = 4, depth 4, past {before}", subject.name, times.ratio("batch", "tree"),
            goal, f"tree row {times.spread('tree', 1000).median:.1f} ms",
        )  # fmt: skip


def _on_batch_axis(past: Past) -> Callable[[], object]:
    """Four sequences with a root each in a batch, their past repeated by the cache's own public method."""
    module: Any = past.model.module
    kept = [(layer.keys[:, :, : past.past], layer.values[:, :, : past.past]) for layer in past.cache.layers]
    kept = [(keys.clone(), values.clone()) for keys, values in kept]
    ids = torch.tensor([list(range(1, DEPTH + 2))] * BRANCHES, device=past.model.device)

    def call() -> object:
        layers = []
        for keys, values in kept:
            layer = DynamicLayer()
            layer.lazy_initialization(keys, values)
            layer.keys, layer.values = keys, values
            layers.append(layer)
        with torch.inference_mode():
            cache = Cache(layers=layers)
            cache.batch_repeat_interleave(BRANCHES)
            return module(input_ids=ids, past_key_values=cache, use_cache=True)

    return call


def _draft_rows(subject: Subject, repeats: int) -> Iterator[Figure]:
    ways = {"plain": subject.models.draft, "fast": subject.fast.draft}
    times = take_turns({name: Past(model, 256).passing([]) for name, model in ways.items()}, 3 * repeats, 3)
    yield Figure(
        11, f"HF draft pass over {ways['fast'].path} one, one token", subject.name, times.ratio("plain", "fast"),
        Goal(least=1.5), f"{times.spread('fast', 1000).median:.2f} ms",
    )  # fmt: skip


def compaction(repeats: int) -> Iterator[Figure]:
    """Row 4, on caches of the small dial target's shape: 8 layers, 5 heads of 32."""
    shape, layers = (1, 5, 32), 8
    calls: dict[str, Callable[[], object]] = {}
    for past in KEEP_PASTS:
        cache = BufferCache(layers)
        states = torch.zeros(shape[0], shape[1], past + TREE, shape[2])
        for layer in cache.layers:
            layer.update(states, states)
        rows = [past + place for place in ACCEPTED]

        def move(cache: BufferCache = cache, past: int = past, rows: list[int] = rows) -> None:
            for _ in range(20):
                cache.keep(past, rows)

        calls[f"moved {past}"] = move
    whole = [torch.zeros(shape[0], shape[1], KEEP_PASTS[1] + TREE, shape[2]) for _ in range(2 * layers)]
    index = torch.tensor([*range(KEEP_PASTS[1]), *(KEEP_PASTS[1] + place for place in ACCEPTED)])
    calls["selected"] = lambda: [states.index_select(2, index) for _ in range(20) for states in whole]
    times: Times = take_turns(calls, repeats, 2)
    near, far = (f"moved {past}" for past in KEEP_PASTS)
    note = f"{times.spread(far, 1e6 / 20).median:.0f} us for 8 layers"
    name = "dial shape's cache"
    yield Figure(4, "compaction, past 4096 over past 256", name, times.ratio(far, near), Goal(most=1.2), note)
    yield Figure(4, "full index_select over compaction, past 4096", name, times.ratio("selected", far), Goal(least=30))
