"""Readings of a text as `.json.gz` files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from specviz.records.column_shapes import lists_of_numbers, lists_of_wholes, numbers, wholes
from specviz.records.common_shapes import NAME, PROVENANCE, SECONDS, header
from specviz.records.files import damage_as_sentence, provenance_of, read_record, write_record
from specviz.records.reading import COLUMNS, GIVEN, TABLES, Along, TextReading
from specviz.records.shapes import INT32, by_number, each, number, parts, word
from specviz.records.verdict import ClosingKind

SCHEMA = 1
MOST_PLACES = 200_000
OUTCOMES = (GIVEN, "accepted", *ClosingKind)
CHANCE = (-1e-6, 1 + 1e-4)  # rounded to six digits
ALONG = parts(
    {
        "temperature": number(0, 5),
        **dict.fromkeys(COLUMNS, numbers(-1e-6, 1e6, most=MOST_PLACES)),
        **dict.fromkeys(TABLES, lists_of_numbers(*CHANCE)),
    }
)
READING = parts(
    header(
        provenance=PROVENANCE,
        tokens=wholes(0, INT32, MOST_PLACES),
        outcomes=each(word(OUTCOMES), MOST_PLACES),
        rank=wholes(1, INT32, MOST_PLACES),
        candidates=lists_of_wholes(-1, INT32),
        along=each(ALONG, 100, "temperature"),
        texts=by_number(NAME),
        seconds=SECONDS,
        note=NAME,
    )
)


def save_reading(reading: TextReading, path: Path) -> None:
    """Write a reading as `.json.gz`."""
    write_record(asdict(reading) | {"kind": "reading", "schema": SCHEMA}, path)


def load_reading(path: Path) -> TextReading:
    """Read a reading; TraceError says what is wrong with the file."""
    values = read_record(path, "reading", SCHEMA, "a text read by both models; make one with `python -m specviz probe`",
                         READING)  # fmt: skip
    with damage_as_sentence("reading"):
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


def _along(values: dict[str, Any]) -> Along:
    columns = {name: np.array(values[name], np.float32) for name in (*COLUMNS, *TABLES)}
    return Along(temperature=float(values["temperature"]), **columns)
