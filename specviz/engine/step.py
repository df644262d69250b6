"""One iteration: draft a tree, check it in one target pass, keep what was accepted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from specviz.chance import Sampled
from specviz.engine.guessers import NoRows
from specviz.engine.recording import KEPT, kept_rows, shared_races, token_numbers
from specviz.engine.residuals import residual_laws
from specviz.race import DRAFT, PICK, Stream
from specviz.records import (
    DraftTree,
    Iteration,
    Race,
    Rows,
    RunSettings,
    Sampling,
    Seconds,
    SparseRows,
    Verdict,
    root_only,
)  # fmt: skip
from specviz.seams import Drafter, RankCounts, Round, Session, Verifier

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
    lean: bool = False,
) -> Iteration:
    """One draft tree, one target pass, one verdict; both sessions are committed to the emitted ids.

    lean: without the models' rows and the residual laws, which only figures of single nodes read.
    """
    context_len = players.target.length
    shared = players.verifier.shares_clocks
    limits = round_limits(settings, remaining, stop_ids, ranks)
    began = time.perf_counter()
    draft_chance = Sampled(**chance_of(settings, players.verifier, context_len, DRAFT))
    tree, draft_rows = _drafted(players, draft_chance, limits)
    drafted = time.perf_counter()
    target_rows = players.target.feed(tree.ids[1:], tree.parent[1:].tolist())
    target_rows[0]  # a device works on after `feed` has returned; this row, which every rule reads, is waited for here
    checked = time.perf_counter()
    chance = Sampled(**chance_of(settings, players.verifier, context_len, PICK))
    verdict = players.verifier.verify(tree, target_rows, draft_rows, chance, context_len)
    decided = time.perf_counter()
    if watch is not None:
        watch(Pass(tree, target_rows, draft_rows, verdict, context_len, limits))

    emitted = emitted_ids(tree, verdict, remaining, stop_ids)
    visited = [0, *verdict.path.tolist()][: len(emitted)]
    draft, target, residuals = _nothing_kept(tree.size + 1), _nothing_kept(tree.size + 1), {}
    if not lean:
        field = shared_field(settings, context_len)
        draft, target = kept_rows(tree, draft_rows, target_rows, verdict, field, context_len)
        residuals = residual_laws(players.verifier, tree, target_rows, draft_rows, verdict, context_len, KEPT)
    iteration = Iteration(
        index=index,
        context_len=context_len,
        tree=tree,
        draft=draft,
        target=target,
        verdict=verdict,
        emitted=tuple(emitted),
        **token_numbers(draft_rows, target_rows, visited, emitted),
        seconds=Seconds(drafted - began, checked - drafted, decided - checked),
        # The races are kept by a lean record too: drafters that learn from ranks read them.
        races=shared_races(chance, tree, draft_rows, target_rows, verdict, context_len) if shared else {},
        residuals=residuals,
    )
    players.target.commit(emitted)
    players.guesser.commit(emitted)  # second: an early exit reads on from where the target stands
    return iteration


@lru_cache(maxsize=128)
def _nothing_kept(rows: int) -> SparseRows:
    """One for all lean passes of a size: nobody writes into what is recorded."""
    return SparseRows.unknown(rows)


def _drafted(players: Players, chance: Sampled, limits: Round) -> tuple[DraftTree, Rows]:
    """What the drafter grows; where there is no room for a guess, nothing is run: that pass is plain decoding."""
    if not (limits.capacity and limits.depth):
        return root_only(Sampling.SHARED_RACE if chance.shared else players.drafter.sampling), NoRows()
    return players.drafter.grow(players.guesser, chance, limits)


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
    path = verdict.path.tolist()
    for node, accepted in zip([0, *path], [*path, None], strict=True):
        race = races.get(node)
        children = tree.children[node]
        if race is not None and race.rank_of_target is not None:
            rank, known = race.rank_of_target, RANKS
        else:
            rank = RANKS + 1 if accepted is None else 1 + children.index(accepted)
            known = min(len(children), RANKS)
        for place in range(known):
            tried[place] += 1
        if rank <= RANKS:
            won[rank - 1] += 1
    return RankCounts(tuple(won), tuple(tried))


def emitted_ids(tree: DraftTree, verdict: Verdict, remaining: int, stop_ids: frozenset[int]) -> list[int]:
    """The accepted path and the closing token, cut at an end-of-text token or at the length asked for."""
    ids = [*(tree.ids[i] for i in verdict.path.tolist()), verdict.closing_token][:remaining]
    stop = next((place for place, token in enumerate(ids) if token in stop_ids), None)
    return ids if stop is None else ids[: stop + 1]
