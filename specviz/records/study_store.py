"""Limits studies as `.json.gz` files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from specviz.records.files import TraceError, provenance_of, read_record, write_record
from specviz.records.study import LimitsStudy, Measurement, NestedTrees


def save_study(study: LimitsStudy, path: Path) -> None:
    """Write a study as `.json.gz`."""
    write_record(asdict(study) | {"kind": "limits"}, path)


def load_study(path: Path) -> LimitsStudy:
    """Read a study; TraceError says what is wrong with the file."""
    values = read_record(path, "limits", 2, "a limits study of SpecViz; make one with `python -m specviz limits`")
    del values["kind"]
    try:
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
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TraceError(f"This study file is damaged: {str(error)[:160].rstrip('.')}.") from error


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Lists as tuples, also within lists."""
    return {name: _frozen(value) for name, value in values.items()}


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
