"""A run's own randomness on stored rows: what is too close to call is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from specviz.chance import Sampled
from specviz.engine.whatif.stored import NotStoredError
from specviz.records import DrawKind, Verdict

NEAR = 1e-5  # records keep six digits: nothing this close to a threshold is decided
VAGUE = 0.01  # an acceptance chance that differs by more between rows is not shown


class OtherKindError(Exception):
    """A method draws where the rows only serve races, or races where they only serve draws."""


@dataclass
class Careful(Sampled):
    """Draws as in the recorded run.

    racing: whether the rows are upper limits, which serve races only.
    picked: node, row and height of each draw by distribution function.
    """

    racing: bool = False
    picked: list[tuple[int, np.ndarray, float]] = field(default_factory=list)

    def coin(self, probability: float, node: int, token: int, kind: DrawKind = DrawKind.COIN) -> bool:
        """True with the given probability."""
        if self.racing:
            raise OtherKindError
        return super().coin(probability, node, token, kind)

    def pick(self, row: np.ndarray, node: int) -> int:
        """One token by the inverse distribution function."""
        if self.racing:
            raise OtherKindError
        token = super().pick(row, node)
        if self.noisy:
            self.picked.append((node, row, self.draws[-1].u * float(row.sum())))
        return token

    def race(self, position: int, row: np.ndarray, count: int, node: int, lane: int | None = None) -> list[int]:
        """The first arrivals."""
        if not self.racing:
            raise OtherKindError
        return super().race(position, row, count, node, lane)

    def arrivals(self, position: int, row: np.ndarray) -> np.ndarray:
        """Refused."""
        raise NotStoredError(
            "This strategy weighs the arrival times of all tokens, and the record keeps only some of them."
        )

    def check_picks(self, kept: Callable[[int], frozenset[int]], place: Callable[[int], str]) -> None:
        """NotStoredError where a draw fell within rounding of the edge of a kept id. kept: ids kept at a node."""
        for node, row, height in self.picked:
            height_of = np.cumsum(row)
            first, last = (int(np.searchsorted(height_of, height + side, side="right")) for side in (-NEAR, NEAR))
            if first != last and {first, last} & kept(node):
                raise NotStoredError(f"A draw {place(node)} fell too close to call for numbers kept to six digits.")


def agreed(verdicts: Sequence[tuple[Verdict, int]], place: Callable[[int], str]) -> tuple[Verdict, int]:
    """The verdict, with its closing token, that all rows give; NotStoredError where they differ or nearly do.

    A coin counts as decided when it falls outside the range of its thresholds, widened by its own width on both sides.
    An acceptance chance that is not pinned down is NaN.
    """
    first, closing = verdicts[0]
    for other, other_closing in verdicts[1:]:
        paths = first.path.tolist(), other.path.tolist()
        shared = [a for a, b in zip(*paths, strict=False) if a == b]
        if paths[0] != paths[1] or closing != other_closing or not np.array_equal(first.state, other.state):
            raise NotStoredError(_open(place(shared[-1] if shared else 0)))
    if len({len(verdict.draws) for verdict, _ in verdicts}) > 1:
        raise NotStoredError(_open(place(0)))
    for draws in zip(*(verdict.draws for verdict, _ in verdicts), strict=True):
        if draws[0].kind in (DrawKind.COIN, DrawKind.CHOICE):
            low, high = min(draw.law for draw in draws), max(draw.law for draw in draws)
            room = high - low + NEAR
            if low - room < draws[0].u < high + room:
                raise NotStoredError(_open(place(draws[0].node)))
    chances = np.array([verdict.accept_prob for verdict, _ in verdicts])
    vague = np.isfinite(chances).all(axis=0) & (np.ptp(chances, axis=0) > VAGUE)
    return replace(first, accept_prob=np.where(vague, np.nan, first.accept_prob)), closing


def _open(where: str) -> str:
    return f"What the rule decides {where} depends on tokens that the record did not keep."
