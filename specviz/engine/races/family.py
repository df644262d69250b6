"""Real rounds of four shapes of draft tree under two rules, from fixed contexts: the figure family of [2].

One tree of the largest size is grown for each shape and cut down to every smaller size: shapes are nested, so the
smaller tree is the very one that the same random numbers would have grown, and each size gets a verdict of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from specviz.chance import Sampled
from specviz.drafting.base import TreeBuilder
from specviz.drafting.draws import Draws, independent_draws, race_draws
from specviz.drafting.layers import grow_layers
from specviz.drafting.pool import RenumberedRows
from specviz.engine.decode import Models
from specviz.race import DRAFT, PICK, SHAPES, RankTree, rank_shape
from specviz.records import DraftTree, PairLaws, Rows, Sampling, Warp
from specviz.records.table import MeasuredTable
from specviz.seams import Chance, Session
from specviz.verification import make_verifier

NAME = "shapes of draft trees"
BUDGETS = (1, 2, 4, 8, 16, 32, 64)
PLACES = tuple(range(32))  # tokens of its text before a context ends
RULES = {"ERSD": "shared_race", "GSD": "recursive_rejection"}


@dataclass(frozen=True)
class Context:
    """Where rounds begin. position: the row of the measured laws that stands here; None where none does."""

    text: int
    kind: str
    ids: tuple[int, ...]
    position: int | None = None


@dataclass(frozen=True)
class Grown:
    """A tree of a shape, with every draw in its order: (place in the shape, parent node, node)."""

    builder: TreeBuilder
    rows: Rows
    drawn: tuple[tuple[int, int, int], ...]

    def cut(self, nodes: int) -> tuple[DraftTree, list[int]]:
        """The tree of the shape's first nodes, and for each of its nodes the number it has in the whole tree."""
        smaller = TreeBuilder(self.builder.sampling)
        new, old = {0: 0}, [0]
        for place, parent, node in self.drawn:
            if place > nodes:
                continue
            new[node] = smaller.add(new[parent], self.builder.token[node], self.builder.prob[node])
            if new[node] == len(old):
                old.append(node)
        return smaller.build(), old


def contexts_of(laws: PairLaws, models: Models, places: Sequence[int] = PLACES) -> list[Context]:
    """Places in measured texts: the prompt and the tokens before the place. Texts that end earlier are left out."""
    found = []
    for text, (kind, prompt) in enumerate(zip(laws.kinds, laws.prompts, strict=True)):
        rows = np.flatnonzero(laws.text == text)
        ids = models.encode(prompt)
        for place in places:
            if place < len(rows):
                written = laws.token[rows[:place]].tolist()
                found.append(Context(text, kind, (*ids, *written), int(rows[place])))
    return found


def grow(session: Session, chance: Chance, shape: RankTree, stop_ids: frozenset[int]) -> Grown:
    """Draw a shape: on a shared race the node of rank r carries the r-th arrival, else the r-th independent draw.

    Equal draws share a node, as everywhere; nothing is drafted after a stop token.
    """
    draw: Draws = race_draws if chance.shared else independent_draws
    builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else Sampling.IID)
    below: dict[int, list[int]] = {}
    for place, parent in enumerate(shape.parent[1:].tolist(), start=1):
        below.setdefault(parent, []).append(place)
    drawn: list[tuple[int, int, int]] = []
    level = {0: 0}  # place in the shape -> node of the tree

    def add(depth: int, rows: Rows) -> bool:
        nonlocal level
        grown: dict[int, int] = {}
        for place, node in level.items():
            if place not in below or builder.token[node] in stop_ids:
                continue
            tokens = draw(chance, rows[node], len(below[place]), session.length + depth, node)
            for child, token in zip(below[place], tokens, strict=False):
                grown[child] = builder.add(node, token, rows[node][token])
                drawn.append((child, node, grown[child]))
        level = grown
        return any(place in below for place in level)

    rows = grow_layers(session, builder, len(shape.parent), add)
    return Grown(builder, rows, tuple(drawn))


