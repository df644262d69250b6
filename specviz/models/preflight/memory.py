"""How much memory a pair will take, part by part, and how much there is. Nothing is imported to find out."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specviz.models.preflight.shape import Shape
from specviz.models.preflight.troubles import ModelError, Trouble

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
FIRST_ROWS = 128  # rows of a fresh key-value buffer; it doubles when it is full
PREFILL = 512  # prompt tokens of one pass
LIBRARIES = 370_000_000  # bytes of torch and transformers themselves, once in a process; measured on Linux
COPIES = 32  # bytes for each entry of the laws while a pass is recorded; 28 to 30 were measured


@dataclass(frozen=True)
class Size:
    """What decides the memory of one model: its name, parameters and shape."""

    name: str
    parameters: int
    shape: Shape


@dataclass(frozen=True)
class Part:
    """One share of the memory: its name, bytes and the sum behind it in words."""

    name: str
    bytes: int
    formula: str


@dataclass(frozen=True)
class Estimate:
    """All parts of a pair on one device; sizes: of target and draft."""

    parts: tuple[Part, ...]
    sizes: tuple[Size, Size]

    @property
    def total(self) -> int:
        """Bytes of all parts."""
        return sum(part.bytes for part in self.parts)


def cache_rows(tokens: int) -> int:
    """Rows of the key-value buffer that hold this many tokens: 128, 256, 512, ... as it doubles."""
    rows = FIRST_ROWS
    while rows < tokens:
        rows *= 2
    return rows


def cache_bytes(shape: Shape, tokens: int, width: int) -> int:
    """Key-value buffers of one model: 2 x layers x kv heads x head dimension x bytes x rows."""
    return 2 * shape.layers * shape.kv_heads * shape.head_dim * width * cache_rows(tokens)


def estimate(target: Size, draft: Size, dtype: str, tokens: int, capacity: int, fresh: bool = False) -> Estimate:
    """Bytes of weights, caches, logits and working space for one text of `tokens` tokens at capacity P.

    weights: parameters x bytes of a number.
    cache: 2 x layers x kv heads x head dimension x bytes x rows, where the buffer of rows doubles until it holds
    tokens + P.  logits: (P + 1) x rows of the vocabulary x 4, for both models.
    working space: the laws while they are recorded, (P + 1) x vocabulary x 32, and the mask of a long prompt,
    512 x rows x 8.  fresh: torch is not in the process yet; it takes 0.37 GB, once.
    """
    width, parts = BYTES[dtype], []
    for role, size in (("target", target), ("draft", draft)):
        weights = size.parameters * width
        parts.append(Part(f"{role} weights", weights, f"{size.parameters:,} parameters x {width} bytes"))
    for role, size in (("target", target), ("draft", draft)):
        s, rows = size.shape, cache_rows(tokens + capacity)
        words = f"2 x {s.layers} layers x {s.kv_heads} heads x {s.head_dim} x {width} bytes x {rows:,} rows"
        parts.append(Part(f"{role} cache", cache_bytes(s, tokens + capacity, width), words))
    vocabulary, nodes = max(target.shape.rows, draft.shape.rows), capacity + 1
    parts.append(Part("logits", 2 * nodes * vocabulary * 4, f"2 models x {nodes} nodes x {vocabulary:,} x 4 bytes"))
    mask = PREFILL * cache_rows(tokens + capacity) * 8
    words = f"{nodes} nodes x {vocabulary:,} x {COPIES} bytes + mask of a long prompt"
    parts.append(Part("working space", nodes * vocabulary * COPIES + mask, words))
    if fresh:
        parts.append(Part("libraries", LIBRARIES, "torch and transformers themselves, once on this server"))
    return Estimate(tuple(parts), (target, draft))


def free_memory(device: str) -> int | None:
    """Bytes that a new pair may take, or None where that cannot be known (yet).

    device: one, two with a comma between them, or `split` for all cards; of several it is the sum.
    """
    torch = sys.modules.get("torch")  # asking for a card is no reason to import it
    if torch is not None and getattr(torch.__spec__, "_initializing", False):
        torch = None  # another thread is at its import, as while a pair is loaded for the first time
    cards = torch.cuda.device_count() if torch is not None and torch.cuda.is_available() else 0
    names = [f"cuda:{card}" for card in range(cards)] or ["cuda"] if device == "split" else device.split(",")
    free = [_free_on_card(torch, name) if name.startswith("cuda") else _free_on_host() for name in dict.fromkeys(names)]
    known = [bytes_ for bytes_ in free if bytes_ is not None]
    return sum(known) if len(known) == len(free) else None


def _free_on_card(torch: Any, name: str) -> int | None:
    """Free for others, and what torch itself keeps there without using it."""
    if torch is None or not torch.cuda.is_available():
        return None
    kept = torch.cuda.memory_reserved(name) - torch.cuda.memory_allocated(name)
    return int(torch.cuda.mem_get_info(name)[0] + kept)


def _free_on_host() -> int | None:
    """MemAvailable of Linux, and less where a container sets a limit; elsewhere the free pages."""
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        free = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        try:
            return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (ValueError, OSError):
            return None
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (int((group / f"memory.{name}").read_text()) for name in ("max", "current"))
        lines = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        used -= int(lines.get("inactive_file", 0))  # files that were read, such as weights: given up when asked for
    except (OSError, ValueError):  # no limit reads "max"
        return free
    return min(free, max(0, limit - used))


def require_fit(needed: int, free: int | None, names: str, least: int = 0) -> None:
    """ModelError where weights cannot fit, or leave no room for the smallest run, of `least` bytes."""
    if free is not None and needed <= free < needed + least:
        raise ModelError(
            f"{names} need {gigabytes(needed)} for their weights and {gigabytes(least)} for the smallest run, and "
            f"{gigabytes(free)} are free; choose a smaller dtype or a smaller pair.",
            Trouble.MEMORY,
        )
    if free is not None and needed > free:
        raise ModelError(
            f"{names} need {gigabytes(needed)} for their weights alone, and {gigabytes(free)} are free; choose a "
            "smaller dtype or a smaller pair.",
            Trouble.MEMORY,
        )


def gigabytes(count: float) -> str:
    """Bytes in words: 5.4 MB, 1.20 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}" if count < 1000 * size else f"{count / size:,.0f} {unit}"
    return f"{count:.0f} B"
