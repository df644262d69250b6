"""What the recorded tree says about trees of other sizes where no row is needed, and another pass as a record."""

from __future__ import annotations

import numpy as np

from specviz.engine.whatif.stored import NotStoredError, StoredPass, StoredRows
from specviz.records import DraftTree, Iteration, Sampling, Seconds, Verdict
from specviz.seams import Drafter, Round

TIE = 1e-5  # path probabilities of a record are off by less, relative to their size


def same_tree(drafter: Drafter, old: Round, new: Round, same_chance: bool) -> bool:
    """Whether the drafter was told the same, and would draw the same."""
    told = all(getattr(old, name) == getattr(new, name) for name in drafter.uses | {"stop_ids", "ranks"})
    return told and (same_chance or drafter.sampling == Sampling.TOP)


def nested_tree(tree: DraftTree, drafter: Drafter, old: Round, new: Round, same_chance: bool) -> DraftTree | None:
    """The tree of another capacity or depth where it is part of the recorded one; None where only the rows can tell.

    NotStoredError where the recorded tree is the best of its size but another is asked for than it contains.
    """
    order = drafter.nesting(tree, old)
    if order is None or old.capacity == 0:
        return None
    if drafter.sampling == Sampling.TOP:
        return cut_tree(tree, _best(tree, order, old, new))
    others = drafter.uses - {"capacity"}
    unchanged = all(getattr(old, name) == getattr(new, name) for name in others) and same_chance
    return cut_tree(tree, order[: new.capacity]) if unchanged and new.capacity <= old.capacity else None


def _best(tree: DraftTree, order: np.ndarray, old: Round, new: Round) -> np.ndarray:
    """The best nodes of another size: the recorded ones are the best of all that are no deeper than the old limit."""
    known = order[tree.depth[order] <= new.depth]
    cut_short = tree.size >= old.capacity  # else there was nothing else to guess
    if new.depth > old.depth:
        deepest = np.flatnonzero(tree.depth[order] == old.depth)
        if len(deepest):  # what follows these was never looked at; it is worth no more than the first of them
            known, cut_short = order[: int(deepest[0]) + 1], True
    if new.capacity > len(known) and cut_short:
        raise NotStoredError(
            f"The recorded tree tells the best {len(known)} guesses within {new.depth} tokens; P = {new.capacity} asks "
            "for more."
        )
    chosen, worth = known[: new.capacity], tree.path_prob
    if 0 < len(chosen) < len(known):
        last, first_out = int(chosen[-1]), int(known[len(chosen)])
        if worth[last] - worth[first_out] < TIE * worth[last] and tree.parent[first_out] != last:
            raise NotStoredError(
                "Two guesses are equally probable to all digits that were kept; which one is in is not told."
            )
    return chosen


def cut_tree(tree: DraftTree, chosen: np.ndarray) -> DraftTree:
    """The root and the chosen nodes, in their old order; parents must be among them."""
    old = [0, *sorted(int(node) for node in chosen)]
    new = {node: place for place, node in enumerate(old)}
    drawn = tuple(tuple(new[i] for i in tree.drawn[node] if i in new) for node in old) if tree.drawn else ()
    parent = [-1, *(new[int(tree.parent[node])] for node in old[1:])]
    return DraftTree(
        tree.token[old], np.array(parent, np.int32), tree.depth[old], tree.rank[old], tree.draft_prob[old],
        tree.sampling, drawn,
    )  # fmt: skip


def same_trees(one: DraftTree, other: DraftTree) -> bool:
    """Whether two trees carry the same tokens in the same places, drawn in the same order."""
    columns = (np.array_equal(a, b) for a, b in ((one.token, other.token), (one.parent, other.parent)))
    return all(columns) and one.drawn == other.drawn


def as_iteration(
    stored: StoredPass, tree: DraftTree, verdict: Verdict, emitted: list[int], target: StoredRows, draft: StoredRows
) -> Iteration:
    """Another pass at the same place as a record: measures of the laws where they are known, else NaN; no times."""
    item, nodes = stored.item, stored.nodes(tree)
    visited = [nodes[node] or 0 for node in (0, *verdict.path.tolist())][: len(emitted)]
    measured = dict(zip((0, *item.verdict.path.tolist()), range(len(item.emitted)), strict=False))
    anything = range(tree.size + 1), np.zeros((tree.size + 1, 0), np.int64)  # whatever was recorded at these nodes
    probs = [item.target.prob(node, token) for node, token in zip(visited, emitted, strict=True)]

    def column(values: np.ndarray) -> np.ndarray:
        return np.array([values[measured[node]] if node in measured else np.nan for node in visited])

    return Iteration(
        index=item.index,
        context_len=item.context_len,
        tree=tree,
        draft=draft.sparse(*anything),
        target=target.sparse(*anything),
        verdict=verdict,
        emitted=tuple(emitted),
        entropy=column(item.entropy),
        second_moment=column(item.second_moment),
        surprisal=np.array([-np.log(prob) if prob else np.nan for prob in probs]),
        overlap=column(item.overlap),
        seconds=Seconds(0.0, 0.0, 0.0),
    )
