"""The only source of randomness: counter-based draws, and their exhaustive enumeration for proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

import numpy as np

from specviz.race import CLOCK, COIN, DRAFT, ClockRegion, exponentials, uniform
from specviz.records import Arrivals, Clocks, Draw, DrawKind, Rows
from specviz.seams import Chance

T = TypeVar("T")
LANE = 64  # streams 64 apart belong to different fields of clocks
PRIVATE = DRAFT + 16  # stream of the clocks that only the draft sees, away from all others modulo 64


@dataclass
class Sampled:
    """Draws that are pure functions of (seed, stream, position, counter): the same run can be drawn twice.

    context_len: text position of the round; together with the counter it keys coins and picks.
    shared: whether the clocks belong to the text position, the same for both models and in every round; else they are
        fresh in each round and seen by the draft alone.
    noisy: False is the limit of temperature 0: every clock is 1 and every pick is the most probable token.
    lanes: fields of clocks that both models share.
    """

    seed: int
    context_len: int
    stream: int = COIN
    shared: bool = False
    noisy: bool = True
    lanes: int = 1
    _draws: list[Draw] = field(default_factory=list)
    _used: int = 0
    _clocks: dict[tuple[int, int | None], np.ndarray] = field(default_factory=dict)

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Every decision so far."""
        return tuple(self._draws)

    def _uniform(self) -> float:
        self._used += 1
        return uniform(self.seed, self.stream, self.context_len, self._used - 1)

    def coin(self, probability: float, node: int, token: int, kind: DrawKind = DrawKind.COIN) -> bool:
        """True with the given probability."""
        u = self._uniform()
        outcome = bool(u < probability)
        self._draws.append(Draw(kind, node, token, float(probability), u, outcome))
        return outcome

    def pick(self, row: np.ndarray, node: int) -> int:
        """One token by the inverse distribution function."""
        u = self._uniform()
        if self.noisy:
            cumulative = np.cumsum(row)
            total = cumulative[-1]
            token = int(np.searchsorted(cumulative, u * total, side="right"))
            token = token if token < len(row) else int(np.flatnonzero(row)[-1])  # u total was rounded up
        else:
            token = int(row.argmax())
            total = 1.0 if row[token] == 1 else row.sum()  # no law has more than 1 in all
        self._draws.append(Draw(DrawKind.PICK, node, token, float(row[token] / total), u, True))
        return token

    def clocks(self, position: int, size: int, lane: int | None = None) -> np.ndarray:
        """float64[size]: one Exp(1) clock for each token id at a text position.

        lane None: the smallest clock of all shared fields, times their number: again Exp(1).
        """
        if (position, lane) not in self._clocks:
            key = self.clocks_of(position, lane)
            fields = [exponentials(key.seed, stream, key.position, np.arange(size)) for stream in key.streams]
            fields = fields or [np.ones(size)]
            self._clocks[position, lane] = fields[0] if len(fields) == 1 else np.min(fields, axis=0) * len(fields)
        return self._clocks[position, lane]

    def clocks_of(self, position: int, lane: int | None = None) -> Clocks:
        """Which numbers `clocks` are, for whoever makes them elsewhere."""
        if not self.noisy:
            return Clocks(self.seed, (), position)
        if lane is None and self.shared:
            return Clocks(self.seed, tuple(CLOCK + LANE * number for number in range(self.lanes)), position)
        number = lane or 0
        if self.shared and number < self.lanes:
            return Clocks(self.seed, (CLOCK + LANE * number,), position)
        return Clocks(self.seed, (PRIVATE + LANE * number,), (self.context_len << 24) + position)

    def race(self, position: int, row: np.ndarray, count: int, node: int, lane: int | None = None) -> list[int]:
        """The first `count` arrivals of clock / probability."""
        arrival = self._arrival(position, row, lane)
        count = min(count, int(np.isfinite(arrival).sum()))
        if count == 0:
            return []
        order = [int(arrival.argmin())] if count == 1 else _first(arrival, count)
        self.note_race(node, order[0], float(row[order[0]]), float(arrival[order[0]]))
        return order

    def note_race(self, node: int, token: int, probability: float, time: float) -> None:
        """Record who came first in a race at a node, and when."""
        self._draws.append(Draw(DrawKind.CLOCK, node, token, probability, time, True))

    def arrivals(self, position: int, row: np.ndarray) -> np.ndarray:
        """Clock / probability of every token."""
        return self._arrival(position, row, None)

    def _arrival(self, position: int, row: np.ndarray, lane: int | None) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return self.clocks(position, len(row), lane) / np.asarray(row, dtype=np.float64)


def _first(arrival: np.ndarray, count: int) -> list[int]:
    """Places of the `count` smallest, in order."""
    first = np.argpartition(arrival, count - 1)[:count] if count < len(arrival) else np.arange(len(arrival))
    return first[np.lexsort((first, arrival[first]))].tolist()


