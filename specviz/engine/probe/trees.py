"""Trees grown along one text, the same for every strategy, and what each smaller P and depth would win with them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from specviz.chance import Sampled
from specviz.drafting import make_drafter
from specviz.engine.expectation import reach
from specviz.engine.guessers import Cast, draft_warp, open_guesser
from specviz.engine.probe.costs import timed_pass
from specviz.engine.recording import shared_races
from specviz.engine.step import Pass, count_ranks
from specviz.race import DRAFT, PICK
from specviz.records import DraftTree, Draw, DrawKind, RunSettings
from specviz.seams import Drafter, Guesser, RankCounts, Round, Session, Verifier
from specviz.verification import make_verifier
from specviz.verification.walk import TreeWalk


@dataclass(frozen=True)
class Cut:
    """One pass cut down to P nodes no deeper than `depth`: expected tokens, nodes, and nodes of each depth 1, 2, .."""

    tokens: float
    layers: tuple[int, ...]

    @property
    def nodes(self) -> int:
        """Draft nodes of the smaller tree."""
        return sum(self.layers)


@dataclass
class Cuts:
    """Collects, tree by tree, what each (P, depth) would have won.

    Without cells every tree stands for its own setting alone; there the tokens of a rule that has no mean are counted.
    Raises ValueError, at `enter`, where cells are asked of a strategy whose trees are not nested, or of such a rule.
    """

    drafter: Drafter
    verifier: Verifier
    cells: Sequence[tuple[int, int]]
    found: dict[tuple[int, int], list[Cut]] = field(default_factory=dict)

    def enter(self, one: Pass) -> None:
        """A tree with both models' rows on it."""
        own = (one.limits.capacity, one.limits.depth)
        if self.verifier.name == "block":
            for capacity, depth in self.cells or (own,):
                self._keep((capacity, depth), _block_cut(self.verifier, one, min(capacity, depth)))
            return
        chances, order = reach(self.verifier, one), self.drafter.nesting(one.tree, one.limits)
        if self.cells and (chances is None or order is None):
            raise ValueError(f"{self.drafter.title} with {self.verifier.title} cannot be read off its trees.")
        if chances is None:
            self._keep(own, Cut(1.0 + one.verdict.accepted, layers_of(one.tree)))
            return
        every = np.arange(1, one.tree.size + 1) if order is None else order
        for capacity, depth in self.cells or (own,):
            chosen = every[one.tree.depth[every] <= depth][:capacity]
            tokens = 1.0 + float(chances[chosen].sum())
            self._keep((capacity, depth), Cut(tokens, layers_of(one.tree, chosen)))

    def _keep(self, cell: tuple[int, int], cut: Cut) -> None:
        self.found.setdefault(cell, []).append(cut)


@dataclass
class Clocked:
    """What a tree grown at one place of a text took: seconds of drafting, of the target's pass and of deciding.

    layers: nodes at depth 1, 2, ...  alone: seconds of a target pass without a tree, after another such, just before.
    shallow: seconds of drafting one guess, known once the next tree is asked for; NaN where there is no draft model.
    """

    layers: tuple[int, ...]
    alone: float
    drafting: float
    checking: float
    deciding: float
    shallow: float = float("nan")

    @property
    def size(self) -> int:
        """Draft nodes."""
        return sum(self.layers)


@dataclass(frozen=True)
class Grown:
    """A tree with both models' rows on it, to be read at once: those of many trees fill a memory; and its seconds."""

    one: Pass
    clocked: Clocked


def layers_of(tree: DraftTree, nodes: np.ndarray | slice = slice(None)) -> tuple[int, ...]:
    """Nodes at depth 1, 2, ..., of a tree or of these nodes of it."""
    return tuple(np.bincount(tree.depth[nodes], minlength=1)[1:].tolist())


def has_mean(verifier: Verifier) -> bool:
    """Whether what a tree wins is known without a coin: then a large tree tells about each smaller one in it."""
    return verifier.shares_clocks or isinstance(verifier, TreeWalk) or verifier.name == "block"


