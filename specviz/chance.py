"""The only source of randomness: counter-based draws, and their exhaustive enumeration for proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from specviz.race import CLOCK, COIN, DRAFT, RaceRegion, exponentials, uniforms
from specviz.records import Draw, DrawKind
from specviz.seams import Chance

T = TypeVar("T")


@dataclass
class Sampled:
    """Draws that are pure functions of (seed, stream, position, counter): the same run can be drawn twice.

    context_len: text position of the round; together with the counter it keys coins and picks.
    shared: whether the clocks belong to the text position, the same for both models and in every round; else they are
        fresh in each round and seen by the draft alone.
    noisy: False sets every clock to 1, the limit of temperature 0: the most probable token arrives first.
    """

    seed: int
    context_len: int
    stream: int = COIN
    shared: bool = False
    noisy: bool = True
    _draws: list[Draw] = field(default_factory=list)
    _used: int = 0
    _clocks: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Every decision so far."""
        return tuple(self._draws)

    def _uniform(self) -> float:
        value = float(uniforms(self.seed, self.stream, self.context_len, np.array([self._used]))[0])
        self._used += 1
        return value

    def coin(self, probability: float, node: int, token: int) -> bool:
        """True with the given probability."""
        u = self._uniform()
        outcome = bool(u < probability)
        self._draws.append(Draw(DrawKind.COIN, node, token, float(probability), u, outcome))
        return outcome

    def pick(self, row: np.ndarray, node: int) -> int:
        """One token by the inverse distribution function."""
        u = self._uniform()
        cumulative = np.cumsum(row)
        token = int(np.searchsorted(cumulative, u * cumulative[-1], side="right"))
        token = min(token, int(np.flatnonzero(row)[-1]))
        self._draws.append(Draw(DrawKind.PICK, node, token, float(row[token]), u, True))
        return token

    def clocks(self, position: int, size: int) -> np.ndarray:
        """float64[size]: one Exp(1) clock for each token id at a text position."""
        if not self.noisy:
            return np.ones(size)
        if position not in self._clocks:
            stream, place = (CLOCK, position) if self.shared else (DRAFT + 16, (self.context_len << 24) + position)
            self._clocks[position] = exponentials(self.seed, stream, place, np.arange(size))
        return self._clocks[position]

    def race(self, position: int, row: np.ndarray, count: int, node: int) -> list[int]:
        """The first `count` arrivals of clock / probability."""
        with np.errstate(divide="ignore"):
            arrival = self.clocks(position, len(row)) / row
        count = min(count, int(np.isfinite(arrival).sum()))
        if count == 0:
            return []
        first = np.argpartition(arrival, count - 1)[:count] if count < len(row) else np.arange(len(row))
        order = first[np.lexsort((first, arrival[first]))][:count].tolist()
        self._draws.append(Draw(DrawKind.CLOCK, node, order[0], float(row[order[0]]), float(arrival[order[0]]), True))
        return order


class Exhaustive:
    """One branch of the enumeration of everything that chance can do; rows hold Fractions.

    A race is a point of the simplex (normalised clocks are uniform there): a position's region shrinks with every
    comparison, and its share of the simplex is the exact probability. Needs at most three tokens.
    """

    def __init__(self, script: list[int], shared: bool) -> None:
        self.shared = shared
        self.weight = Fraction(1)
        self.options: list[int] = []
        self._script = script
        self._regions: dict[int, RaceRegion] = {}

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Nothing is recorded in an enumeration."""
        return ()

    def _choose(self, weights: list[Fraction]) -> int:
        place = len(self.options)
        self.options.append(len(weights))
        choice = self._script[place] if place < len(self._script) else 0
        self.weight *= weights[choice]
        return choice

    def coin(self, probability: Any, node: int, token: int) -> bool:
        """Both sides, unless one is impossible."""
        probability = Fraction(probability)
        if probability in (0, 1):
            return probability == 1
        return self._choose([probability, 1 - probability]) == 0

    def pick(self, row: np.ndarray, node: int) -> int:
        """Every token of positive probability."""
        total = sum(row)
        tokens = [i for i, p in enumerate(row) if p > 0]
        return tokens[self._choose([Fraction(row[i]) / total for i in tokens])]

    def race(self, position: int, row: np.ndarray, count: int, node: int) -> list[int]:
        """Every order of arrival, by cutting the position's region of the simplex."""
        rates = [Fraction(p) for p in row]
        order: list[int] = []
        for _ in range(min(count, sum(rate > 0 for rate in rates))):
            region = self._regions.get(position) or RaceRegion.whole(len(rates))
            parts = sorted(region.split_by_winner(rates).items())
            shares = [part.share() / region.share() for _, part in parts]
            winner, self._regions[position] = parts[self._choose(shares)]
            order.append(winner)
            rates[winner] = Fraction(0)
        return order


def enumerate_outcomes(run: Callable[[Chance], T], shared: bool = False) -> Iterator[tuple[T, Fraction]]:
    """Every outcome of `run` with its exact probability; `run` is replayed once for each branch."""
    script: list[int] = []
    while True:
        chance = Exhaustive(script, shared)
        outcome = run(chance)
        yield outcome, chance.weight
        script = (script + [0] * len(chance.options))[: len(chance.options)]
        while script and script[-1] == chance.options[len(script) - 1] - 1:
            script.pop()
        if not script:
            return
        script[-1] += 1
