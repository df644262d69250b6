"""Measured tables as `.json.gz` files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from specviz.records.files import TraceError, provenance_of, read_record, write_record
from specviz.records.table import MeasuredTable


def save_table(table: MeasuredTable, path: Path) -> None:
    """Write a table as `.json.gz`."""
    write_record(asdict(table) | {"kind": "table"}, path)


def load_table(path: Path) -> MeasuredTable:
    """Read a table; TraceError says what is wrong with the file."""
    values = read_record(path, "table", 1, "a measured table of SpecViz")
    try:
        return MeasuredTable(
            name=str(values["name"]),
            columns={str(name): tuple(column) for name, column in values["columns"].items()},
            provenance=provenance_of(values["provenance"]),
            settings=dict(values["settings"]),
            seconds=float(values["seconds"]),
            note=str(values["note"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TraceError(f"This table is damaged: {str(error)[:160].rstrip('.')}.") from error
