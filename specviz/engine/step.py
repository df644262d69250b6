"""One iteration: draft a tree, check it in one target pass, keep what was accepted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from specviz.chance import Sampled
from specviz.engine.residuals import residual_laws
from specviz.race import DRAFT, PICK, Stream
from specviz.records import DraftTree, Iteration, Race, Rows, RunSettings, Seconds, SparseRows, State, Verdict
from specviz.seams import Drafter, RankCounts, Round, Session, Verifier

KEPT = 10  # most probable ids of either model that the record keeps at a node, besides those of the children
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
    shared = players.verifier.shares_clocks
    limits = round_limits(settings, remaining, stop_ids, ranks)
    began = time.perf_counter()
    draft_chance = Sampled(**chance_of(settings, players.verifier, context_len, DRAFT))
    tree, draft_rows = players.drafter.grow(players.guesser, draft_chance, limits)
    drafted = time.perf_counter()
    target_rows = players.target.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
    checked = time.perf_counter()
    chance = Sampled(**chance_of(settings, players.verifier, context_len, PICK))
    verdict = players.verifier.verify(tree, target_rows, draft_rows, chance, context_len)
    decided = time.perf_counter()
    if watch is not None:
        watch(Pass(tree, target_rows, draft_rows, verdict, context_len, limits))

    emitted = emitted_ids(tree, verdict, remaining, stop_ids)
    visited = [0, *(int(i) for i in verdict.path)]
    iteration = _record(
        index, context_len, tree, draft_rows, target_rows, verdict, emitted, visited[: len(emitted)],
        Seconds(drafted - began, checked - drafted, decided - checked), shared_field(settings, context_len),
        shared_races(chance, tree, draft_rows, target_rows, verdict, context_len) if shared else {},
        residual_laws(players.verifier, tree, target_rows, draft_rows, verdict, context_len, KEPT),
    )  # fmt: skip
    players.target.commit(emitted)
    players.guesser.commit(emitted)  # second: an early exit reads on from where the target stands
    return iteration


def round_limits(settings: RunSettings, remaining: int, stop_ids: frozenset[int], ranks: RankCounts | None) -> Round:
    """What the drafter is told: nothing is drafted beyond the last token that is still wanted."""
    return Round(
        capacity=settings.capacity,
        drafts=settings.drafts,
        depth=min(settings.depth, remaining - 1) if settings.capacity else 0,
        stop_ids=stop_ids,
        ranks=ranks or RankCounts(),
    )


def chance_of(settings: RunSettings, verifier: Verifier, context_len: int, stream: Stream) -> dict[str, Any]:
    """What decides the randomness of one party in one round, as arguments of `Sampled`."""
    return {
        "seed": settings.seed,
        "context_len": context_len,
        "stream": stream,
        "shared": verifier.shares_clocks,
        "noisy": settings.temperature > 0,
        "lanes": settings.drafts if verifier.one_field_per_draft else 1,
    }


def shared_field(settings: RunSettings, context_len: int) -> Sampled:
    """The clocks that both models would share in this round, whether or not the run's rule uses them."""
    return Sampled(settings.seed, context_len, PICK, shared=True, noisy=settings.temperature > 0)


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


def emitted_ids(tree: DraftTree, verdict: Verdict, remaining: int, stop_ids: frozenset[int]) -> list[int]:
    """The accepted path and the closing token, cut at an end-of-text token or at the length asked for."""
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
    field: Sampled,
    races: dict[int, Race],
    residuals: dict[int, SparseRows],
) -> Iteration:
    """Entropy, second moment, surprisal and overlap at each emitted token, and the rows worth keeping."""
    laws = [target_rows[node] for node in visited]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [np.where(law > 0, -np.log(law), 0.0) for law in laws]
    drafts = [_row(draft_rows, node) for node in visited]
    overlap = [float("nan") if q is None else float(np.minimum(p, q).sum()) for p, q in zip(laws, drafts, strict=True)]
    always = [[int(tree.token[child]) for child in tree.children[node]] for node in range(tree.size + 1)]
    walked = [0, *(int(i) for i in verdict.path)]
    for node, token in zip(walked, [*(int(tree.token[i]) for i in walked[1:]), verdict.closing_token], strict=True):
        # The winner of a shared race too: with it the record tells what a rule that races would have said.
        winner = field.race(context_len + int(tree.depth[node]), target_rows[node], 1, node)
        always[node] += [token, *winner]
    draft, target = _kept(draft_rows, target_rows, always)
    return Iteration(
        index=index,
        context_len=context_len,
        tree=tree,
        draft=draft,
        target=target,
        verdict=verdict,
        emitted=tuple(emitted),
        entropy=np.array([float((p * s).sum()) for p, s in zip(laws, logs, strict=True)]),
        second_moment=np.array([float((p * s * s).sum()) for p, s in zip(laws, logs, strict=True)]),
        surprisal=np.array([float(s[token]) for s, token in zip(logs, emitted, strict=True)]),
        overlap=np.array(overlap),
        seconds=seconds,
        races=races,
        residuals=residuals,
    )


def _kept(draft_rows: Rows, target_rows: Rows, always: list[list[int]]) -> tuple[SparseRows, SparseRows]:
    """Both models' rows with the same ids at each node, so that the mass between two of them is known of both."""
    nodes = len(always)
    draft = draft_rows.sparse(nodes, KEPT, always)
    target = target_rows.sparse(nodes, KEPT, _and_kept(always, draft))
    return draft_rows.sparse(nodes, KEPT, _and_kept(always, target)), target


def _and_kept(always: list[list[int]], rows: SparseRows) -> list[list[int]]:
    return [sorted({*more, *ids[ids >= 0].tolist()}) for more, ids in zip(always, rows.ids, strict=True)]


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
