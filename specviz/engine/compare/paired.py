"""What a comparison tells: each method's numbers, and paired differences with intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from specviz.records.comparison import ComparisonRecord, Unit
from specviz.theory import Estimate, bootstrap_difference, bootstrap_quotient, bootstrap_ratio

Column = tuple[list[float], list[float]]


@dataclass(frozen=True)
class LaneNumbers:
    """tokens_per_pass: L / K.  per_token: seconds for one token.  speedup: plain decoding's seconds per token divided
    by this method's, None without a lane of plain decoding. Each with the units resampled whole; count is their number.
    """

    tokens_per_pass: Estimate
    per_token: Estimate
    speedup: Estimate | None


@dataclass(frozen=True)
class Difference:
    """One lane minus the reference lane in one quantity. unit: what it is counted in.

    verdict: `better`, `worse` or `cannot tell`, by whether the interval leaves out zero, and on which side.
    """

    lane: int
    what: str
    unit: str
    estimate: Estimate
    verdict: str


def _passes(units: tuple[Unit, ...]) -> Column:
    return [unit.tokens for unit in units], [unit.passes for unit in units]


def _time(units: tuple[Unit, ...]) -> Column:
    return [unit.seconds for unit in units], [unit.tokens for unit in units]


def _milliseconds(units: tuple[Unit, ...]) -> Column:
    return [1000 * unit.seconds for unit in units], [unit.tokens for unit in units]


QUANTITIES: tuple[tuple[str, str, Callable[[tuple[Unit, ...]], Column], bool], ...] = (
    ("tokens per pass", "tokens", _passes, True),
    ("time per token", "ms", _milliseconds, False),
)  # name, unit, columns, whether more is better


def lane_numbers(record: ComparisonRecord) -> list[LaneNumbers]:
    """Each lane's numbers over all its units."""
    plain = None if record.plain is None else record.counted[record.plain]
    return [
        LaneNumbers(
            bootstrap_ratio(*_passes(units)),
            bootstrap_ratio(*_time(units)),
            None if plain is None else bootstrap_quotient(_time(units), _time(plain)),
        )
        for units in record.counted
    ]


def differences(record: ComparisonRecord, reference: int) -> list[Difference]:
    """Every other lane minus the reference in each quantity, the units resampled in pairs; none without two units."""
    if not record.units or len(record.units[0]) < 2:
        return []
    found = []
    for what, unit, columns, more in QUANTITIES:
        for lane, units in enumerate(record.units):
            if lane != reference:
                estimate = bootstrap_difference(columns(record.units[reference]), columns(units))
                found.append(Difference(lane, what, unit, estimate, _verdict(estimate, more)))
    return found


def _verdict(estimate: Estimate, more_is_better: bool) -> str:
    if estimate.low <= 0 <= estimate.high:
        return "cannot tell"
    return "better" if (estimate.low > 0) == more_is_better else "worse"
