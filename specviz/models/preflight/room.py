"""What a run takes besides the weights, whether there is room for it, and what would fit instead. No torch."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from specviz.models.preflight.memory import BYTES, Size, estimate, gigabytes

LEAST_TOKENS, LEAST_CAPACITY = 128, 1  # the smallest run that a pair must have room for
TOKENS, CAPACITY = 512, 32  # a usual run


@dataclass(frozen=True)
class Need:
    """A run of a pair: both sizes, numbers, tokens of the text (prompt included) and capacity P."""

    target: Size
    draft: Size
    dtype: str
    tokens: int
    capacity: int

    def bytes(self, tokens: int | None = None, capacity: int | None = None) -> int:
        """Caches, logits and working space; both weights are not counted."""
        tokens, capacity = tokens or self.tokens, self.capacity if capacity is None else capacity
        parts = estimate(self.target, self.draft, self.dtype, tokens, capacity).parts
        return sum(part.bytes for part in parts if not part.name.endswith("weights"))

    def largest_capacity(self, free: int) -> int | None:
        """P halved until it fits, or None."""
        return next((p for p in _halves(self.capacity, LEAST_CAPACITY) if self.bytes(capacity=p) <= free), None)

    def largest_text(self, free: int) -> int | None:
        """Tokens halved until they fit at this P, or None."""
        return next((n for n in _halves(self.tokens, LEAST_TOKENS) if self.bytes(tokens=n) <= free), None)

    def halved(self, free: int) -> bool:
        """Whether 16-bit numbers would make it fit: the weights shrink too."""
        if BYTES.get(self.dtype) != 4:
            return False
        saved = (self.target.parameters + self.draft.parameters) * 2
        return Need(self.target, self.draft, "bfloat16", self.tokens, self.capacity).bytes() <= free + saved

    def instead(self, free: int) -> str:
        """What would fit, in words."""
        capacity, text = self.largest_capacity(free), self.largest_text(free)
        ways = [f"P = {capacity:,} would fit"] if capacity is not None and capacity < self.capacity else []
        if text is not None and text < self.tokens:
            ways.append(f"a text of {text:,} tokens (prompt included) would fit at this P")
        if self.halved(free):
            ways.append("16-bit numbers would make room")
        return (", or ".join(ways) if ways else "a smaller pair is needed") + "."

    def refusal(self, free: int, device: str) -> str:
        """One sentence where there is no room, else ""."""
        if self.bytes() <= free:
            return ""
        return (
            f"A text of {self.tokens:,} tokens at P = {self.capacity:,} takes about {gigabytes(self.bytes())} besides "
            f"the weights, and {gigabytes(free)} are free on {device}: {self.instead(free)}"
        )


def _halves(start: int, least: int) -> list[int]:
    """start, start // 2, .. down to the least."""
    found = [max(start, least)]
    while found[-1] > least:
        found.append(max(least, found[-1] // 2))
    return found


def release() -> None:
    """Give the cards back what torch keeps for later."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
