"""Logits of the nodes that a session has fed, in blocks on the device."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import torch

from specviz.records import Warp

# Entries of a block, whose laws are computed in one go: so few on a CPU that a row of a large vocabulary is computed
# alone, where each operation costs by its size; on a device by its number, up to 128 MB of float64.
ON_CPU, ON_DEVICE = 2**15, 2**24


@dataclass
class LogitRows:
    """What the rows of every temperature are made of.

    chunks: logits [n, V] of each block.  count: nodes fed, the root included.
    """

    warp: Warp
    chunks: list[torch.Tensor] = field(default_factory=list)
    count: int = 0
    _starts: list[int] = field(default_factory=list)

    def add(self, logits: torch.Tensor) -> None:
        """Append logits [n, V] of newly fed nodes."""
        size, vocabulary = logits.shape
        for chunk in [logits] if size == 1 else logits.split(_rows_of_block(logits.device.type, vocabulary)):
            self._starts.append(self.count)
            self.chunks.append(chunk)
            self.count += len(chunk)

    def logits(self, node: int) -> torch.Tensor:
        """Logits [V] after a node; KeyError where the model was not run."""
        block, place = self._find(node)
        return self.chunks[block][place]

    def _find(self, node: int) -> tuple[int, int]:
        """Block of a node, and its place there."""
        block = bisect_right(self._starts, node) - 1
        if block < 0 or node >= self.count:
            raise KeyError(f"The model was not run on node {node}.")
        return block, node - self._starts[block]


def _rows_of_block(device: str, vocabulary: int) -> int:
    return max(1, (ON_CPU if device == "cpu" else ON_DEVICE) // vocabulary)