def grow_along(
    models: Cast, settings: RunSettings, prompt_ids: Sequence[int], text: Sequence[int], stride: int
) -> Iterator[Grown]:
    """A tree of these settings before every `stride`-th token of a text, which goes on as it is whatever is accepted.

    So every strategy is judged at the same places. The places of a run are other ones: it begins a pass where the one
    before it ended. It ends early where the context has no room for the whole depth.
    """
    drafter, verifier = make_drafter(settings.drafter), make_verifier(settings.verifier)
    target = models.target.open(list(prompt_ids), settings.warp)
    guesser = open_guesser(models, drafter, target, list(prompt_ids), draft_warp(settings, drafter, verifier))
    shared, noisy = verifier.shares_clocks, settings.temperature > 0
    lanes, ranks = settings.drafts if verifier.one_field_per_draft else 1, RankCounts()
    for place in range(0, len(text), stride):
        position = target.length
        if position + settings.depth > models.context:
            return
        limits = Round(settings.capacity, settings.drafts, settings.depth, ranks=ranks)
        timed_pass(target, [])  # the next one finds the caches as it does in plain decoding, after a pass like it
        alone = timed_pass(target, [])
        began = time.perf_counter()
        tree, draft_rows = drafter.grow(guesser, Sampled(settings.seed, position, DRAFT, shared, noisy, lanes), limits)
        drafted = time.perf_counter()
        target_rows = target.feed(tree.ids[1:], tree.parent[1:].tolist())
        target_rows[0]  # a device works on after `feed` has returned: the target's pass ends where its rows are there
        checked = time.perf_counter()
        chance = Sampled(settings.seed, position, PICK, shared, noisy, lanes)
        verdict = verifier.verify(tree, target_rows, draft_rows, chance, position)
        one = Pass(tree, target_rows, draft_rows, verdict, position, limits)
        clocked = Clocked(layers_of(tree), alone, drafted - began, checked - drafted, time.perf_counter() - checked)
        yield Grown(one, clocked)
        races = shared_races(chance, tree, draft_rows, target_rows, verdict, position) if shared else {}
        ranks = count_ranks(tree, verdict, races, ranks)
        if drafter.guesser == Guesser.DRAFT:
            guesser.commit([])  # the tree is dropped, the context stays
            again = Sampled(settings.seed, position, DRAFT, shared, noisy, lanes)
            began = time.perf_counter()
            drafter.grow(guesser, again, replace(limits, capacity=1, depth=1))
            clocked.shallow = time.perf_counter() - began
        for session in (target, guesser):
            _follow(session, list(text[place : place + stride]))


def _follow(session: Session, ids: list[int]) -> None:
    """Go on in the text; as between two passes of a run, only the last token is left to be read."""
    session.commit(ids[:1])
    if len(ids) > 1:
        session.commit(ids[1:-1])
        session.feed([], []).top([0], 1)  # waited for here, so that the passes clocked next are not charged with it
        session.commit(ids[-1:])


def _block_cut(verifier: Verifier, one: Pass, depth: int) -> Cut:
    """Exact mean of the block rule on a chain cut at `depth`: 1 + sum_i (1 - prod_{j >= i} (1 - h_j)) [15]."""
    size = min(depth, one.tree.size)
    chain = _first_nodes(one.tree, size)
    coins = Refusal()
    verifier.verify(chain, one.target_rows, one.draft_rows, coins, one.position)
    never = np.cumprod([1.0 - h for h in coins.asked])  # from the end of the chain to its beginning
    return Cut(1.0 + float((1.0 - never).sum()), (1,) * size)


def _first_nodes(tree: DraftTree, size: int) -> DraftTree:
    part = slice(0, size + 1)
    return replace(
        tree, token=tree.token[part], parent=tree.parent[part], depth=tree.depth[part], rank=tree.rank[part],
        draft_prob=tree.draft_prob[part], drawn=(),
    )  # fmt: skip


@dataclass
class Refusal:
    """Coins that always fall to refusal, so that a rule asks for all of them.

    asked: the chances it asked for, in order.
    """

    shared: bool = False
    asked: list[float] = field(default_factory=list)

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Nothing is recorded."""
        return ()

    def coin(self, probability: float, node: int, token: int, kind: DrawKind = DrawKind.COIN) -> bool:
        """Never."""
        self.asked.append(float(probability))
        return False

    def pick(self, row: np.ndarray, node: int) -> int:
        """What is drawn at the end is of no interest here."""
        return 0

    def race(self, position: int, row: np.ndarray, count: int, node: int, lane: int | None = None) -> list[int]:
        """Rules that race throw no coins."""
        raise NotImplementedError

    def arrivals(self, position: int, row: np.ndarray) -> np.ndarray:
        """Rules that race throw no coins."""
        raise NotImplementedError
