"""Limits studies as `.json.gz` files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from specviz.records.column_shapes import lists_of_numbers, numbers, wholes
from specviz.records.common_shapes import COUNTS, NAME, PROVENANCE, SECONDS, header
from specviz.records.files import damage_as_sentence, provenance_of, read_record, write_record
from specviz.records.settings import MAX_CAPACITY, MAX_DEPTH, MAX_DRAFTS, MAX_NEW_TOKENS, MAX_SEED
from specviz.records.shapes import each, number, parts, text, whole
from specviz.records.study import LimitsStudy, Measurement, NestedTrees

SCHEMA = 2
WHAT = "a limits study of SpecViz; make one with `python -m specviz limits`"
CAPACITY = whole(0, MAX_CAPACITY)
SUMS = numbers(0)
MEASUREMENT = parts(
    {"drafter": NAME, "verifier": NAME, "capacity": CAPACITY, "tokens": COUNTS, "passes": COUNTS, "seconds": SECONDS},
    {"expected": SUMS, "surprisal": SUMS, "closing": SUMS, "ranks": COUNTS},
)
NESTED = parts(
    {
        "drafter": NAME,
        "verifier": NAME,
        "capacity": CAPACITY,
        "capacities": wholes(0, MAX_CAPACITY, MAX_CAPACITY),
        "expected": lists_of_numbers(0),
        "passes": COUNTS,
    }
)
COLUMNS = lists_of_numbers(-1e-6, 1e6)
STUDY = parts(
    header(
        temperature=number(0, 5),
        drafts=whole(1, MAX_DRAFTS),
        depth=whole(0, MAX_DEPTH),
        max_new_tokens=whole(1, MAX_NEW_TOKENS),
        seed=whole(0, MAX_SEED),
        provenance=PROVENANCE,
        vocabulary=whole(1, 10**7),
        kinds=each(NAME),
        prompts=each(text()),
        measurements=each(MEASUREMENT, 100_000, "measurement"),
        surprisals=COLUMNS,
        entropies=COLUMNS,
        second_moments=COLUMNS,
    ),
    {"nested": each(NESTED, 100_000), "note": text()},
)


def save_study(study: LimitsStudy, path: Path) -> None:
    """Write a study as `.json.gz`."""
    write_record(asdict(study) | {"kind": "limits"}, path)


def load_study(path: Path) -> LimitsStudy:
    """Read a study; TraceError says what is wrong with the file."""
    values = read_record(path, "limits", SCHEMA, WHAT, STUDY)
    del values["kind"]
    with damage_as_sentence("study file"):
        parts: dict[str, Any] = {
            "measurements": tuple(Measurement(**_tuples(m)) for m in values.pop("measurements")),
            "nested": tuple(NestedTrees(**_tuples(n)) for n in values.pop("nested", [])),
            "provenance": provenance_of(values.pop("provenance")),
        }
        for name in ("surprisals", "entropies", "second_moments"):
            parts[name] = tuple(np.asarray(x, np.float64) for x in values.pop(name))
        for name in ("kinds", "prompts"):
            parts[name] = tuple(values.pop(name))
        return LimitsStudy(**parts, **values)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Lists as tuples, also within lists."""
    return {name: _frozen(value) for name, value in values.items()}


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
