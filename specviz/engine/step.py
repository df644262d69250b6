"""One iteration: draft a tree, check it in one target pass, keep what was accepted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from specviz.chance import Sampled
from specviz.race import DRAFT, PICK
from specviz.records import DraftTree, Iteration, Race, Rows, RunSettings, Seconds, SparseRows, State, Verdict
from specviz.seams import Drafter, RankCounts, Round, Session, Verifier

KEPT = 10  # ids kept per row in the record, besides those of the children
RANKS = 64  # ranks that a run counts


@dataclass(frozen=True)
class Players:
    """The four parties of a run."""

    target: Session
    guesser: Session
    drafter: Drafter
    verifier: Verifier


@dataclass(frozen=True)
class Pass:
    """A pass as it stands before it is recorded: whole rows, which the record does not keep."""

    tree: DraftTree
    target_rows: Rows
    draft_rows: Rows
    verdict: Verdict
    position: int
    limits: Round


Watch = Callable[[Pass], None]


def iterate(
    players: Players,
    settings: RunSettings,
    index: int,
    remaining: int,
    stop_ids: frozenset[int],
    ranks: RankCounts | None = None,
    watch: Watch | None = None,
) -> Iteration:
    """One draft tree, one target pass, one verdict; both sessions are committed to the emitted ids."""
    context_len = players.target.length
    noisy, shared = settings.temperature > 0, players.verifier.shares_clocks
    lanes = settings.drafts if players.verifier.one_field_per_draft else 1
    limits = Round(
        capacity=settings.capacity,
        drafts=settings.drafts,
        depth=min(settings.depth, remaining - 1) if settings.capacity else 0,
        stop_ids=stop_ids,
        ranks=ranks or RankCounts(),
    )
    began = time.perf_counter()
    draft_chance = Sampled(settings.seed, context_len, DRAFT, shared, noisy, lanes)
    tree, draft_rows = players.drafter.grow(players.guesser, draft_chance, limits)
    drafted = time.perf_counter()
    target_rows = players.target.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
    checked = time.perf_counter()
    chance = Sampled(settings.seed, context_len, PICK, shared, noisy, lanes)
    verdict = players.verifier.verify(tree, target_rows, draft_rows, chance, context_len)
    decided = time.perf_counter()
    if watch is not None:
        watch(Pass(tree, target_rows, draft_rows, verdict, context_len, limits))

    emitted = _emitted(tree, verdict, remaining, stop_ids)
    visited = [0, *(int(i) for i in verdict.path)]
    iteration = _record(
        index, context_len, tree, draft_rows, target_rows, verdict, emitted, visited[: len(emitted)],
        Seconds(drafted - began, checked - drafted, decided - checked),
        shared_races(chance, tree, draft_rows, target_rows, verdict, context_len) if shared else {},
    )  # fmt: skip
    players.target.commit(emitted)
    players.guesser.commit(emitted)  # second: an early exit reads on from where the target stands
    return iteration


def count_ranks(tree: DraftTree, verdict: Verdict, races: dict[int, Race], ranks: RankCounts) -> RankCounts:
    """The counts after one more round: at each visited node, which rank carried the next token.

    Where a race was recorded, the rank is that of the target's token in the draft's own order, whether or not it was
    in the tree; else only the ranks that had a child were tried.
    """
    won, tried = (list(column) + [0] * (RANKS - len(column)) for column in (ranks.won, ranks.tried))
    for node in (0, *(int(i) for i in verdict.path)):
        race = races.get(node)
        children = tree.children[node]
        if race is not None and race.rank_of_target is not None:
            rank, known = race.rank_of_target, RANKS
        else:
            accepted = [place for place, i in enumerate(children, 1) if verdict.state[i] == State.ACCEPTED]
            rank, known = (accepted or [RANKS + 1])[0], min(len(children), RANKS)
        for place in range(known):
            tried[place] += 1
        if rank <= RANKS:
            won[rank - 1] += 1
    return RankCounts(tuple(won), tuple(tried))


def _emitted(tree: DraftTree, verdict: Verdict, remaining: int, stop_ids: frozenset[int]) -> list[int]:
    ids = [*(int(tree.token[i]) for i in verdict.path), verdict.closing_token][:remaining]
    stop = next((place for place, token in enumerate(ids) if token in stop_ids), None)
    return ids if stop is None else ids[: stop + 1]


def _row(rows: Rows, node: int) -> np.ndarray | None:
    try:
        return rows[node]
    except KeyError:
        return None


def _record(
    index: int,
    context_len: int,
    tree: DraftTree,
    draft_rows: Rows,
    target_rows: Rows,
    verdict: Verdict,
    emitted: list[int],
    visited: list[int],
    seconds: Seconds,
    races: dict[int, Race],
) -> Iteration:
    """Entropy, second moment, surprisal and overlap at each emitted token, and the rows worth keeping."""
    laws = [target_rows[node] for node in visited]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [np.where(law > 0, -np.log(law), 0.0) for law in laws]
    drafts = [_row(draft_rows, node) for node in visited]
    overlap = [float("nan") if q is None else float(np.minimum(p, q).sum()) for p, q in zip(laws, drafts, strict=True)]
    always = [[int(tree.token[child]) for child in tree.children[node]] for node in range(tree.size + 1)]
    for node, token in zip(visited, emitted, strict=True):
        always[node].append(token)
    return Iteration(
        index=index,
        context_len=context_len,
        tree=tree,
        draft=_sparse(draft_rows, tree.size + 1, always),
        target=_sparse(target_rows, tree.size + 1, always),
        verdict=verdict,
        emitted=tuple(emitted),
        entropy=np.array([float((p * s).sum()) for p, s in zip(laws, logs, strict=True)]),
        second_moment=np.array([float((p * s * s).sum()) for p, s in zip(laws, logs, strict=True)]),
        surprisal=np.array([float(s[token]) for s, token in zip(logs, emitted, strict=True)]),
        overlap=np.array(overlap),
        seconds=seconds,
        races=races,
    )


def _sparse(rows: Rows, nodes: int, always: list[list[int]]) -> SparseRows:
    return rows.sparse(nodes, KEPT, always)


def shared_races(
    chance: Sampled, tree: DraftTree, draft_rows: Rows, target_rows: Rows, verdict: Verdict, context_len: int
) -> dict[int, Race]:
    """The race at each visited node where both models were run: the candidates worth drawing, on their clocks.

    Kept are the children, the winners and first arrivals of both sides and the most probable tokens of both; every
    token that arrives before the target's winner in the draft's race is among them, so ranks can be read off.
    """
    races: dict[int, Race] = {}
    for node in (0, *(int(i) for i in verdict.path)):
        q = _row(draft_rows, node)
        if q is None:
            continue
        p = target_rows[node]
        clocks = chance.clocks(context_len + int(tree.depth[node]), len(p))
        with np.errstate(divide="ignore"):
            draft_arrival, target_arrival = clocks / q, clocks / p
        winner = int(target_arrival.argmin())
        earlier = np.flatnonzero(draft_arrival <= draft_arrival[winner])[:64]
        children = tree.token[list(tree.children[node])].astype(np.int64)
        best = [np.argsort(x)[:6] for x in (draft_arrival, target_arrival, -p, -q)]
        kept = np.unique(np.concatenate([children, earlier, [winner], *best]))
        kept = kept[(p[kept] > 0) | (q[kept] > 0)]
        if (q[kept] > 0).any():
            races[node] = Race(kept, q[kept], p[kept], clocks[kept])
    return races