@dataclass
class FamilyStudy:
    """Rounds under way: iterate over finished contexts, take the table at any time.

    acceptance: a_r by rule, from which tau* is grown and every prediction made. stop: asked between contexts.
    """

    models: Models
    contexts: Sequence[Context]
    temperature: float
    acceptance: Mapping[str, Sequence[float]]
    seeds: int
    seed: int = 1
    budgets: Sequence[int] = BUDGETS
    stop: Callable[[], bool] = lambda: False
    accepted: dict[tuple[str, str, int], list[list[int]]] = field(default_factory=dict)
    ranks: list[list[int]] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.seeds < 1 or not self.contexts or not self.budgets or min(self.budgets) < 1:
            raise ValueError("Rounds need at least one context, one seed and one draft node.")
        if self.temperature <= 0:
            raise ValueError("A race needs a temperature above 0: without noise all shapes keep the same token.")
        self.shapes = {
            (rule, name): rank_shape(name, self.acceptance[rule], max(self.budgets))
            for rule in RULES
            for name in SHAPES
        }

    def __iter__(self) -> Iterator[int]:
        for number, context in enumerate(self.contexts, start=1):
            if self.stop():
                return
            began = time.perf_counter()
            self._context(context, self.seed + (number - 1) * self.seeds)
            self.seconds += time.perf_counter() - began
            yield number

    def _context(self, context: Context, first_seed: int) -> None:
        """All rounds at one context; its seeds are its own, so that contexts are independent of one another."""
        warp = Warp(temperature=self.temperature)
        target, draft = (model.open(context.ids, warp) for model in (self.models.target, self.models.draft))
        kept: dict[tuple[str, str, int], list[int]] = {}
        ranks = []
        for seed in range(first_seed, first_seed + self.seeds):
            for (rule, name), shape in self.shapes.items():
                outcome = self._round(target, draft, rule, shape, seed)
                for budget, count in zip(self.budgets, outcome.accepted, strict=True):
                    kept.setdefault((rule, name, budget), []).append(count)
                if rule == "ERSD" and name == "batch":
                    ranks.append(outcome.rank)
        for key, counts in kept.items():
            self.accepted.setdefault(key, []).append(counts)
        self.ranks.append(ranks)

    def _round(self, target: Session, draft: Session, rule: str, shape: RankTree, seed: int) -> Outcome:
        shared, position = rule == "ERSD", target.length
        grown = grow(draft, Sampled(seed, position, DRAFT, shared), shape, self.models.stop_ids)
        builder = grown.builder
        target_rows = target.feed(builder.token[1:], builder.parent[1:])
        accepted = []
        verifier = make_verifier(RULES[rule])
        for budget in self.budgets:
            tree, old = grown.cut(budget)
            rows = [RenumberedRows(full, list(old)) for full in (target_rows, grown.rows)]
            coins = Sampled(seed, position, PICK, shared)
            accepted.append(len(verifier.verify(tree, rows[0], rows[1], coins, position).path))
        rank = _first_rank(seed, position, target_rows[0], grown.rows[0]) if shared else 0
        target.commit([])
        draft.commit([])
        return Outcome(accepted, rank)

    def table(self, laws: PairLaws) -> MeasuredTable:
        """One row for each rule, shape and budget; `accepted` holds one mean for each context."""
        columns: dict[str, list[object]] = {
            name: [] for name in ("rule", "shape", "k", "nodes", "predicted", "accepted")
        }
        for (rule, name, budget), counts in self.accepted.items():
            reach = self.shapes[rule, name].reach[1 : budget + 1]
            row = (rule, name, budget, len(reach), float(reach.sum()), np.mean(counts, axis=1).round(6).tolist())
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
        done = self.contexts[: len(self.ranks)]
        settings = {
            "temperature": self.temperature,
            "written_at": laws.temperature,
            "seeds": self.seeds,
            "seed": self.seed,
            "vocabulary": laws.vocabulary,
            "acceptance": {rule: list(values) for rule, values in self.acceptance.items()},
            "texts": [context.text for context in done],
            "kinds": [context.kind for context in done],
            "positions": [context.position for context in done],
            "ranks": self.ranks,
        }
        named = {name: tuple(values) for name, values in columns.items()}
        return MeasuredTable(NAME, named, self.models.provenance, settings, self.seconds)


@dataclass(frozen=True)
class Outcome:
    """Draft tokens kept by each budget, and the rank of the target's first token in a shared race."""

    accepted: list[int]
    rank: int


def _first_rank(seed: int, position: int, target_row: np.ndarray, draft_row: np.ndarray) -> int:
    chance = Sampled(seed, position, DRAFT, shared=True)
    winner = chance.race(position, target_row, 1, 0)[0]
    arrival = chance.arrivals(position, draft_row)
    return int((arrival < arrival[winner]).sum()) + 1
