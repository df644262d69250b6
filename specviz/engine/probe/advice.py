"""Which strategy, P, k and depth for one prompt on this machine: costs measured, gains predicted, the best one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, Run, cast_of, check_fit
from specviz.engine.probe.costs import USUAL, measure_costs
from specviz.engine.probe.reading import overlap_along
from specviz.engine.probe.survey import plain, seconds_of
from specviz.engine.probe.trees import Cuts, Grown, draft_seconds, grow_along, own_work
from specviz.records import Iteration, RunSettings
from specviz.records.advice import Advice, Check, Forecast
from specviz.records.costs import Costs
from specviz.seams import Guesser
from specviz.theory import Estimate, bootstrap_quotient
from specviz.verification import make_verifier

DEPTHS = (1, 2, 3, 4, 6, 8)
CAPACITIES = (1, 2, 4, 8, 16, 32, 64)
TEXTS = 3  # written by plain decoding, for every strategy the same
STRIDE = 5  # trees are grown at every fifth place of them
REPEATS = 8  # runs of the chosen setting and of plain decoding, in turn


@dataclass(frozen=True)
class Candidate:
    """A strategy and the trees of it that are grown; cells: the (P, depth) that they tell, or none but their own."""

    drafter: str
    verifier: str
    capacity: int
    depth: int
    drafts: int = 4
    cells: tuple[tuple[int, int], ...] = ()


def _power(count: int) -> int:
    """The smallest P of the sliders that holds this many nodes."""
    return next(capacity for capacity in CAPACITIES if capacity >= count)


CHAIN_CELLS = tuple((_power(depth), depth) for depth in DEPTHS)
TREE_CELLS = tuple((capacity, depth) for capacity in CAPACITIES for depth in DEPTHS if depth <= capacity)
CANDIDATES = (
    Candidate("chain", "token", 8, 8, cells=CHAIN_CELLS),
    Candidate("chain", "block", 8, 8, cells=CHAIN_CELLS),
    Candidate("best_first", "sample_and_look", 128, 8, cells=TREE_CELLS),
    Candidate("race_tau_star", "shared_race", 128, 8, cells=TREE_CELLS),
    *(Candidate("sequoia", "recursive_rejection_wor", capacity, depth)
      for capacity, depth in ((2, 2), (4, 2), (8, 2), (8, 4), (16, 3), (32, 4))),
    *(Candidate("iid_sequences", "recursive_rejection", _power(drafts * depth), depth, drafts)
      for drafts, depth in ((2, 1), (2, 2), (2, 4), (4, 2), (4, 4), (8, 4))),
    *(Candidate("prompt_lookup", "sample_and_look", capacity, depth, drafts)
      for capacity, depth, drafts in ((2, 2, 1), (8, 4, 2), (16, 8, 4))),
)  # fmt: skip


@dataclass(frozen=True)
class Advising:
    """How far a recommendation is: what is under way, and steps done of all."""

    label: str
    done: int
    total: int


@dataclass
class Adviser:
    """A recommendation under way: iterate it for its progress, take it at any time once costs are known.

    settings: models, temperature, length of each run and seed; strategy, P, k and depth are tried.
    stop: asked between passes; a candidate under way is then dropped.
    Raises ValueError for an empty prompt or one that is too long.
    """

    models: Models
    settings: RunSettings
    prompt: str
    stop: Callable[[], bool] = lambda: False
    forecasts: list[Forecast] = field(default_factory=list)
    check: Check | None = None
    costs: Costs | None = None
    texts: list[list[int]] = field(default_factory=list)
    plain_seconds: float = float("nan")
    overlap: float = float("nan")
    mu: float = float("nan")

    def __post_init__(self) -> None:
        self.ids = self.models.encode(self.prompt)
        self.began = time.perf_counter()

    def __iter__(self) -> Iterator[Advising]:
        total = len(CANDIDATES) + 2 + REPEATS
        yield Advising("measuring the cost of a pass", 0, total)
        self.costs = measure_costs(self.models, self.ids, stop=self.stop)
        yield Advising("plain decoding", 1, total)
        for _ in self._plain(self.costs):
            yield Advising("plain decoding", 1, total)
        for number, candidate in enumerate(CANDIDATES, start=2):
            title = make_drafter(candidate.drafter).title
            for _ in self._forecast(candidate, self.costs):
                yield Advising(f"reading trees of {title}, P = {candidate.capacity}", number, total)
            if self.stop():
                return
        for done in self._check():
            yield Advising("running the best one beside plain decoding", 2 + len(CANDIDATES) + done, total)

    def _plain(self, costs: Costs) -> Iterator[Iteration]:
        """The texts along which every strategy is judged."""
        steps: list[Iteration] = []
        overlaps: list[np.ndarray] = []
        for number in range(TEXTS):
            settings = plain(replace(self.settings, seed=self.settings.seed + number))
            run = Run(self.models, settings, self.prompt, self.stop)
            yield from run
            text = [token for step in run.iterations for token in step.emitted]
            self.texts.append(text)
            steps += run.iterations
            overlaps.append(overlap_along(self.models, self.ids, text, settings.warp))
            if self.stop():
                break
        target, deciding = (_usual([getattr(step.seconds, part) for step in steps]) for part in ("target", "verify"))
        self.plain_seconds = costs.target_pass(0) * (1 + deciding / target)
        self.mu = float(np.concatenate([step.entropy for step in steps]).mean())
        self.overlap = float(np.concatenate(overlaps).mean())

    def _forecast(self, candidate: Candidate, costs: Costs) -> Iterator[Grown]:
        """Trees of a candidate along the texts; what they tell is kept when all have been grown."""
        settings = replace(
            self.settings, drafter=candidate.drafter, verifier=candidate.verifier, capacity=candidate.capacity,
            depth=candidate.depth, drafts=candidate.drafts,
        )  # fmt: skip
        book = Cuts(make_drafter(candidate.drafter), make_verifier(candidate.verifier), candidate.cells)
        check_fit(book.drafter, book.verifier)
        seen: list[Grown] = []
        cast = cast_of(self.models, settings)
        for text in self.texts:
            for grown in grow_along(cast, settings, self.ids, text, STRIDE):
                book.enter(grown.one)
                seen.append(grown)
                yield grown
                if self.stop():
                    return
        self.forecasts += _read_off(candidate, book, costs, seen)

    def _check(self) -> Iterator[int]:
        """The best forecast and plain decoding in turn; only whole repetitions are kept."""
        advice = self.advice()
        if advice is None:
            return
        best = advice.best
        chosen = replace(
            self.settings, drafter=best.drafter, verifier=best.verifier, capacity=best.capacity, depth=best.depth,
            drafts=best.drafts,
        )  # fmt: skip
        for number in range(REPEATS):
            settings = replace(chosen, seed=self.settings.seed + 1 + number)
            runs = [Run(self.models, one, self.prompt, self.stop) for one in (settings, plain(settings))]
            for run in runs if number % 2 else runs[::-1]:
                for _ in run:
                    yield number
                if self.stop():
                    return
            method, alone = runs
            self.check = _with(self.check, best, method, alone)

    def advice(self) -> Advice | None:
        """What is known so far; None before the first forecast."""
        if self.costs is None or not self.forecasts:
            return None
        return Advice(
            prompt=self.prompt, settings=self.settings, provenance=self.models.provenance, costs=self.costs,
            plain_seconds=self.plain_seconds, overlap=self.overlap, mu=self.mu, forecasts=tuple(self.forecasts),
            check=self.check, seconds=time.perf_counter() - self.began,
        )  # fmt: skip


def _usual(values: list[float]) -> float:
    return float(np.quantile(values, USUAL))


def measured_gain(check: Check) -> Estimate:
    """Plain seconds per token / the method's, with a bootstrap over the repetitions."""
    return bootstrap_quotient((check.seconds, check.tokens), (check.plain_seconds, check.plain_tokens))


