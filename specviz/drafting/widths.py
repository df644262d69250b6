"""The best widths of a tree that is equally wide at each of its depths."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate

from specviz.drafting.ranks import acceptance_by_rank
from specviz.seams import Round


def best_widths(limits: Round) -> tuple[int, ...]:
    """The widths for this round's limits and for the acceptance by rank that its run has measured."""
    acceptance = acceptance_by_rank(limits.ranks, limits.drafts, digits=2)
    return widths_for(acceptance, limits.capacity, limits.drafts, limits.depth)


@lru_cache(maxsize=256)
def widths_for(acceptance: tuple[float, ...], capacity: int, branches: int, depth: int) -> tuple[int, ...]:
    """Widths w_1 >= w_2 >= .. of largest predicted sum over d of A(w_1) .. A(w_d), A(w) = a_1 + .. + a_w.

    sum over d of w_1 .. w_d <= capacity, w <= branches, at most `depth` of them. acceptance: a_r by rank.
    """
    reached = [0.0, *accumulate(acceptance[:branches])]

    def extend(widest: int, nodes: int, room: int, depth_left: int) -> tuple[float, tuple[int, ...]]:
        best: tuple[float, tuple[int, ...]] = (0.0, ())
        if depth_left == 0:
            return best
        for width in range(min(widest, room // nodes), 0, -1):
            tail, widths = extend(width, nodes * width, room - nodes * width, depth_left - 1)
            value = reached[width] * (1 + tail)
            if value > best[0]:
                best = value, (width, *widths)
        return best

    return extend(min(branches, len(reached) - 1), 1, capacity, depth)[1]
