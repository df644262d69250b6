"""Laws of the nodes that a session has fed, kept on the device until a rule asks for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from specviz.models.laws import law
from specviz.models.logits import LogitRows
from specviz.models.noise import exponentials
from specviz.records import Arrivals, Clocks, SparseRows, Top

TOGETHER = 2**19  # a block of at most so many entries is copied to the host whole: one wait instead of several
RACES_ON_HOST = ("cpu", "mps")  # where rows cost no copy, and where there is no float64 for the clocks
CLOSE = 2.0**-48  # two arrivals this near, relative to their time, are ordered on the host
LEAST = 10  # best tokens that are looked for at once: a few more cost nothing, and the record asks for so many
REMEMBERED = 2**27  # a round's laws stay on the device up to so many entries, 1 GB

Blocks = list[tuple[int, list[int], list[int]]]
"""A block, places in it, and where in a list of nodes they were asked for."""


@dataclass
class DeviceRows(LogitRows):
    """Logits of the nodes fed so far, on the device, and the laws that were asked for, in float64.

    A law is computed once, with those of its block, and is the same array for whoever asks. On a CPU a row is a view of
    it; from a device it is copied when a rule asks for it.
    """

    _laws: dict[int, torch.Tensor] = field(default_factory=dict)
    _known: dict[int, np.ndarray] = field(default_factory=dict)
    _tops: dict[int, tuple[int, Top]] = field(default_factory=dict)

    def __getitem__(self, node: int) -> np.ndarray:
        """float64[V], the law after a node."""
        if node not in self._known:
            block, place = self._find(node)
            laws = self._law(block)
            if laws.device.type == "cpu" or laws.numel() <= TOGETHER:
                self._known |= enumerate(_host(laws), self._starts[block])
            else:
                self._known[node] = _host(laws[place])
        return self._known[node]

    def top(self, nodes: Sequence[int], count: int) -> list[Top]:
        """One selection on the device and one copy for each block; see `Rows`.

        What was found is remembered: the record asks again for what the drafter has asked for.
        """
        fresh, most = [n for n in dict.fromkeys(nodes) if self._tops.get(n, (0,))[0] < count], max(count, LEAST)
        for laws, numbers in self._parts(fresh):
            self._tops |= {fresh[n]: (most, best) for n, best in zip(numbers, _best(laws, most), strict=True)}
        nothing = (0, Top.none())
        return [self._tops.get(node, nothing)[1].first(count) for node in nodes]

    def arrivals(self, nodes: Sequence[int], clocks: Sequence[Clocks], count: int) -> list[Arrivals | None]:
        """Clocks and times are made on the device, one copy for each block; see `Rows`."""
        found: list[Arrivals | None] = [None] * len(nodes)
        if not self.chunks or self.chunks[0].device.type in RACES_ON_HOST:
            return found
        for laws, numbers in self._parts(nodes):
            keys = list(dict.fromkeys(clocks[number] for number in numbers))
            fields = exponentials(keys, laws.shape[-1], laws.device)
            if len(keys) > 1:
                fields = fields[[keys.index(clocks[number]) for number in numbers]]
            for number, first in zip(numbers, _earliest(laws, fields / laws, count), strict=True):
                found[number] = first
        return found

    def sparse(self, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
        """Gathered on the device, one copy for each block."""
        blocks = self._blocks(nodes)
        known = [number for _, _, numbers in blocks for number in numbers]
        wanted = np.maximum(ids[known], 0)
        found = np.zeros((2, *wanted.shape))
        if wanted.size:
            gather = _gather_on_host if self.chunks[0].device.type == "cpu" else _gather
            gather(self, blocks, wanted, found)
        return SparseRows.by_probability(ids, known, *found)

    def _blocks(self, nodes: Sequence[int | None]) -> Blocks:
        """Where these nodes are; unknown ones are passed over."""
        found: dict[int, tuple[list[int], list[int]]] = {}
        for number, node in enumerate(nodes):
            if node is not None and 0 <= node < self.count:
                block, place = self._find(node)
                rows, numbers = found.setdefault(block, ([], []))
                rows.append(place)
                numbers.append(number)
        return [(block, rows, numbers) for block, (rows, numbers) in found.items()]

    def _parts(self, nodes: Sequence[int]) -> Iterator[tuple[torch.Tensor, list[int]]]:
        """The laws of these nodes block by block, and which of the nodes they are."""
        for block, rows, numbers in self._blocks(nodes):
            yield self._laws_of(block, rows), numbers

    def _laws_of(self, block: int, rows: list[int]) -> torch.Tensor:
        """Some rows of a block, without a copy where they are all of it."""
        laws = self._law(block)
        return laws if rows == list(range(len(laws))) else laws[rows]

    def _law(self, block: int) -> torch.Tensor:
        """Laws [n, V] of a block; in float64, or float32 on a device that has no float64."""
        if block in self._laws:
            return self._laws[block]
        logits = self.chunks[block]
        laws = law(logits.float() if logits.device.type == "mps" else logits.double(), self.warp)
        if self.count * laws.shape[-1] <= REMEMBERED:
            self._laws[block] = laws
        return laws


def _host(laws: torch.Tensor) -> np.ndarray:
    """On the host in float64; there no copy is made."""
    return laws.cpu().double().numpy()


def _together(ids: torch.Tensor, *columns: torch.Tensor) -> tuple[np.ndarray, ...]:
    """Ids and numbers [n, m] to the host in one copy; there every id is exact as a floating-point number too."""
    if ids.device.type == "cpu":
        return ids.numpy(), *(column.numpy() for column in columns)
    first, *others = _host(torch.stack([ids.to(columns[0].dtype), *columns]))
    return first.astype(np.int64), *others


def _best(laws: torch.Tensor, count: int) -> list[Top]:
    """The `count` best of each row of laws [n, V], of equal ones those of smaller id.

    A selection on a device promises no order among equal numbers. Inside it they are sorted here; where the last place
    is tied with what was left out, which 16-bit logits often are, the ids that tie are asked for by rising id.
    """
    best = laws.topk(min(count + 1, laws.shape[-1]), dim=-1)
    ids, probs = _together(best.indices, best.values)
    if not (probs[:, 1:] == probs[:, :-1]).any():
        return _tops(probs[:, :count], ids[:, :count])
    left_out = probs[:, count:].max(axis=-1, initial=0.0)
    probs, ids = probs[:, :count].copy(), ids[:, :count].copy()
    tied = np.flatnonzero((left_out > 0) & (left_out == probs[:, -1]))
    if len(tied):
        rows = laws[tied.tolist()]
        edge = torch.as_tensor(probs[tied, -1:]).to(rows)
        falling = torch.arange(rows.shape[-1], 0, -1, dtype=rows.dtype, device=rows.device)
        first = _host(((rows == edge) * falling).topk(count, dim=-1).indices).astype(np.int64)
        for row, among in zip(tied, first, strict=True):
            open_places = probs[row] == probs[row, -1]
            ids[row, open_places] = among[: open_places.sum()]
    order = np.lexsort((ids, -probs), axis=-1)
    return _tops(np.take_along_axis(probs, order, -1), np.take_along_axis(ids, order, -1))


def _tops(probs: np.ndarray, ids: np.ndarray) -> list[Top]:
    """The possible tokens of each row."""
    if probs[:, -1:].all():
        return list(map(Top, ids, probs))
    sizes = (probs > 0).sum(axis=-1).tolist()
    return [Top(ids[row, :size], probs[row, :size]) for row, size in enumerate(sizes)]


def _earliest(laws: torch.Tensor, times: torch.Tensor, count: int) -> Iterator[Arrivals | None]:
    """The first arrivals of each race; None where the host may order them otherwise, whose logarithms round for it."""
    first = times.topk(min(count + 1, times.shape[-1]), dim=-1, largest=False)
    ids, times_of, probs = _together(first.indices, first.values, laws.gather(-1, first.indices))
    for row, arrived in enumerate(np.isfinite(times_of).sum(axis=-1).tolist()):
        ordered = times_of[row, :arrived]
        if (np.diff(ordered) <= CLOSE * ordered[1:]).any():
            yield None
        else:
            used = min(count, arrived)
            yield Arrivals(ids[row, :used], probs[row, :used], ordered[:used])


def _gather(rows: DeviceRows, blocks: Blocks, ids: np.ndarray, found: np.ndarray) -> None:
    """Fill found [2, n, m] block by block: the probabilities of rising ids [n, m], and the mass of all smaller ids."""
    done = 0
    for block, places, _ in blocks:
        laws, part = rows._laws_of(block, places), slice(done, done + len(places))
        index = torch.from_numpy(ids[part]).to(laws.device)
        probs = laws.gather(-1, index)
        below = laws.cumsum(-1).gather(-1, index) - probs
        found[:, part] = _host(torch.stack([probs, below]))
        done = part.stop


def _gather_on_host(rows: DeviceRows, blocks: Blocks, ids: np.ndarray, found: np.ndarray) -> None:
    """The same by the sums between neighbouring ids, which a processor adds faster than running sums over the row."""
    first = np.array([place for _, places, _ in blocks for place in places])[:, None] * rows.chunks[0].shape[-1]
    bounds = np.concatenate([first, first + ids], axis=1)
    done = 0
    for block, places, _ in blocks:
        flat, part = rows._law(block).numpy().reshape(-1), slice(done, done + len(places))
        at = bounds[part]
        found[0, part] = flat[at[:, 1:]]
        found[1, part] = np.add.reduceat(flat, at.ravel()).reshape(at.shape)[:, :-1]
        done = part.stop
    found[1][bounds[:, 1:] == bounds[:, :-1]] = 0  # where `reduceat` gives the entry itself, no id lies between
    np.cumsum(found[1], axis=1, out=found[1])
