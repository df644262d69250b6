"""A study of tokens per pass against capacity: strategies x capacities x prompts, as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, cast_of, check_fit, decode
from specviz.engine.expectation import reach
from specviz.engine.step import RANKS, Pass
from specviz.policy import check_allowed
from specviz.records import Iteration, LimitsStudy, Measurement, NestedTrees, RunSettings, Sampling, root_only
from specviz.seams import Drafter, Round, Verifier
from specviz.verification import make_verifier

STRATEGIES = (
    ("best_first", "sample_and_look"),
    ("iid_sequences", "recursive_rejection"),
    ("chain", "recursive_rejection"),
    ("race_tau_star", "shared_race"),
    ("oracle", "sample_and_look"),
)
TEXT = "the target's own text"


@dataclass(frozen=True)
class Progress:
    """What a study is doing: prompts done of all, each counted once for every measurement."""

    label: str
    done: int
    total: int


@dataclass
class Study:
    """A study under way: iterate it for its progress, take its record at any time; half a measurement is not kept.

    capacities: where strategies are run; nested: further P at which only the expectation is wanted, which for nested
    strategies the run at the largest capacity tells too, and which for all others costs a run each.
    """

    models: Models
    settings: RunSettings
    prompts: Sequence[tuple[str, str]]  # (kind, prompt)
    capacities: Sequence[int]
    strategies: Sequence[tuple[str, str]] = STRATEGIES
    nested: Sequence[int] = ()
    stop: Callable[[], bool] = lambda: False
    measurements: list[Measurement] = field(default_factory=list)
    trees: list[NestedTrees] = field(default_factory=list)
    note: str = ""

    def __post_init__(self) -> None:
        if not self.capacities:
            raise ValueError("A study needs at least one capacity.")
        if max(self.nested, default=0) > max(self.capacities):
            raise ValueError("The largest capacity must be run: its trees hold all smaller ones, and no larger one.")
        for capacity in (*self.capacities, *self.nested):
            check_allowed(replace(self.settings, capacity=capacity))
        for drafter, verifier in self.strategies:
            check_fit(make_drafter(drafter), make_verifier(verifier))
        self.ids = [self.models.encode(prompt) for _, prompt in self.prompts]
        self.surprisals: list[np.ndarray] = []
        self.entropies: list[np.ndarray] = []
        self.second_moments: list[np.ndarray] = []

    def points(self, drafter: str) -> list[int]:
        """Where a strategy is run: a strategy that is not nested also at the P that others need no run for."""
        every = set(self.capacities) | (set() if _is_nested(make_drafter(drafter)) else set(self.nested))
        return sorted(every)

    @property
    def total(self) -> int:
        """Prompts in all, counted once for each measurement and once for the text."""
        return len(self.ids) * (1 + sum(len(self.points(drafter)) for drafter, _ in self.strategies))

    def __iter__(self) -> Iterator[Progress]:
        done = 0
        for whole in self._sample_text():
            done += whole
            yield Progress(TEXT, done, self.total)
        for drafter, verifier in self.strategies:
            for capacity in self.points(drafter):
                for whole in self._measure(drafter, verifier, capacity):
                    done += whole
                    yield Progress(f"{make_drafter(drafter).title}, P = {capacity}", done, self.total)
                if self.stop():
                    return

    def _sample_text(self) -> Iterator[bool]:
        """Plain decoding of every prompt: the target's surprisals and entropies on its own text.

        Yields after each pass, and True when a prompt is done.
        """
        plain = replace(self.settings, capacity=0, drafter="chain", verifier="sample_and_look")
        for ids in self.ids:
            steps = []
            for step in decode(cast_of(self.models, plain), plain, ids, lean=True):
                steps.append(step)
                yield False
            for name, columns in (
                ("surprisal", self.surprisals),
                ("entropy", self.entropies),
                ("second_moment", self.second_moments),
            ):
                columns.append(np.concatenate([getattr(step, name) for step in steps]))
            yield True

    def _measure(self, drafter: str, verifier: str, capacity: int) -> Iterator[bool]:
        """Every prompt to the full length: an end-of-text token does not end a measured run.

        Yields after each pass, and True when a prompt is done.
        """
        began = time.perf_counter()
        settings = replace(self.settings, drafter=drafter, verifier=verifier, capacity=capacity)
        models = cast_of(self.models, settings)
        smaller = tuple(sorted(p for p in {*self.capacities, *self.nested} if p < capacity))
        books = []
        for ids in self.ids:
            book = Ledger(make_drafter(drafter), make_verifier(verifier), smaller)
            for step in decode(models, settings, ids, watch=book.enter, lean=True):
                book.close(step)
                if self.stop():
                    return
                yield False
            books.append(book)
            yield True
        seconds = time.perf_counter() - began
        self.measurements.append(_measurement(drafter, verifier, capacity, books, seconds))
        if capacity == max(self.points(drafter)) and smaller and all(book.is_nested for book in books):
            expected = tuple(tuple(book.smaller.tolist()) for book in books)
            passes = tuple(book.passes for book in books)
            self.trees.append(NestedTrees(drafter, verifier, capacity, smaller, expected, passes))

    def record(self) -> LimitsStudy:
        """What has been measured so far."""
        return LimitsStudy(
            temperature=self.settings.temperature,
            drafts=self.settings.drafts,
            depth=self.settings.depth,
            max_new_tokens=self.settings.max_new_tokens,
            seed=self.settings.seed,
            provenance=self.models.provenance,
            vocabulary=self.models.target.vocabulary,
            kinds=tuple(kind for kind, _ in self.prompts),
            prompts=tuple(prompt for _, prompt in self.prompts),
            measurements=tuple(self.measurements),
            surprisals=tuple(self.surprisals),
            entropies=tuple(self.entropies),
            second_moments=tuple(self.second_moments),
            nested=tuple(self.trees),
            note=self.note,
        )


@dataclass
class Ledger:
    """The sums of one prompt's run."""

    drafter: Drafter
    verifier: Verifier
    capacities: tuple[int, ...]
    tokens: int = 0
    passes: int = 0
    surprisal: float = 0.0
    closing: float = 0.0
    expected: float = 0.0
    is_nested: bool = True

    def __post_init__(self) -> None:
        self.smaller = np.zeros(len(self.capacities))
        self.ranks = np.zeros(RANKS, np.int64)

    def enter(self, one: Pass) -> None:
        """What the whole rows of a pass tell."""
        chances = reach(self.verifier, one)
        self.expected += float("nan") if chances is None else float(chances.sum())
        order = self.drafter.nesting(one.tree, one.limits)
        if order is None or chances is None:
            self.is_nested = False
        else:
            won = np.concatenate([[0.0], np.cumsum(chances[order])])
            self.smaller += 1.0 + won[np.minimum(np.array(self.capacities, np.int64), len(order))]
        last = int(one.verdict.path[-1]) if len(one.verdict.path) else 0
        row = one.target_rows[last]
        leaving = 1.0 - sum(float(row[one.tree.token[child]]) for child in one.tree.children[last])
        self.closing -= float(np.log(min(1.0, row[one.verdict.closing_token] / max(leaving, 1e-300))))

    def close(self, step: Iteration) -> None:
        """What the record of the pass tells."""
        self.tokens += len(step.emitted)
        self.passes += 1
        self.surprisal += float(step.surprisal.sum())
        for race in step.races.values():
            rank = race.rank_of_target
            if rank is not None and rank <= RANKS:
                self.ranks[rank - 1] += 1


def _is_nested(drafter: Drafter) -> bool:
    return drafter.nesting(root_only(Sampling.TOP), Round(0, 1, 1)) is not None


def _measurement(drafter: str, verifier: str, capacity: int, books: list[Ledger], seconds: float) -> Measurement:
    ranks = np.trim_zeros(np.sum([book.ranks for book in books], axis=0), "b")
    return Measurement(
        drafter=drafter,
        verifier=verifier,
        capacity=capacity,
        tokens=tuple(book.tokens for book in books),
        passes=tuple(book.passes for book in books),
        seconds=seconds,
        expected=tuple(book.expected for book in books),
        surprisal=tuple(book.surprisal for book in books),
        closing=tuple(book.closing for book in books),
        ranks=tuple(int(count) for count in ranks),
    )
