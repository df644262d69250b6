"""Readings of a text as `.json.gz` files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from specviz.records.files import TraceError, provenance_of, read_record, write_record
from specviz.records.reading import COLUMNS, TABLES, Along, TextReading

SCHEMA = 1


def save_reading(reading: TextReading, path: Path) -> None:
    """Write a reading as `.json.gz`."""
    write_record(asdict(reading) | {"kind": "reading", "schema": SCHEMA}, path)


def load_reading(path: Path) -> TextReading:
    """Read a reading; TraceError says what is wrong with the file."""
    values = read_record(path, "reading", SCHEMA, "a text read by both models; make one with `python -m specviz probe`")
    try:
        return TextReading(
            provenance=provenance_of(values["provenance"]),
            tokens=np.array(values["tokens"], np.int32),
            outcomes=tuple(map(str, values["outcomes"])),
            rank=np.array(values["rank"], np.int32),
            candidates=np.array(values["candidates"], np.int32),
            along=tuple(_along(part) for part in values["along"]),
            texts={int(i): str(text) for i, text in values["texts"].items()},
            seconds=float(values["seconds"]),
            note=str(values["note"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TraceError(f"This reading is damaged: {str(error)[:160].rstrip('.')}.") from error


def _along(values: dict[str, Any]) -> Along:
    columns = {name: np.array(values[name], np.float32) for name in (*COLUMNS, *TABLES)}
    return Along(temperature=float(values["temperature"]), **columns)