def _read_off(candidate: Candidate, book: Cuts, costs: Costs, seen: list[Grown]) -> list[Forecast]:
    """Every cell: tokens from the trees, time from the costs and the strategy's own work.

    A pass between other work, on a machine that others use too, takes longer than the costs say. By how much, the
    target's own passes tell; what was spent on drafting and deciding meanwhile is divided by it.
    """
    slower = _usual([one.checking / costs.target_pass(one.size) for one in seen])
    no_model = book.drafter.guesser == Guesser.CONTEXT
    drafting = _usual([one.drafting / slower for one in seen])
    deciding = _usual([one.deciding / slower for one in seen])
    spent = [(one.layers, one.drafting / slower) for one in seen]
    work = 0.0 if no_model else own_work(costs, spent, candidate.depth)
    found = []
    for (capacity, depth), cuts in book.found.items():
        target = np.mean([costs.target_pass(cut.nodes) for cut in cuts])
        draft = drafting if no_model else np.mean([draft_seconds(costs, cut.layers, depth, work) for cut in cuts])
        found.append(Forecast(
            candidate.drafter, candidate.verifier, capacity, candidate.drafts, depth,
            tokens=float(np.mean([cut.tokens for cut in cuts])), seconds=float(target + draft) + deciding,
            nodes=float(np.mean([cut.nodes for cut in cuts])), passes=len(cuts),
            exact=not book.verifier.shares_clocks,
        ))  # fmt: skip
    return found


def _with(check: Check | None, best: Forecast, method: Run, alone: Run) -> Check:
    before = check or Check(best, (), (), (), (), ())
    steps, other = method.iterations, alone.iterations
    return Check(
        forecast=best,
        tokens=(*before.tokens, sum(len(step.emitted) for step in steps)),
        passes=(*before.passes, len(steps)),
        seconds=(*before.seconds, seconds_of(steps)),
        plain_tokens=(*before.plain_tokens, sum(len(step.emitted) for step in other)),
        plain_seconds=(*before.plain_seconds, seconds_of(other)),
    )
