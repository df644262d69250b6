"""Laws of the nodes that a session has fed, kept on the device until a rule asks for one."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
import torch

from specviz.models.laws import law
from specviz.records import SparseRows, Warp


@dataclass
class DeviceRows:
    """Logits of the nodes fed so far, on the device; a law is copied to the host when a rule asks for it.

    count: nodes fed, the root included.
    """

    warp: Warp
    chunks: list[torch.Tensor] = field(default_factory=list)
    count: int = 0
    _starts: list[int] = field(default_factory=list)
    _known: dict[int, np.ndarray] = field(default_factory=dict)

    def add(self, logits: torch.Tensor) -> None:
        """Append logits [n, V] of newly fed nodes."""
        self._starts.append(self.count)
        self.chunks.append(logits)
        self.count += len(logits)

    def logits(self, node: int) -> torch.Tensor:
        """Logits [V] after a node; KeyError where the model was not run."""
        place = bisect_right(self._starts, node) - 1
        if place < 0 or node >= self.count:
            raise KeyError(f"The model was not run on node {node}.")
        return self.chunks[place][node - self._starts[place]]

    def __getitem__(self, node: int) -> np.ndarray:
        """float64[V], the law after a node."""
        if node not in self._known:
            self._known[node] = law(self.logits(node).double().cpu()[None], self.warp)[0].numpy()
        return self._known[node]

    def sparse(self, nodes: int, keep: int, always: list[list[int]]) -> SparseRows:
        """Top-k on the device, one copy to the host."""
        known = min(nodes, self.count)
        probs = law(torch.cat(self.chunks)[:known].float(), self.warp)
        best = probs.topk(min(keep, probs.shape[-1]), dim=-1)
        width = max((len(ids) for ids in always[:known]), default=0)
        wanted = np.full((known, width), -1, np.int64)
        for node, ids in enumerate(always[:known]):
            wanted[node, : len(ids)] = ids
        index = torch.from_numpy(wanted.clip(0)).to(probs.device)
        less = probs.double().cumsum(-1) - probs
        kept = torch.cat([best.indices, index], dim=-1)
        every = np.concatenate([np.where(best.values.cpu() > 0, best.indices.cpu(), -1), wanted], axis=1)
        return _merge(nodes, every, probs.gather(-1, kept).cpu().numpy(), less.gather(-1, kept).cpu().numpy())


def _merge(nodes: int, ids: np.ndarray, probs: np.ndarray, below: np.ndarray) -> SparseRows:
    """Each id of a row once, by falling probability; equal ones by id. -1 stands for no id."""
    by_id = np.argsort(ids, axis=1, kind="stable")
    ids, probs, below = (np.take_along_axis(column, by_id, 1) for column in (ids, probs, below))
    again = np.zeros(ids.shape, bool)
    again[:, 1:] = ids[:, 1:] == ids[:, :-1]
    ids = np.where(again, -1, ids)
    probs = np.where(ids >= 0, probs, 0.0)
    order = np.lexsort((ids, -probs, ids < 0), axis=1)
    used = max(1, int((ids >= 0).sum(axis=1).max(initial=1)))
    ids, probs, below = (np.take_along_axis(column, order, 1)[:, :used] for column in (ids, probs, below))
    whole = SparseRows.unknown(nodes, used)
    whole.ids[: len(ids)], whole.probs[: len(ids)] = ids, probs
    whole.below[: len(ids)] = np.where(ids >= 0, below, np.nan)
    whole.tail[: len(ids)] = np.maximum(0.0, 1.0 - probs.sum(axis=1, dtype=np.float64))
    return whole
