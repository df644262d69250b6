"""Laws of the nodes that a session has fed, kept on the device until a rule asks for one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from specviz.models.laws import law
from specviz.records import SparseRows, Warp


@dataclass
class DeviceRows:
    """Logits of the nodes fed so far, on the device; a law is copied to the host when a rule asks for it."""

    warp: Warp
    chunks: list[torch.Tensor] = field(default_factory=list)
    _known: dict[int, np.ndarray] = field(default_factory=dict)

    def add(self, logits: torch.Tensor) -> None:
        """Append logits [n, V] of newly fed nodes."""
        self.chunks.append(logits)

    @property
    def count(self) -> int:
        """Nodes fed, the root included."""
        return sum(len(chunk) for chunk in self.chunks)

    def logits(self, node: int) -> torch.Tensor:
        """Logits [V] after a node; KeyError where the model was not run."""
        start = 0
        for chunk in self.chunks:
            if node < start + len(chunk):
                return chunk[node - start]
            start += len(chunk)
        raise KeyError(f"The model was not run on node {node}.")

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
        extra = probs.gather(-1, index).cpu().numpy()
        return _merge(nodes, best.indices.cpu().numpy(), best.values.cpu().numpy(), wanted, extra)


def _merge(nodes: int, top: np.ndarray, top_probs: np.ndarray, wanted: np.ndarray, extra: np.ndarray) -> SparseRows:
    """Top ids and wanted ids of each row without repeats, by falling probability."""
    width = top.shape[1] + wanted.shape[1]
    ids = np.full((nodes, width), -1, np.int32)
    probs = np.zeros((nodes, width), np.float32)
    tail = np.zeros(nodes, np.float32)
    for node in range(len(top)):
        pairs = {int(i): float(p) for i, p in zip(top[node], top_probs[node], strict=True) if p > 0}
        pairs |= {int(i): float(p) for i, p in zip(wanted[node], extra[node], strict=True) if i >= 0}
        ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        ids[node, : len(ordered)] = [i for i, _ in ordered]
        probs[node, : len(ordered)] = [p for _, p in ordered]
        tail[node] = max(0.0, 1.0 - sum(pairs.values()))
    used = max(1, int((ids >= 0).sum(axis=1).max()))
    return SparseRows(ids[:, :used], probs[:, :used], tail)
