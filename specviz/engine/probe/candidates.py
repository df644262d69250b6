"""Which strategies are tried with which P, k and depth, and which of them one tree tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specviz.drafting import make_drafter
from specviz.engine.probe.trees import has_mean
from specviz.policy import policy
from specviz.records import RunSettings, Sampling, root_only
from specviz.seams import Guesser, Round
from specviz.verification import make_verifier

DEPTHS = (1, 2, 3, 4, 6, 8)
CAPACITIES = (1, 2, 4, 8, 16, 32, 64)  # those of the sliders
FINE = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64)  # for whoever needs no slider
LADDER = (12, 32)  # P of trees that are grown together: what a small tree takes is not told by one ten times its size
SMALLEST = 32  # of trees that tell smaller ones: the P best of two or three layers alone are among so many of all
LARGEST_OWN = 32  # beyond it, strategies whose trees are not nested are not tried: each size costs trees of its own
SEQUENCES = ((2, 1), (2, 2), (2, 4), (4, 2), (4, 4), (8, 4))  # k, depth


@dataclass(frozen=True)
class Candidate:
    """A strategy and the trees of it that are grown; cells: the (P, depth) that they tell, or none but their own."""

    drafter: str
    verifier: str
    capacity: int
    depth: int
    drafts: int = 4
    cells: tuple[tuple[int, int], ...] = ()


def candidates(grid: Sequence[int] = CAPACITIES) -> tuple[Candidate, ...]:
    """What a recommendation tries, as far as the server allows it. grid: P, rising from 1."""
    grid = within(grid)
    sequences = [(drafts, depth, least(grid, drafts * depth)) for drafts, depth in SEQUENCES if depth <= policy().depth]
    return (
        *nested("chain", "token", grid),
        *nested("chain", "block", grid),
        *nested("best_first", "sample_and_look", grid),
        *nested("race_tau_star", "shared_race", grid),
        *own("sequoia", "recursive_rejection_wor", grid, 4),
        *(Candidate("iid_sequences", "recursive_rejection", capacity, depth, drafts)
          for drafts, depth, capacity in sequences if capacity),
        *own("prompt_lookup", "sample_and_look", grid, 2),
    )  # fmt: skip


def candidates_of(settings: RunSettings, grid: Sequence[int]) -> tuple[Candidate, ...]:
    """One strategy with its verifier at every P of the grid, the smallest first; see `nested` and `own`."""
    grid = within(grid)
    drafter, verifier = make_drafter(settings.drafter), make_verifier(settings.verifier)
    is_nested = drafter.nesting(root_only(Sampling.TOP), Round(0, 1, 1)) is not None
    if is_nested and drafter.guesser == Guesser.DRAFT and has_mean(verifier):
        return nested(settings.drafter, settings.verifier, grid, settings.drafts)
    return own(settings.drafter, settings.verifier, grid, settings.drafts)


def nested(drafter: str, verifier: str, grid: Sequence[int], drafts: int = 4) -> tuple[Candidate, ...]:
    """Trees that hold those of every P on their rung of the ladder: of twice the largest, for the sake of shallow ones.

    A chain has one tree for each depth, so the smallest P that holds it stands for all.
    """
    depths, most = depths_tried(), policy().capacity
    if make_drafter(drafter).sampling == Sampling.SINGLE:
        cells = tuple((least(grid, depth), depth) for depth in depths if depth <= max(grid))
        return (Candidate(drafter, verifier, min(max(depths), most), max(depths), drafts, cells),)
    found = []
    for rung in rungs_of(grid):
        cells = tuple((capacity, depth) for capacity in rung for depth in depths if depth <= capacity)
        found.append(Candidate(drafter, verifier, min(max(SMALLEST, 2 * max(rung)), most), max(depths), drafts, cells))
    return tuple(found)


def own(drafter: str, verifier: str, grid: Sequence[int], drafts: int) -> tuple[Candidate, ...]:
    """Trees of their own for each P, at a depth or two that suit it; for a chain one for each depth."""
    if make_drafter(drafter).sampling == Sampling.SINGLE:
        cells = [(least(grid, depth), depth) for depth in depths_tried() if depth <= max(grid)]
    else:
        sizes = [size for size in doubling(grid) if size <= LARGEST_OWN] or [min(grid)]
        pairs = [(size, min(size, depth)) for size in sizes for depth in ((2,) if size < 8 else (2, 4))]
        cells = list(dict.fromkeys((size, min(depth, policy().depth)) for size, depth in pairs))
    return tuple(Candidate(drafter, verifier, capacity, depth, drafts) for capacity, depth in cells)


def within(grid: Sequence[int]) -> tuple[int, ...]:
    """The P of a grid that the server allows; its largest where they are all beyond it."""
    most = policy().capacity
    return tuple(size for size in grid if size <= most) or (most,)


def rungs_of(grid: Sequence[int]) -> list[list[int]]:
    """The P of a rising grid, parted at the rungs of the ladder."""
    parts = zip((0, *LADDER), (*LADDER, max(grid)), strict=True)
    rungs = [[size for size in grid if above < size <= most] for above, most in parts]
    return [rung for rung in rungs if rung]


def depths_tried() -> tuple[int, ...]:
    """The depths that the server allows."""
    return tuple(depth for depth in DEPTHS if depth <= policy().depth)


def doubling(grid: Sequence[int]) -> list[int]:
    """The P of a rising grid that are at least twice the one kept before."""
    kept: list[int] = []
    for size in grid:
        if not kept or size >= 2 * kept[-1]:
            kept.append(size)
    return kept


def least(grid: Sequence[int], count: int) -> int:
    """The smallest P of the grid that holds this many nodes; 0 where none does."""
    return min((capacity for capacity in grid if capacity >= count), default=0)
