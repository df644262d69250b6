"""A table that was measured: columns, and everything one must know to measure it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specviz.records.trace import Provenance


@dataclass(frozen=True, eq=False)
class MeasuredTable:
    """Named columns of one length, with what made them.

    name: what was measured.  columns: plain values by column.  settings: what was asked for.  seconds: time it took.
    Raises ValueError when the columns differ in length.
    """

    name: str
    columns: dict[str, tuple[Any, ...]]
    provenance: Provenance
    settings: dict[str, Any]
    seconds: float
    note: str = ""
    schema: int = 1

    def __post_init__(self) -> None:
        if len({len(column) for column in self.columns.values()}) > 1:
            raise ValueError("the columns of a table differ in length.")

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary per row."""
        names = list(self.columns)
        return [dict(zip(names, values, strict=True)) for values in zip(*self.columns.values(), strict=True)]
