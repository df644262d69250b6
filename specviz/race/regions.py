"""Exact races over any number of clocks, as volumes.

n i.i.d. Exp(1) clocks divided by their sum are uniform on a simplex, and who arrives first depends on ratios only:
"i beats j" is e_i r_j < e_j r_i, a half-space through the apex. Every outcome is a union of simplices with rational
corners, and its probability is its share of the whole. Corners are kept as integer rays (any positive multiple names
the same corner), so nothing is ever divided until a share is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd, lcm

Ray = tuple[int, ...]
Simplex = tuple[Ray, ...]
Rate = int | float | Fraction


@dataclass(frozen=True)
class ClockRegion:
    """A set of clock ratios, as simplices that share no volume.

    simplices: each with n rays of n integers; a ray stands for its multiple whose entries sum to 1.
    """

    simplices: tuple[Simplex, ...]

    @classmethod
    def whole(cls, clocks: int) -> ClockRegion:
        """All ratios of `clocks` clocks. Raises ValueError when there is none."""
        if clocks < 1:
            raise ValueError("A race needs at least one clock.")
        return cls((tuple(tuple(int(i == j) for i in range(clocks)) for j in range(clocks)),))

    def split_by_winner(self, rates: Sequence[Rate]) -> dict[int, ClockRegion]:
        """The parts of this region by the clock that arrives first at these rates; impossible winners are left out.

        arrival = clock / rate; a clock of rate 0 takes no part, and setting a winner's rate to 0 and splitting again
        gives the second arrival. Ties have probability 0. rates: n numbers >= 0, one of them positive, in any scale;
        floats count as the fractions they are. Raises ValueError for other rates. Reference [2].
        """
        try:
            speeds = [Fraction(rate) for rate in rates]
        except (ValueError, OverflowError, TypeError) as error:
            raise ValueError("The rates of a race must be finite numbers.") from error
        size = len(self.simplices[0])
        if len(speeds) != size or any(speed < 0 for speed in speeds) or not any(speeds):
            raise ValueError(f"A race of {size} clocks needs as many rates, none negative and one positive.")
        scale = lcm(*(speed.denominator for speed in speeds))
        whole = [int(speed * scale) for speed in speeds]
        shared = gcd(*whole)
        return _split(self, tuple(speed // shared for speed in whole))

    @cached_property
    def share(self) -> Fraction:
        """Exact probability of this region: its volume relative to the whole."""
        return sum((_volume(simplex) for simplex in self.simplices), Fraction(0))

    @property
    def corners(self) -> list[tuple[Fraction, ...]]:
        """Where the boundary bends, and perhaps other points of it; each sums to 1, in no order."""
        rays = dict.fromkeys(ray for simplex in self.simplices for ray in simplex)
        return list(dict.fromkeys(tuple(Fraction(x, sum(ray)) for x in ray) for ray in rays))

    def centre(self) -> list[Fraction]:
        """One point inside: the mean corner of the first simplex."""
        corners = self.simplices[0]
        points = [[Fraction(x, sum(ray)) for x in ray] for ray in corners]
        return [sum(column, Fraction(0)) / len(corners) for column in zip(*points, strict=True)]


@lru_cache(maxsize=4096)  # an enumeration walks through the same regions again and again
def _split(region: ClockRegion, speeds: tuple[int, ...]) -> dict[int, ClockRegion]:
    parts = {}
    for winner in (i for i, speed in enumerate(speeds) if speed > 0):
        kept = region.simplices
        for rival in (i for i, speed in enumerate(speeds) if speed > 0 and i != winner):
            kept = tuple(part for simplex in kept for part in _ahead(simplex, winner, rival, speeds))
        if kept:
            parts[winner] = ClockRegion(kept)
    return parts


def _ahead(simplex: Simplex, winner: int, rival: int, speeds: tuple[int, ...]) -> list[Simplex]:
    """The parts of a simplex where `winner` arrives before `rival`."""
    return _clip(simplex, tuple(ray[rival] * speeds[winner] - ray[winner] * speeds[rival] for ray in simplex))


def _clip(simplex: Simplex, leads: tuple[int, ...]) -> list[Simplex]:
    """Where the linear function with these corner values is positive: cut one mixed edge, then both halves again."""
    ahead = next((i for i, lead in enumerate(leads) if lead > 0), None)
    if ahead is None:
        return []
    behind = next((i for i, lead in enumerate(leads) if lead < 0), None)
    if behind is None:
        return [simplex]
    a, b = leads[ahead], -leads[behind]
    ray = [b * x + a * y for x, y in zip(simplex[ahead], simplex[behind], strict=True)]
    divisor = gcd(*ray)
    middle = tuple(x // divisor for x in ray)
    parts = []
    for place in (ahead, behind):
        rays = (*simplex[:place], middle, *simplex[place + 1 :])
        parts += _clip(rays, (*leads[:place], 0, *leads[place + 1 :]))
    return parts


def _volume(simplex: Simplex) -> Fraction:
    """|determinant| of the corners scaled to sum 1, by fraction-free elimination."""
    rows = [list(ray) for ray in simplex]
    scale = 1
    for row in rows:
        scale *= sum(row)
    previous, size = 1, len(rows)
    for step in range(size - 1):
        pivot = next((i for i in range(step, size) if rows[i][step]), None)
        if pivot is None:
            return Fraction(0)
        rows[step], rows[pivot] = rows[pivot], rows[step]
        for i in range(step + 1, size):
            for j in range(step + 1, size):
                rows[i][j] = (rows[i][j] * rows[step][step] - rows[i][step] * rows[step][j]) // previous
        previous = rows[step][step]
    return Fraction(abs(rows[-1][-1]), scale)
