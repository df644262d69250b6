"""One exponential race, run twice with the same clocks: once by the draft model, once by the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Race:
    """The clocks and rates of one shared race, and what follows from them.

    arrival = clock / rate (infinite at rate 0); the smallest arrival wins. Rates need no normalisation: a common
    factor changes no order. Equal arrivals, which have probability zero, are broken by position in `ids`.
    ids: distinct int[m] token ids. draft_rate, target_rate: float64[m] >= 0, one of each > 0. clock: float64[m] > 0.
    Raises ValueError when shapes differ, an id repeats, a rate is negative or not finite, no rate of one side is
    positive, or a clock is not positive and finite. Reference [2].
    """

    ids: IntArray
    draft_rate: FloatArray
    target_rate: FloatArray
    clock: FloatArray

    def __post_init__(self) -> None:
        given = np.asarray(self.ids)
        if given.ndim != 1 or given.size == 0 or given.dtype.kind not in "iu":
            raise ValueError("A race needs a non-empty one-dimensional array of integer ids.")
        ids = _frozen(given.astype(np.int64))
        if np.unique(ids).size != ids.size:
            raise ValueError("The ids of a race must be distinct.")
        object.__setattr__(self, "ids", ids)
        for name in ("draft_rate", "target_rate", "clock"):
            values = _frozen(np.array(getattr(self, name), dtype=np.float64))
            if values.shape != ids.shape:
                raise ValueError(f"The {name} of a race must hold one number per id.")
            if not np.isfinite(values).all() or (values < 0).any():
                raise ValueError(f"The {name} of a race must be finite and not negative.")
            object.__setattr__(self, name, values)
        if not (self.clock > 0).all():
            raise ValueError("The clock of a race must be positive.")
        if not (self.draft_rate > 0).any() or not (self.target_rate > 0).any():
            raise ValueError("A race needs at least one positive rate on each side.")

    @property
    def draft_arrival(self) -> FloatArray:
        """Arrival times float64[m] under the draft model, aligned with `ids`."""
        return _arrival(self.clock, self.draft_rate)

    @property
    def target_arrival(self) -> FloatArray:
        """Arrival times float64[m] under the target, aligned with `ids`."""
        return _arrival(self.clock, self.target_rate)

    @property
    def draft_order(self) -> IntArray:
        """Ids by draft arrival, earliest first; ids with draft rate 0 never arrive and are left out."""
        order = np.argsort(self.draft_arrival, kind="stable")
        return self.ids[order[: int(np.count_nonzero(self.draft_rate))]]

    @property
    def draft_winner(self) -> int:
        """Id of the first arrival under the draft model."""
        return int(self.ids[np.argmin(self.draft_arrival)])

    @property
    def target_winner(self) -> int:
        """Id of the first arrival under the target: the token that is emitted."""
        return int(self.ids[np.argmin(self.target_arrival)])

    @property
    def match(self) -> bool:
        """Whether both sides have the same winner."""
        return self.draft_winner == self.target_winner

    @property
    def rank_of_target(self) -> int | None:
        """Place, from 1, of the target winner in `draft_order`; None when the draft model can never propose it."""
        place = np.flatnonzero(self.draft_order == self.target_winner)
        return int(place[0]) + 1 if place.size else None


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    values.flags.writeable = False
    return values


def _arrival(clock: FloatArray, rate: FloatArray) -> FloatArray:
    arrival = np.full(clock.shape, np.inf)
    with np.errstate(over="ignore"):  # a subnormal rate may arrive beyond the largest float: infinitely late
        np.divide(clock, rate, out=arrival, where=rate > 0)
    return arrival
