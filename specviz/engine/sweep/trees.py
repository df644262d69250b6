"""Trees grown once for several capacities: where trees are nested, a smaller one is the first nodes of a larger one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from specviz.drafting.pool import RenumberedRows
from specviz.engine.whatif.tree import cut_tree
from specviz.records import DraftTree, Rows, Sampling
from specviz.seams import Chance, Drafter, RankCounts, Round, Session


class _WatchedRound(Round):
    """What a drafter is told, noting whether it asked for the ranks that the run counted."""

    def __getattribute__(self, name: str) -> Any:
        if name == "ranks":
            object.__setattr__(self, "_asked", True)
        return object.__getattribute__(self, name)

    @property
    def asked(self) -> bool:
        """Whether the ranks were read."""
        return getattr(self, "_asked", False)


@dataclass(frozen=True)
class _Grown:
    """A tree, for what it was grown, and its rows. ranks: those that it depends on, None where it depends on none."""

    tree: DraftTree
    rows: Rows
    position: int
    limits: Round
    ranks: RankCounts | None


@dataclass
class Grower:
    """A drafter that grows a tree once at each place of the text, and reads smaller capacities off it.

    Those who use it take their turns in the order of their places, the largest capacity first where several are at one
    place; all of them must have the same session, clocks and seed. wanted, grown: trees.
    """

    drafter: Drafter
    wanted: int = 0
    grown: int = 0
    _last: _Grown | None = None

    @property
    def sampling(self) -> Sampling:
        """The drafter's."""
        return self.drafter.sampling

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """The tree that the drafter would grow, and rows at least where it would have them."""
        self.wanted += 1
        known = self._read_off(session.length, limits)
        if known is not None:
            return known
        self.grown += 1
        session.commit([])  # another tree may have been grown above this place
        told = _WatchedRound(limits.capacity, limits.drafts, limits.depth, limits.stop_ids, limits.ranks)
        tree, rows = self.drafter.grow(session, chance, told)
        self._last = _Grown(tree, rows, session.length, limits, limits.ranks if told.asked else None)
        return tree, rows

    def _read_off(self, position: int, limits: Round) -> tuple[DraftTree, Rows] | None:
        last = self._last
        if last is None or last.position != position or limits.capacity > last.limits.capacity:
            return None
        same = replace(last.limits, capacity=limits.capacity, ranks=limits.ranks)
        if same != limits or last.ranks not in (None, limits.ranks):
            return None
        if limits.capacity == last.limits.capacity:
            return last.tree, last.rows
        # A cut tree has more rows than its own would have. A run that counts ranks would count them there as well.
        order = self.drafter.nesting(last.tree, last.limits) if last.ranks is None else None
        if order is None:
            return None
        chosen = order[: limits.capacity]
        return cut_tree(last.tree, chosen), RenumberedRows(last.rows, [0, *sorted(chosen.tolist())])
