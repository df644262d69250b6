"""Automatic P and depth: of one method, or of several, those with the most predicted tokens per second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from specviz.drafting import make_drafter
from specviz.engine.decode import Models, check_fit
from specviz.engine.probe.advice import Advising, settings_of
from specviz.engine.probe.candidates import DEPTHS, FINE, Candidate, candidates_of
from specviz.engine.probe.costs import CostMeter
from specviz.engine.probe.ground import Ground
from specviz.engine.probe.survey import seconds_of, settled
from specviz.records import Iteration, RunSettings
from specviz.records.advice import Forecast
from specviz.records.costs import Costs
from specviz.verification import make_verifier

TOKENS = 50  # of the text that is written to choose by
STRIDE = 5  # trees are grown at every fifth place of it at least
LIMIT = 1.5  # seconds for the text, and for the trees of one candidate


@dataclass(frozen=True)
class Chosen:
    """What was chosen, and plain decoding beside it; both forecasts are the same one where nothing pays.

    trees: whether any could be grown at all.
    """

    settings: RunSettings
    forecast: Forecast
    plain: Forecast
    trees: bool = True

    def sentence(self, measured: float | None = None) -> str:
        """What was chosen, with predicted tokens per second, and the measured ones once there are some."""
        rates = f"{self.forecast.rate:.0f} tokens per second predicted"
        if measured is not None:
            rates += f", {measured:.0f} measured"
        if self.forecast == self.plain:
            none = "the context has hardly any room left, and no tree could be tried"
            why = "no tree was predicted to be faster" if self.trees else none
            return f"Chosen automatically: plain decoding, because {why}; {rates}."
        size = f"P = {self.forecast.capacity} and depth {self.forecast.depth}"
        return f"Chosen automatically: {size}; {rates} ({self.plain.rate:.0f} predicted for plain decoding)."


@dataclass
class Chooser:
    """A choice under way: iterate it for its progress, then take `chosen`.

    settings: of the run to come; its P and depth are what is chosen.  costs: of this pair on this machine; None
    measures them, and keeps them unless that was stopped.  grid: P that are allowed, besides 0.
    methods: (drafter, verifier) pairs; none: that of `settings`.
    Raises ValueError for a method that does not fit, and for a prompt that is empty or too long.
    """

    models: Models
    settings: RunSettings
    prompt: str
    costs: Costs | None = None
    grid: Sequence[int] = FINE
    methods: Sequence[tuple[str, str]] = ()
    stop: Callable[[], bool] = lambda: False
    _ground: Ground | None = None
    _tried: list[RunSettings] = field(default_factory=list)

    def __post_init__(self) -> None:
        pairs = self.methods or ((self.settings.drafter, self.settings.verifier),)
        self._tried = [replace(self.settings, drafter=drafter, verifier=verifier) for drafter, verifier in pairs]
        for one in self._tried:
            check_fit(make_drafter(one.drafter), make_verifier(one.verifier))
        self.ids = self.models.encode(self.prompt, self.settings.chat)

    def __iter__(self) -> Iterator[Advising]:
        costs = self.costs
        if costs is None:
            meter = CostMeter(self.models, self.ids, stop=self.stop)
            for _ in meter:
                yield Advising("Measuring what a pass costs", 0, 3)
            costs = meter.costs()
            assert costs is not None  # the first round is always finished
            self.costs = costs if meter.complete else None
        short = replace(self.settings, max_new_tokens=min(TOKENS, self.settings.max_new_tokens))
        ground = Ground(self.models, short, self.prompt, costs, STRIDE, LIMIT, self.stop, lean=False)
        for _ in ground.write():
            yield Advising("Writing a text to choose by", 1, 3)
        for settings in self._tried:
            for candidate in candidates_of(settings, worth_trying(self.grid, costs)):
                for _ in ground.forecast(candidate):
                    yield Advising(f"Trying {make_drafter(candidate.drafter).title}", 2, 3)
                if not worth_going_on(ground.forecasts, candidate):
                    break
        self._ground = ground

    @property
    def chosen(self) -> Chosen:
        """The best forecast, plain decoding among them; there once the iteration is over."""
        assert self._ground is not None
        plain = self._ground.plain()
        best = max([plain, *self._ground.forecasts], key=lambda one: one.rate)
        return Chosen(settings_of(best, self.settings), best, plain, bool(self._ground.forecasts))


def choose(
    models: Models,
    settings: RunSettings,
    prompt: str,
    costs: Costs | None = None,
    grid: Sequence[int] = FINE,
    methods: Sequence[tuple[str, str]] = (),
) -> tuple[RunSettings, Forecast]:
    """The settings with the best predicted tokens per second, and the forecast; see `Chooser`."""
    chooser = Chooser(models, settings, prompt, costs, grid, methods)
    for _ in chooser:
        pass
    return chooser.chosen.settings, chooser.chosen.forecast


def worth_trying(grid: Sequence[int], costs: Costs) -> tuple[int, ...]:
    """P whose target pass alone does not outweigh all the tokens that the deepest path could win."""
    most = (1 + max(DEPTHS)) * costs.target_pass(0)
    return tuple(sorted(size for size in set(grid) if size > 0 and costs.target_pass(size) < most)) or (1,)


def worth_going_on(forecasts: Sequence[Forecast], tried: Candidate) -> bool:
    """Whether larger trees than these may be better still: not where the best so far is less than half their size."""
    ours = [one for one in forecasts if (one.drafter, one.verifier) == (tried.drafter, tried.verifier)]
    if not ours:
        return True
    return 2 * max(ours, key=lambda one: one.rate).capacity >= max(one.capacity for one in ours)


def measured_rate(steps: Sequence[Iteration]) -> float:
    """Tokens per second of a run, its record not counted; nan before the first pass.

    The pass that reads the prompt is left out, see `settled`.
    """
    counted = settled(steps)
    seconds = seconds_of(counted)
    return sum(len(step.emitted) for step in counted) / seconds if seconds else float("nan")
