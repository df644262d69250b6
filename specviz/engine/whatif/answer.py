"""A recorded pass under other settings, from its stored rows: no model is called, and what they leave open is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from specviz.drafting import make_drafter
from specviz.engine.decode import check_fit
from specviz.engine.expectation import reach
from specviz.engine.guessers import ContextSession, draft_warp
from specviz.engine.step import Pass, chance_of, count_ranks, emitted_ids, round_limits
from specviz.engine.whatif.chance import Careful, OtherKindError, agreed
from specviz.engine.whatif.spread import EVEN, MOST, PILED, Spread
from specviz.engine.whatif.stored import NotStoredError, Side, StoredPass, StoredRows, StoredSession
from specviz.engine.whatif.tree import as_iteration, nested_tree, same_tree, same_trees
from specviz.race import DRAFT, PICK
from specviz.records import DecodeTrace, DraftTree, DrawKind, Iteration, RunSettings, StopReason, Verdict
from specviz.seams import Drafter, Guesser, RankCounts, Round, Verifier
from specviz.verification import make_verifier

UNKEPT = -1  # a token that was not kept: its probability lies in a gap between two kept ids
_LAWS = ("target", "draft", "middle", "temperature", "top_k", "top_p")


@dataclass(frozen=True, eq=False)
class WhatIf:
    """One pass under other settings.

    iteration: what the pass would have done; its closing token is `UNKEPT` where it is certain only that the token is
    none of those that were kept. None where the stored rows do not tell; `reason` then says why, in one sentence.
    expected: range of the exact expected tokens of this pass over the rule's coins, closing token included; None for
    rules that do not decide node by node, on shared clocks, which leave nothing to coins, and where rows are missing.
    """

    settings: RunSettings
    iteration: Iteration | None
    reason: str = ""
    expected: tuple[float, float] | None = None


def what_if(trace: DecodeTrace, index: int, settings: RunSettings, expect: bool = True) -> WhatIf:
    """Pass number `index` of a run under other settings, with the run's own randomness.

    Certain or refused: methods run unchanged on rows that agree with all that was kept, under extreme spreads of what
    was not, and only what all of them answer counts. expect: whether to work out the expected tokens too.
    """
    try:
        question = _Question(StoredPass(trace, index), settings)
        tree = question.tree()
        verdict = question.verdict(tree)
        iteration = question.iteration(tree, verdict)
        return WhatIf(settings, iteration, "", question.expected(tree, verdict) if expect else None)
    except ValueError as error:
        return WhatIf(settings, None, str(error))
    except (IndexError, KeyError):  # a file made by other hands
        return WhatIf(settings, None, "The parts of this record do not fit together.")


def capacity_ladder(trace: DecodeTrace, index: int, settings: RunSettings, capacities: Sequence[int]) -> list[WhatIf]:
    """The same pass at several P, without expected tokens."""
    return [what_if(trace, index, replace(settings, capacity=capacity), expect=False) for capacity in capacities]


@dataclass(frozen=True)
class _Question:
    """One pass and the settings asked about. Raises ValueError in one sentence where they cannot be answered for."""

    stored: StoredPass
    settings: RunSettings

    def __post_init__(self) -> None:
        trace, old = self.stored.trace, self.stored.trace.settings
        if not 0 <= self.stored.index < len(trace.iterations):
            raise ValueError(f"This run has {len(trace.iterations)} passes; there is no pass {self.stored.index + 1}.")
        check_fit(self.drafter, self.verifier)
        before, judge = make_drafter(old.drafter), make_verifier(old.verifier)
        same = draft_warp(self.settings, self.drafter, self.verifier) == draft_warp(old, before, judge)
        if not same or any(getattr(old, name) != getattr(self.settings, name) for name in _LAWS):
            raise NotStoredError("Other models or another temperature make other laws than the stored ones.")
        layers = self.drafter.guesser == Guesser.EARLY_LAYERS and self.drafter != before
        if self.drafter.guesser not in (before.guesser, Guesser.CONTEXT) or layers:
            raise NotStoredError("This strategy asks another model for its guesses than the recorded one did.")

    @cached_property
    def drafter(self) -> Drafter:
        """The strategy asked about."""
        return make_drafter(self.settings.drafter)

    @cached_property
    def verifier(self) -> Verifier:
        """The rule asked about."""
        return make_verifier(self.settings.verifier)

    @cached_property
    def limits(self) -> Round:
        """What the drafter would be told."""
        return self._limits(self.settings)

    def _limits(self, settings: RunSettings) -> Round:
        """Counts of ranks are those of the recorded passes before; the models' context and their end-of-text tokens are
        known only where they ended the run, and a drafter that goes on after such a token finds no row there."""
        ranks = RankCounts()
        for before in self.stored.trace.iterations[: self.stored.index]:
            ranks = count_ranks(before.tree, before.verdict, before.races, ranks)
        return round_limits(settings, self._remaining, self._stop_ids, ranks)

    @property
    def _remaining(self) -> int:
        """Tokens that are still wanted or have room."""
        trace, item = self.stored.trace, self.stored.item
        wanted = trace.settings.max_new_tokens - (item.context_len - len(trace.prompt_ids))
        room = len(trace.prompt_ids) + len(trace.emitted) - item.context_len
        return min(wanted, room) if trace.stop_reason == StopReason.CONTEXT_FULL else wanted

    @property
    def _stop_ids(self) -> frozenset[int]:
        trace = self.stored.trace
        return frozenset(trace.emitted[-1:] if trace.stop_reason == StopReason.END_OF_TEXT else ())

    def tree(self) -> DraftTree:
        """The tree that would be drafted: the recorded one, a part of it, or one grown again on the stored rows."""
        trace, item = self.stored.trace, self.stored.item
        before = make_verifier(trace.settings.verifier)
        chances = [
            chance_of(settings, verifier, item.context_len, DRAFT)
            for settings, verifier in ((trace.settings, before), (self.settings, self.verifier))
        ]
        if self.drafter == make_drafter(trace.settings.drafter):
            old, same_chance = self._limits(trace.settings), chances[0] == chances[1]
            if same_tree(self.drafter, old, self.limits, same_chance):
                return item.tree
            part = nested_tree(item.tree, self.drafter, old, self.limits, same_chance)
            if part is not None:
                return part
        with suppress(OtherKindError):
            return self._grown(MOST)
        try:
            tree, other = self._grown(EVEN), self._grown(PILED)
        except OtherKindError as error:
            raise NotStoredError("This strategy mixes draws and races, which stored rows cannot repeat.") from error
        if not same_trees(tree, other):
            raise NotStoredError(
                "Which guesses this strategy would make depends on tokens that the record did not keep."
            )
        return tree

    def _grown(self, spread: Spread) -> DraftTree:
        """The strategy itself, on the stored rows."""
        stored = self.stored
        chance = Careful(
            **chance_of(self.settings, self.verifier, stored.item.context_len, DRAFT), racing=spread == MOST
        )
        if self.drafter.guesser == Guesser.CONTEXT:
            return self.drafter.grow(ContextSession(stored.trace.vocabulary, stored.ids), chance, self.limits)[0]
        tree, _ = self.drafter.grow(StoredSession(stored, spread), chance, self.limits)
        nodes = stored.nodes(tree)
        for node in range(1, tree.size + 1):
            parent = int(tree.parent[node])
            if tree.ids[node] not in stored.kept_ids("draft", nodes[parent]):
                raise NotStoredError(
                    f"A guess {stored.after(tree, parent)} would be a token that the record did not keep."
                )
        chance.check_picks(lambda i: stored.kept_ids("draft", nodes[i]), lambda i: stored.after(tree, i))
        return tree

    def verdict(self, tree: DraftTree) -> Verdict:
        """What the rule says under every spread that could matter; one bounds all others in a race."""
        if self.verifier.shares_clocks:
            verdict, closing = self._judged(tree, MOST, self._rows(tree, MOST))
        else:
            rows = self._rows(tree, EVEN)
            first = self._judged(tree, EVEN, rows)
            # A rule that reads one model alone cannot tell how a mass lies within a gap.
            cuts = self._cuts(tree, first[0]) if rows[1].asked else ()
            spreads = [PILED, *(Spread(even, cut) for cut in cuts for even in (True, False))]
            others = [self._judged(tree, spread, self._rows(tree, spread)) for spread in spreads]
            verdict, closing = agreed([first, *others], self._place(tree))
        closing = max(closing, UNKEPT)
        draws = tuple(
            replace(draw, token=UNKEPT) if closing == UNKEPT and draw.token == verdict.closing_token else draw
            for draw in verdict.draws
        )
        return replace(verdict, closing_token=closing, draws=draws)

    def _cuts(self, tree: DraftTree, verdict: Verdict) -> set[int]:
        """Where the intervals of the draws begin and end, if they could move: at the ids drawn, or around their gap."""
        cuts, nodes = set(), self.stored.nodes(tree)
        for draw in verdict.draws:
            if draw.kind == DrawKind.PICK:
                kept = self.stored.kept_ids("target", nodes[draw.node])
                above = (
                    () if draw.token in kept else (i for i in (*kept, self.stored.trace.vocabulary) if i > draw.token)
                )
                cuts |= {draw.token, min(above, default=draw.token)}
        return cuts

    def _judged(self, tree: DraftTree, spread: Spread, rows: tuple[StoredRows, StoredRows]) -> tuple[Verdict, int]:
        """The rule itself, and its closing token; for one that was not kept -1, -2, .. by the gap that it lies in."""
        stored, position = self.stored, self.stored.item.context_len
        nodes = stored.nodes(tree)
        chance = Careful(**chance_of(self.settings, self.verifier, position, PICK), racing=spread == MOST)
        verdict = self.verifier.verify(tree, *rows, chance, position)
        path = [0, *verdict.path.tolist()]
        for node in path:
            kept = stored.kept_ids("target", nodes[node])
            if any(tree.ids[child] not in kept for child in tree.children[node]):
                raise NotStoredError(f"A guess {stored.after(tree, node)} is not in the target's stored row.")
        chance.check_picks(lambda i: stored.kept_ids("target", nodes[i]), self._place(tree))
        kept, closing = stored.kept_ids("target", nodes[path[-1]]), verdict.closing_token
        if closing in kept:
            return verdict, closing
        if spread == MOST:
            raise NotStoredError(f"The race {stored.after(tree, path[-1])} may be won by a token that was not kept.")
        return verdict, UNKEPT - sum(token < closing for token in kept)

    def _rows(self, tree: DraftTree, spread: Spread) -> tuple[StoredRows, StoredRows]:
        """Target's and draft's rows."""
        nodes, place = self.stored.nodes(tree), self._place(tree)
        sides: tuple[Side, Side] = ("target", "draft")
        target, draft = (StoredRows(self.stored, side, spread, nodes, place) for side in sides)
        return target, draft

    def _place(self, tree: DraftTree) -> Callable[[int], str]:
        return lambda node: self.stored.after(tree, node)

    def expected(self, tree: DraftTree, verdict: Verdict) -> tuple[float, float] | None:
        """Exact expected tokens under both extreme spreads."""
        if self.verifier.shares_clocks:
            return None
        sums = []
        for spread in (EVEN, PILED):
            one = Pass(tree, *self._rows(tree, spread), verdict, self.stored.item.context_len, self.limits)
            try:
                chances = reach(self.verifier, one)
            except NotStoredError:
                return None
            if chances is None:
                return None
            sums.append(float(chances.sum()))
        return min(sums), max(sums)

    def iteration(self, tree: DraftTree, verdict: Verdict) -> Iteration:
        """The pass as a record."""
        emitted = emitted_ids(tree, verdict, self._remaining, self._stop_ids)
        return as_iteration(self.stored, tree, verdict, emitted, *self._rows(tree, EVEN))
