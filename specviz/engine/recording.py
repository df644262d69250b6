"""What is kept of a pass: numbers of each emitted token, and both models' rows where they are wanted."""

from __future__ import annotations

import math

import numpy as np

from specviz.chance import Sampled
from specviz.records import DraftTree, Race, Rows, SparseRows, Verdict, ids_by_node

KEPT = 10  # most probable ids of either model that the record keeps at a node, besides those of the children
EARLIEST = 6  # tokens of a race that are drawn though nothing else asks for them


def row_or_none(rows: Rows, node: int) -> np.ndarray | None:
    """The row after a node, or None where the model was not run."""
    try:
        return rows[node]
    except KeyError:
        return None


def token_numbers(draft_rows: Rows, target_rows: Rows, visited: list[int], emitted: list[int]) -> dict[str, np.ndarray]:
    """Entropy, second moment, surprisal and overlap at each emitted token, as `Iteration` names them."""
    numbers = []
    for node, token in zip(visited, emitted, strict=True):
        p, q = target_rows[node], row_or_none(draft_rows, node)
        overlap = float("nan") if q is None else float(np.minimum(p, q).sum())
        numbers.append((*_moments(p), _surprisal(p[token]), overlap))
    return dict(zip(("entropy", "second_moment", "surprisal", "overlap"), np.array(numbers).T.copy(), strict=True))


def _moments(law: np.ndarray) -> tuple[float, float]:
    """Means of -log p and of its square, nats."""
    possible = law[law > 0]
    if len(possible) == 1:
        return 0.0, 0.0
    surprisal = -np.log(possible)
    return float(possible @ surprisal), float(possible @ (surprisal * surprisal))


def _surprisal(prob: float) -> float:
    """-log p, nats; 0 for a token that the target cannot write, which only a rule that is not exact lets through."""
    return -math.log(prob) if prob > 0 else 0.0


def kept_rows(
    tree: DraftTree, draft_rows: Rows, target_rows: Rows, verdict: Verdict, field: Sampled, context_len: int
) -> tuple[SparseRows, SparseRows]:
    """Both models' rows with the same ids at each node, so that the mass between two of them is known of both.

    Kept are the most probable ids of either model, those of the children, the closing token, and the winner of the
    shared race: with it the record tells what a rule that races would have said.
    """
    nodes = range(tree.size + 1)
    tops = [rows.top(nodes, KEPT) for rows in (draft_rows, target_rows)]
    columns = np.full((tree.size + 1, 2 * KEPT + max(map(len, tree.children)) + 2), -1)
    for row, q, p, children in zip(columns, *tops, tree.children, strict=True):
        row[: len(q.ids)] = q.ids
        row[KEPT : KEPT + len(p.ids)] = p.ids
        row[2 * KEPT : 2 * KEPT + len(children)] = tree.token[list(children)]
    for node in (walked := [0, *verdict.path.tolist()]):
        winner = field.race(context_len + int(tree.depth[node]), target_rows[node], 1, node)
        columns[node, -2:] = winner[0] if winner else -1
    columns[walked[-1], -1] = verdict.closing_token
    ids = ids_by_node(columns)
    return draft_rows.sparse(nodes, ids), target_rows.sparse(nodes, ids)


def shared_races(
    chance: Sampled, tree: DraftTree, draft_rows: Rows, target_rows: Rows, verdict: Verdict, context_len: int
) -> dict[int, Race]:
    """The race at each visited node where both models were run: the candidates worth drawing, on their clocks.

    Kept are the children, the winners and first arrivals of both sides and the most probable tokens of both; every
    token that arrives before the target's winner in the draft's race is among them, so ranks can be read off.
    """
    races: dict[int, Race] = {}
    for node in (0, *(int(i) for i in verdict.path)):
        q = row_or_none(draft_rows, node)
        if q is None:
            continue
        p = target_rows[node]
        clocks = chance.clocks(context_len + int(tree.depth[node]), len(p))
        with np.errstate(divide="ignore"):
            draft_arrival, target_arrival = clocks / q, clocks / p
        winner = int(target_arrival.argmin())
        earlier = np.flatnonzero(draft_arrival <= draft_arrival[winner])[:64]
        children = tree.token[list(tree.children[node])].astype(np.int64)
        best = [_first(x) for x in (draft_arrival, target_arrival, -p, -q)]
        kept = np.unique(np.concatenate([children, earlier, [winner], *best]))
        kept = kept[(p[kept] > 0) | (q[kept] > 0)]
        if (q[kept] > 0).any():
            races[node] = Race(kept, q[kept], p[kept], clocks[kept])
    return races


def _first(values: np.ndarray) -> np.ndarray:
    """Places of the smallest values; of equal ones those of smaller id."""
    count = min(EARLIEST, len(values))
    bound = np.partition(values, count - 1)[count - 1]
    places = np.flatnonzero(values <= bound)
    return places[np.argsort(values[places], kind="stable")][:count]
