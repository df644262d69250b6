"""Recommendations as `.json.gz` files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from specviz.records.advice import Advice, Check, Forecast
from specviz.records.costs import Costs
from specviz.records.files import TraceError, provenance_of, read_record, write_record
from specviz.records.settings import RunSettings

SCHEMA = 1


def save_advice(advice: Advice, path: Path) -> None:
    """Write a recommendation as `.json.gz`."""
    write_record(asdict(advice) | {"kind": "advice", "schema": SCHEMA}, path)


def load_advice(path: Path) -> Advice:
    """Read a recommendation; TraceError says what is wrong with the file."""
    values = read_record(path, "advice", SCHEMA, "advice of SpecViz; make some with `python -m specviz probe`")
    del values["kind"], values["schema"]
    try:
        costs, check = values.pop("costs"), values.pop("check")
        return Advice(
            settings=RunSettings.from_dict(values.pop("settings")),
            provenance=provenance_of(values.pop("provenance")),
            costs=Costs(provenance=provenance_of(costs.pop("provenance")), **_tuples(costs)),
            forecasts=tuple(Forecast(**one) for one in values.pop("forecasts")),
            check=None if check is None else Check(Forecast(**check.pop("forecast")), **_tuples(check)),
            **values,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TraceError(f"This file of advice is damaged: {str(error)[:160].rstrip('.')}.") from error


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
