"""What strategies are judged by: texts of plain decoding, trees along them, costs of passes; and the forecasts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, Run, cast_of, check_fit
from specviz.engine.probe.candidates import Candidate
from specviz.engine.probe.chains import kept_along, passes_along, standard_means
from specviz.engine.probe.draft_time import DraftTime, pass_seconds
from specviz.engine.probe.survey import plain
from specviz.engine.probe.trees import Clocked, Cuts, Grown, grow_along, has_mean
from specviz.records import Iteration, RunSettings, Sampling
from specviz.records.advice import Forecast
from specviz.records.costs import Costs
from specviz.seams import Drafter, Guesser
from specviz.verification import make_verifier

TREES, TOKENS = 4, 12  # fewest trees of a strategy and tokens of a text, however slow the models are


@dataclass
class Ground:
    """Texts written by plain decoding, and what each strategy would win along them and cost.

    Forecasts hold all that a run counts: the costs of its passes, the strategy's own work, deciding, and what a target
    pass takes longer between other work than as one of many in a row; where the costs end before the trees do, the
    passes over these go on with the curve. All of it is measured along the texts, and put in terms of plain passes
    made beside it, because what else the machine does changes while this is measured.

    stride: trees are grown at every `stride`-th place of a text; at more of them where there is a limit with room for
    it.  limit: seconds for a text or the trees of a candidate, after which fewer will do.  stop: asked between passes;
    a candidate under way is then dropped.  lean: whether the texts are written without a record, as the runs that the
    forecasts are about; a record made between two passes leaves them colder caches.
    """

    models: Models
    settings: RunSettings
    prompt: str
    costs: Costs
    stride: int
    limit: float = float("inf")
    stop: Callable[[], bool] = lambda: False
    lean: bool = True
    steps: list[Iteration] = field(default_factory=list)
    texts: list[list[int]] = field(default_factory=list)
    forecasts: list[Forecast] = field(default_factory=list)
    _kept: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids = self.models.encode(self.prompt, self.settings.chat)

    def write(self) -> Iterator[Iteration]:
        """One more text by plain decoding, each with a seed of its own."""
        settings = plain(replace(self.settings, seed=self.settings.seed + len(self.texts)))
        began, text = time.perf_counter(), list[int]()
        self.texts.append(text)
        for step in Run(self.models, settings, self.prompt, self.stop, lean=self.lean):
            self.steps.append(step)
            text += step.emitted
            yield step
            if len(text) >= TOKENS and time.perf_counter() - began > self.limit:
                return

    @property
    def pace(self) -> float:
        """How much slower than its cost a plain pass was along the texts."""
        return pace([step.seconds.target for step in self.steps], self.costs)

    def plain(self) -> Forecast:
        """Plain decoding: one token a pass."""
        deciding = _middle([step.seconds.draft + step.seconds.verify for step in self.steps])
        asked = plain(self.settings)
        return Forecast(
            asked.drafter, asked.verifier, 0, asked.drafts, asked.depth, tokens=1.0, nodes=0.0, passes=len(self.steps),
            seconds=self.pace * self.costs.target_pass(0) + deciding, exact=True,
        )  # fmt: skip

    def forecast(self, candidate: Candidate) -> Iterator[Grown]:
        """Trees of a candidate along the texts; what they tell is kept when all have been grown."""
        settings = replace(
            self.settings, drafter=candidate.drafter, verifier=candidate.verifier, capacity=candidate.capacity,
            depth=candidate.depth, drafts=candidate.drafts,
        )  # fmt: skip
        book = Cuts(make_drafter(candidate.drafter), make_verifier(candidate.verifier), candidate.cells)
        check_fit(book.drafter, book.verifier)
        seen: list[Clocked] = []
        promised: list[np.ndarray] = []  # read at once: rows are there until the session goes on
        stride = self._stride(candidate)
        cast, began = cast_of(self.models, settings), time.perf_counter()
        for number, text in enumerate(self.texts):
            own = replace(settings, seed=settings.seed + number)  # or all texts would be judged by the same draws
            for grown in grow_along(cast, own, self.ids, text, stride):
                book.enter(grown.one)
                seen.append(grown.clocked)
                if _is_chain(book.drafter):
                    promised.append(standard_means(grown.one))
                yield grown
                if self.stop():
                    return
                if len(seen) >= TREES and time.perf_counter() - began > self.limit:
                    break
        if seen:
            walked = stride == 1 and settings.temperature == 0 and book.verifier.lossless and len(self.texts) == 1
            gains = {} if walked else self._gains_of_chains(promised)
            self.forecasts += _read_off(candidate, book, self.costs, seen, self.pace, gains, walked)

    def _stride(self, candidate: Candidate) -> int:
        """The least, by the costs, with which the trees of a candidate keep to the limit."""
        if np.isinf(self.limit):
            return self.stride
        size, depth, places = candidate.capacity, candidate.depth, sum(map(len, self.texts))
        drafting = pass_seconds(self.costs, [size // depth] * depth, depth)
        tree = 2 * self.costs.target_pass(0) + self.costs.target_pass(size) + drafting
        return int(np.clip(np.ceil(places * tree / self.limit), 1, max(1, min(self.stride, places // TREES))))

    def _gains_of_chains(self, promised: Sequence[np.ndarray]) -> dict[int, float]:
        """By depth: tokens per pass of the standard rule over the whole texts, over what the grown chains promise.

        The places where trees are grown are not those where passes begin: these crowd where little is accepted.
        promised: of each chain, see `standard_means`; none for strategies of other shapes, which gain nothing here.
        """
        depths = range(1, min(map(len, promised), default=0) + 1)
        if not depths:
            return {}
        for text in self.texts[len(self._kept) :]:
            self._kept.append(kept_along(self.models, self.ids, text, self.settings.warp))
        gains = {}
        for depth in depths:
            tokens, passes = np.sum([passes_along(kept, depth) for kept in self._kept], axis=0)
            gains[depth] = float(tokens / passes / np.mean([means[depth - 1] for means in promised]))
        return gains


def _is_chain(drafter: Drafter) -> bool:
    return drafter.guesser == Guesser.DRAFT and drafter.sampling == Sampling.SINGLE


def pace(alone: Sequence[float], costs: Costs) -> float:
    """How much slower than its cost a plain pass was.

    Often below 1: costs are measured between other work, after which a pass takes longer than as one of many in a row.
    """
    return _middle(alone) / costs.target_pass(0)


def _read_off(
    candidate: Candidate, book: Cuts, costs: Costs, seen: list[Clocked], now: float,
    gains: dict[int, float], walked: bool,
) -> list[Forecast]:  # fmt: skip
    """Every cell: tokens from the trees; time from the costs, and from what drafting, checking and deciding took.

    now: the pace that the forecasts are for.  gains: by depth, what the tokens of the trees are multiplied by.  walked:
    whether the trees stand at every place of one text, and what each wins there is what a run would win.
    """
    slower = pace([one.alone for one in seen], costs)
    costs = _reaching(costs, seen, slower)
    # A share, not seconds: what the largest tree takes longer than its cost is not added in full to a tree of one node.
    longer = _middle([one.checking / slower / costs.target_pass(one.size) for one in seen])
    drafting, deciding = (_middle([getattr(one, part) / slower for one in seen]) for part in ("drafting", "deciding"))
    by_costs = book.drafter.guesser == Guesser.DRAFT
    shallow = [one.shallow / slower for one in seen if not np.isnan(one.shallow)]
    spent = [(one.layers, one.drafting / slower) for one in seen]
    line = DraftTime.of(costs, _middle(shallow) if shallow else np.nan, spent, candidate.depth)
    found = []
    for (capacity, depth), cuts in book.found.items():
        tokens = [cut.tokens for cut in cuts]
        shares = visits(tokens) if walked else shares_of_passes(book.drafter.guesser, tokens)
        usual = partial(np.average, weights=shares)
        target = usual([costs.target_pass(cut.nodes) for cut in cuts])
        draft = usual([line(cut.layers, depth) for cut in cuts]) if by_costs else drafting
        found.append(Forecast(
            candidate.drafter, candidate.verifier, capacity, candidate.drafts, depth,
            tokens=float(usual(tokens)) * gains.get(min(capacity, depth), 1.0),
            seconds=now * (float(longer * target + draft) + deciding),
            nodes=float(usual([cut.nodes for cut in cuts])), passes=len(cuts),
            exact=has_mean(book.verifier) and not book.verifier.shares_clocks,
        ))  # fmt: skip
    return found


def visits(tokens: Sequence[float]) -> np.ndarray:
    """1 at the places where passes of a run begin, 0 at the others; tokens: what a pass wins at each place of a text.

    At temperature 0 whatever is lossless writes the same text, and a pass keeps what the tree has of it.
    """
    begun, place = np.zeros(len(tokens)), 0
    while place < len(tokens):
        begun[place] = 1.0
        place += round(tokens[place])
    return begun


def shares_of_passes(guesser: Guesser, tokens: Sequence[float]) -> np.ndarray:
    """How many passes of a run begin near each place, beside the others; `tokens` are what a pass wins there.

    Text that is copied comes in stretches, and a stretch is passed over in fewer passes the more each of them wins:
    shares are 1 / tokens. What a draft model wins changes from token to token: shares are alike, and what that misses
    of chains is told by the text, see `_gains_of_chains`.
    """
    return 1.0 / np.asarray(tokens) if guesser == Guesser.CONTEXT else np.ones(len(tokens))


def _reaching(costs: Costs, seen: Sequence[Clocked], slower: float) -> Costs:
    """Where costs end before the trees that were grown, what checking these took is their next point.

    A straight line through the last measured sizes would go on with the noise between them.
    """
    size = int(_middle([one.size for one in seen]))
    if size <= costs.sizes[-1]:
        return costs
    return costs.with_target_at(size, _middle([one.checking for one in seen if one.size >= size]) / slower)


def _middle(values: Sequence[float]) -> float:
    """The median: a run pays for what else the machine does, but one long pause says nothing about the others."""
    return float(np.median(values))