@dataclass(frozen=True)
class Ask:
    """Draws that are wanted at a node. row: its number among the rows.  node: in the tree.  lane: see `Chance.race`."""

    row: int
    node: int
    position: int
    count: int
    lane: int | None = None


class Drawn(NamedTuple):
    """Tokens in the order drawn, repeats kept, and their probabilities in the row they were drawn from."""

    tokens: list[int]
    probs: Sequence[Any]

    @classmethod
    def of(cls, tokens: list[int], row: np.ndarray) -> Drawn:
        """From a whole row."""
        return cls(tokens, [row[token] for token in tokens])


def race_at(chance: Chance, rows: Rows, asks: Sequence[Ask]) -> list[Drawn]:
    """The first arrivals at several nodes; rows on a device run all these races there, and nothing else leaves it."""
    found: list[Arrivals | None] = [None] * len(asks)
    if isinstance(chance, Sampled) and asks:
        clocks = [chance.clocks_of(ask.position, ask.lane) for ask in asks]
        found = rows.arrivals([ask.row for ask in asks], clocks, max(ask.count for ask in asks))
    drawn = []
    for ask, first in zip(asks, found, strict=True):
        if first is None:
            row = rows[ask.row]
            drawn.append(Drawn.of(chance.race(ask.position, row, ask.count, ask.node, ask.lane), row))
            continue
        if isinstance(chance, Sampled) and len(first.ids):
            chance.note_race(ask.node, int(first.ids[0]), float(first.probs[0]), float(first.times[0]))
        drawn.append(Drawn(first.ids[: ask.count].tolist(), first.probs[: ask.count].tolist()))
    return drawn


class Exhaustive:
    """One branch of the enumeration of everything that chance can do; rows hold Fractions.

    A race is a point of a simplex (normalised clocks are uniform there): a position's region shrinks with every
    comparison, and its share of the simplex is the exact probability. Meant for few tokens and few lanes.
    """

    def __init__(self, script: list[int], shared: bool, lanes: int = 1) -> None:
        self.shared = shared
        self.lanes = lanes
        self.weight = Fraction(1)
        self.options: list[int] = []
        self._script = script
        self._regions: dict[tuple[int, int | None], ClockRegion] = {}

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Nothing is recorded in an enumeration."""
        return ()

    def next_round(self) -> None:
        """Clocks that only the draft sees are fresh in every round."""
        if not self.shared:
            self._regions.clear()

    def _choose(self, weights: list[Fraction]) -> int:
        place = len(self.options)
        self.options.append(len(weights))
        choice = self._script[place] if place < len(self._script) else 0
        self.weight *= weights[choice]
        return choice

    def coin(self, probability: Any, node: int, token: int, kind: DrawKind = DrawKind.COIN) -> bool:
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

    def race(self, position: int, row: np.ndarray, count: int, node: int, lane: int | None = None) -> list[int]:
        """Every order of arrival, by cutting the position's region of the simplex."""
        joint = self.shared and (lane is None or lane < self.lanes)  # the clocks belong to the fields both models share
        key, lanes = ((position, None), self.lanes) if joint else ((position, lane or 0), 1)
        size = len(row)
        rates = [Fraction(p) for p in row] * lanes
        if joint and lane is not None:
            rates = [rate if place // size == lane else Fraction(0) for place, rate in enumerate(rates)]
        order: list[int] = []
        for _ in range(min(count, sum(p > 0 for p in row))):
            region = self._regions.get(key) or ClockRegion.whole(size * lanes)
            parts = sorted(region.split_by_winner(rates).items())
            shares = [part.share / region.share for _, part in parts]
            clock, self._regions[key] = parts[self._choose(shares)]
            order.append(clock % size)
            rates = [Fraction(0) if place % size == clock % size else rate for place, rate in enumerate(rates)]
        return order

    def arrivals(self, position: int, row: np.ndarray) -> np.ndarray:
        """One set of times for each order of arrival: those at the centre of its region."""
        self.race(position, row, len(row), 0)
        lanes = self.lanes if self.shared else 1
        centre = self._regions[(position, None) if self.shared else (position, 0)].centre()
        clocks = [min(centre[token :: len(row)]) * lanes for token in range(len(row))]
        return np.array([float(c / p) if p > 0 else np.inf for c, p in zip(clocks, row, strict=True)])


def enumerate_outcomes(
    run: Callable[[Exhaustive], T], shared: bool = False, lanes: int = 1
) -> Iterator[tuple[T, Fraction]]:
    """Every outcome of `run` with its exact probability; `run` is replayed once for each branch."""
    script: list[int] = []
    while True:
        chance = Exhaustive(script, shared, lanes)
        outcome = run(chance)
        yield outcome, chance.weight
        script = next_script(script, chance.options)
        if not script:
            return


def next_script(script: list[int], options: list[int]) -> list[int]:
    """The choices of the next way through: the last one that can still be raised is; empty when all ways were gone."""
    script = (script + [0] * len(options))[: len(options)]
    while script and script[-1] == options[len(script) - 1] - 1:
        script.pop()
    return [*script[:-1], script[-1] + 1] if script else []
