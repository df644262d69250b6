"""A curve with its names, units and assumptions: what theory returns and figures draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
CurveKind = Literal["measured", "expected", "theory", "oracle", "not_a_bound"]


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a chart, with everything a reader needs to judge it.

    x, y: float64[n]. band: (low, high), each float64[n], or None. units: (unit of x, unit of y), "" for a pure number.
    assumptions: short clauses that must hold for the curve to mean what its label says. reference: number of a paper
    in `specviz.theory.REFERENCES`, or None. kind: "measured" from a run, "expected" for the exact mean over what a rule
    may draw on measured trees, "theory" for a proved formula, "oracle" for
    the best possible drafter, "not_a_bound" for an estimate that measurements may exceed.
    Raises ValueError when the lengths differ, x or y is empty, x holds a NaN, or kind is unknown.
    """

    x: FloatArray
    y: FloatArray
    x_name: str
    y_name: str
    label: str
    kind: CurveKind
    band: tuple[FloatArray, FloatArray] | None = None
    units: tuple[str, str] = ("", "")
    assumptions: tuple[str, ...] = ()
    reference: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(CurveKind):
            raise ValueError(f"A curve's kind must be one of {', '.join(get_args(CurveKind))}, not {self.kind!r}.")
        x, y = _column(self.x), _column(self.y)
        band = None if self.band is None else (_column(self.band[0]), _column(self.band[1]))
        sides = () if band is None else band
        if x.ndim != 1 or x.size == 0 or any(column.shape != x.shape for column in (y, *sides)):
            raise ValueError(
                "A curve needs x, y and its band as one-dimensional arrays of one common, positive length."
            )
        if np.isnan(x).any():
            raise ValueError("A curve's x must not hold a NaN.")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)
        object.__setattr__(self, "band", band)


def _column(values: FloatArray) -> FloatArray:
    column = np.array(values, dtype=np.float64)
    column.flags.writeable = False
    return column
