"""Exact races over at most three tokens, as areas.

V i.i.d. Exp(1) clocks divided by their sum are uniform on the simplex, and who arrives first depends on ratios only:
"i beats j" is e_i r_j < e_j r_i, a half-plane through a corner. Every outcome is a convex region and its probability
is its share of the simplex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Point = tuple[Fraction, ...]
Rate = int | float | Fraction
LARGEST = 3


@dataclass(frozen=True)
class RaceRegion:
    """A convex set of clock ratios: a point (V = 1), a segment (V = 2) or a polygon (V = 3).

    vertices: corners in order around the region, each V Fractions that sum to 1 (clock of token i / sum of clocks).
    """

    vertices: tuple[Point, ...]

    @classmethod
    def whole(cls, vocabulary: int) -> RaceRegion:
        """The whole simplex over `vocabulary` tokens. Raises ValueError outside 1..3."""
        if not 1 <= vocabulary <= LARGEST:
            raise ValueError(f"A race region needs 1 to {LARGEST} tokens, not {vocabulary}.")
        corners = range(vocabulary)
        return cls(tuple(tuple(Fraction(int(i == j)) for i in corners) for j in corners))

    @property
    def vocabulary(self) -> int:
        """Number of tokens V."""
        return len(self.vertices[0])

    def split_by_winner(self, rates: Sequence[Rate]) -> dict[int, RaceRegion]:
        """The parts of this region by the token that arrives first at these rates.

        arrival = clock / rate; a token of rate 0 never arrives. Parts of probability zero are left out, and ties, which
        have probability zero, belong to both sides. Setting a winner's rate to 0 and splitting again gives the second
        arrival. rates: V numbers >= 0, one of them positive, in any scale; floats count as the fractions they are.
        Raises ValueError for other rates. Reference [2].
        """
        speeds = _speeds(rates, self.vocabulary)
        parts: dict[int, RaceRegion] = {}
        for winner in range(self.vocabulary):
            corners = self.vertices if speeds[winner] > 0 else ()
            for rival in range(self.vocabulary):
                if rival != winner and speeds[rival] > 0:
                    corners = _keep_ahead(corners, winner, rival, speeds)
            if _size(corners) > 0:
                parts[winner] = RaceRegion(corners)
        return parts

    def share(self) -> Fraction:
        """Exact probability of this region: its length or area relative to the whole simplex."""
        return _size(self.vertices)


def _speeds(rates: Sequence[Rate], vocabulary: int) -> list[Fraction]:
    try:
        speeds = [Fraction(rate) for rate in rates]
    except (ValueError, OverflowError, TypeError) as error:
        raise ValueError("The rates of a race must be finite numbers.") from error
    if len(speeds) != vocabulary:
        raise ValueError(f"The race needs {vocabulary} rates, one per token, not {len(speeds)}.")
    if any(speed < 0 for speed in speeds) or not any(speeds):
        raise ValueError("The rates of a race must not be negative and one must be positive.")
    return speeds


def _keep_ahead(corners: tuple[Point, ...], winner: int, rival: int, speeds: list[Fraction]) -> tuple[Point, ...]:
    """Cut away where the rival arrives first (Sutherland and Hodgman's clipping by one half-plane)."""
    leads = [point[rival] * speeds[winner] - point[winner] * speeds[rival] for point in corners]
    kept: list[Point] = []
    for here, point in enumerate(corners):
        before = corners[here - 1]
        lead, lead_before = leads[here], leads[here - 1]
        if lead * lead_before < 0:
            along = lead_before / (lead_before - lead)
            kept.append(tuple(a + along * (b - a) for a, b in zip(before, point, strict=True)))
        if lead >= 0:
            kept.append(point)
    return tuple(dict.fromkeys(kept))


def _size(corners: tuple[Point, ...]) -> Fraction:
    if not corners:
        return Fraction(0)
    vocabulary = len(corners[0])
    if vocabulary == 1:
        return Fraction(1)
    if vocabulary == 2:
        firsts = [point[0] for point in corners]
        return max(firsts) - min(firsts)
    doubled = sum(
        (a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1], strict=True)), Fraction(0)
    )
    return abs(doubled)  # the simplex has doubled area 1
