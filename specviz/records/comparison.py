"""The record of a comparison: one whole run of each method, and what every further unit counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from specviz.records.column_shapes import wholes
from specviz.records.common_shapes import COUNTS, TIMES
from specviz.records.files import damage_as_sentence
from specviz.records.settings import MAX_SEED
from specviz.records.shapes import each, parts, text
from specviz.records.store import load_trace, save_trace
from specviz.records.table import MeasuredTable
from specviz.records.table_store import load_table, save_table
from specviz.records.trace import DecodeTrace

UNITS = "units.json.gz"
MOST_LANES = 64
COLUMNS = parts(
    {
        "lane": wholes(1, MOST_LANES),
        "prompt": each(text()),
        "seed": wholes(0, MAX_SEED),
        "tokens": COUNTS,
        "passes": COUNTS,
        "seconds": TIMES,
    }
)
SIXTEEN_BITS = ("bfloat16", "float16")  # dtypes in which two tokens nearly tie often enough to part greedy texts


@dataclass(frozen=True)
class Unit:
    """What one run of one method counted; a unit is a prompt with a seed. seconds: its passes' time, all parts."""

    prompt: str
    seed: int
    tokens: int
    passes: int
    seconds: float

    @classmethod
    def of(cls, trace: DecodeTrace) -> Unit:
        """The counts of a run."""
        seconds = sum(step.seconds.total for step in trace.iterations)
        return cls(trace.prompt, trace.settings.seed, len(trace.emitted), trace.target_calls, seconds)


@dataclass(frozen=True, eq=False)
class ComparisonRecord:
    """Methods on the same prompts and the same randomness.

    lanes: the first unit's run of each method.  units: for each method its units, in the same order for all; none where
    the comparison was stopped before every method had done one. Raises ValueError where the parts do not fit.
    """

    lanes: tuple[DecodeTrace, ...]
    units: tuple[tuple[Unit, ...], ...]

    def __post_init__(self) -> None:
        if not self.lanes:
            raise ValueError("A comparison needs at least one run.")
        done = [[(unit.prompt, unit.seed) for unit in column] for column in self.units]
        if any(column != done[0] for column in done) or (done and done[0] and len(done) != len(self.lanes)):
            raise ValueError("Every method of a comparison must have done the same units.")

    @property
    def plain(self) -> int | None:
        """The lane of plain decoding, or None."""
        return next((i for i, lane in enumerate(self.lanes) if lane.settings.capacity == 0), None)

    @property
    def counted(self) -> tuple[tuple[Unit, ...], ...]:
        """The units; before the first whole one, what the lanes have counted so far."""
        return self.units if self.units and self.units[0] else tuple((Unit.of(lane),) for lane in self.lanes)


def first_difference(one: Sequence[int], other: Sequence[int]) -> int | None:
    """The first place at which two texts carry different tokens; None where one goes on as the other does."""
    return next((i for i, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), None)


def save_comparison(record: ComparisonRecord, folder: Path) -> None:
    """Write `lane_1.json.gz`, `lane_2.json.gz`, .. and the table of units into a folder."""
    for number, lane in enumerate(record.lanes, start=1):
        save_trace(lane, folder / f"lane_{number}.json.gz")
    rows = [(number, u) for number, column in enumerate(record.units, start=1) for u in column]
    columns = {name: tuple(getattr(unit, name) for _, unit in rows) for name in Unit.__dataclass_fields__}
    columns["lane"] = tuple(number for number, _ in rows)
    first = record.lanes[0]
    seconds = sum(unit.seconds for _, unit in rows)
    save_table(
        MeasuredTable("comparison", columns, first.provenance, first.settings.as_dict(), seconds), folder / UNITS
    )


def load_comparison(folder: Path) -> ComparisonRecord:
    """Read what `save_comparison` wrote; TraceError says what is wrong with it."""
    table = load_table(folder / UNITS)
    with damage_as_sentence("comparison"):
        COLUMNS({name: list(column) for name, column in table.columns.items()})
        lanes = sorted({int(row["lane"]) for row in table.rows()})
        units = tuple(
            tuple(
                Unit(str(r["prompt"]), int(r["seed"]), int(r["tokens"]), int(r["passes"]), float(r["seconds"]))
                for r in table.rows()
                if r["lane"] == lane
            )
            for lane in lanes
        )
        return ComparisonRecord(tuple(load_trace(folder / f"lane_{lane}.json.gz") for lane in lanes), units)
