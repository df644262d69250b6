"""What a recommendation rests on: costs, predictions for every setting, and the check of the one that was chosen."""

from __future__ import annotations

from dataclasses import dataclass

from specviz.records.costs import Costs
from specviz.records.settings import RunSettings
from specviz.records.trace import Provenance


@dataclass(frozen=True)
class Forecast:
    """One strategy with one verifier at P, k and depth.

    tokens: per target pass, closing token included.  seconds: of a whole pass: drafting, checking, deciding.
    nodes: draft nodes of a pass, mean.  passes: passes behind the numbers.
    exact: whether tokens are exact means over the rule's coins on the measured trees; else they were counted.
    """

    drafter: str
    verifier: str
    capacity: int
    drafts: int
    depth: int
    tokens: float
    seconds: float
    nodes: float
    passes: int
    exact: bool

    @property
    def rate(self) -> float:
        """Predicted tokens per second."""
        return self.tokens / self.seconds


@dataclass(frozen=True)
class Check:
    """A forecast put to the test: tokens and seconds of each repetition, with the method and by plain decoding.

    The first pass of a run, which reads the prompt, is left out on both sides: the forecast is not about it.
    """

    forecast: Forecast
    tokens: tuple[int, ...]
    passes: tuple[int, ...]
    seconds: tuple[float, ...]
    plain_tokens: tuple[int, ...]
    plain_seconds: tuple[float, ...]


@dataclass(frozen=True)
class Advice:
    """A prompt on a machine.

    settings: models, temperature, length and seed.  plain_seconds: of a pass of plain decoding. All predicted seconds
    are those that a run counts: drafting, checking and deciding, and what these take longer in a run than the costs
    say; a speed-up is a quotient of two of them. Making the record is counted on neither side.
    overlap: mean 1 - TV along the text.  mu: mean entropy, nats.  check: None until the best forecast has been run.
    """

    prompt: str
    settings: RunSettings
    provenance: Provenance
    costs: Costs
    plain_seconds: float
    overlap: float
    mu: float
    forecasts: tuple[Forecast, ...]
    check: Check | None
    seconds: float

    def gain(self, forecast: Forecast) -> float:
        """Predicted speed-up: tokens per second over those of plain decoding."""
        return forecast.rate * self.plain_seconds

    @property
    def best(self) -> Forecast:
        """The forecast with the largest gain."""
        return max(self.forecasts, key=self.gain)

    def strategies(self) -> list[tuple[str, str]]:
        """(drafter, verifier) pairs in the order they were measured."""
        return list(dict.fromkeys((one.drafter, one.verifier) for one in self.forecasts))

    def curve(self, drafter: str, verifier: str) -> list[Forecast]:
        """The best forecast of a strategy at each P, by rising P."""
        own = [one for one in self.forecasts if (one.drafter, one.verifier) == (drafter, verifier)]
        return [
            max((one for one in own if one.capacity == capacity), key=self.gain)
            for capacity in sorted({one.capacity for one in own})
        ]
