"""Measured tables as `.json.gz` files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from specviz.records.common_shapes import NAME, PROVENANCE, SECONDS, header
from specviz.records.files import damage_as_sentence, provenance_of, read_record, write_record
from specviz.records.shapes import anything, by_name, each, parts, text
from specviz.records.table import MeasuredTable

MOST_COLUMNS = 1_000
TABLE = parts(
    header(
        name=NAME,
        columns=by_name(NAME, each(anything), MOST_COLUMNS),
        provenance=PROVENANCE,
        settings=by_name(NAME, anything, MOST_COLUMNS),
        seconds=SECONDS,
        note=text(),
    )
)


def save_table(table: MeasuredTable, path: Path) -> None:
    """Write a table as `.json.gz`."""
    write_record(asdict(table) | {"kind": "table"}, path)


def load_table(path: Path) -> MeasuredTable:
    """Read a table; TraceError says what is wrong with the file."""
    values = read_record(path, "table", 1, "a measured table of SpecViz", TABLE)
    with damage_as_sentence("table"):
        return MeasuredTable(
            name=str(values["name"]),
            columns={str(name): tuple(column) for name, column in values["columns"].items()},
            provenance=provenance_of(values["provenance"]),
            settings=dict(values["settings"]),
            seconds=float(values["seconds"]),
            note=str(values["note"]),
        )
