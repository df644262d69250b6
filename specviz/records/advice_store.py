"""Recommendations as `.json.gz` files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from specviz.records.advice import Advice, Check, Forecast
from specviz.records.column_shapes import alike, wholes
from specviz.records.common_shapes import COUNT, COUNTS, NAME, PROVENANCE, SECONDS, SETTINGS, TIMES, header
from specviz.records.costs import Costs
from specviz.records.files import damage_as_sentence, provenance_of, read_record, write_record
from specviz.records.settings import MAX_CAPACITY, MAX_DEPTH, MAX_DRAFTS, RunSettings
from specviz.records.shapes import each, flag, maybe, number, parts, text, whole

SCHEMA = 1
FORECAST = parts(
    {
        "drafter": NAME,
        "verifier": NAME,
        "capacity": whole(0, MAX_CAPACITY),
        "drafts": whole(1, MAX_DRAFTS),
        "depth": whole(0, MAX_DEPTH),
        "tokens": number(0, 1e6),
        "seconds": number(1e-12, 1e9),
        "nodes": number(0, MAX_CAPACITY),
        "passes": COUNT,
        "exact": flag,
    }
)
MEASURED = ("target", "target_low", "target_high", "draft", "draft_low", "draft_high")
COSTS = alike(
    parts(
        {
            "provenance": PROVENANCE,
            "sizes": wholes(0, 10**6, 10_000),
            **dict.fromkeys(MEASURED, TIMES),
            "context": COUNT,
            "repeats": COUNT,
            "total": SECONDS,
        }
    ),
    "sizes",
    *MEASURED,
)
CHECK = parts(
    {
        "forecast": FORECAST,
        **dict.fromkeys(("tokens", "passes", "plain_tokens"), COUNTS),
        **dict.fromkeys(("seconds", "plain_seconds"), TIMES),
    }
)
ADVICE = parts(
    header(
        prompt=text(),
        settings=SETTINGS,
        provenance=PROVENANCE,
        costs=COSTS,
        plain_seconds=number(1e-12, 1e9),
        overlap=number(-1e-6, 1 + 1e-4),
        mu=number(-1e-6, 1e6),
        forecasts=each(FORECAST, 100_000, "forecast"),
        check=maybe(CHECK),
        seconds=SECONDS,
    )
)


def save_advice(advice: Advice, path: Path) -> None:
    """Write a recommendation as `.json.gz`."""
    write_record(asdict(advice) | {"kind": "advice", "schema": SCHEMA}, path)


def load_advice(path: Path) -> Advice:
    """Read a recommendation; TraceError says what is wrong with the file."""
    values = read_record(path, "advice", SCHEMA, "advice of SpecViz; make some with `python -m specviz probe`", ADVICE)
    del values["kind"], values["schema"]
    with damage_as_sentence("file of advice"):
        costs, check = values.pop("costs"), values.pop("check")
        return Advice(
            settings=RunSettings.from_dict(values.pop("settings")),
            provenance=provenance_of(values.pop("provenance")),
            costs=Costs(provenance=provenance_of(costs.pop("provenance")), **_tuples(costs)),
            forecasts=tuple(Forecast(**one) for one in values.pop("forecasts")),
            check=None if check is None else Check(Forecast(**check.pop("forecast")), **_tuples(check)),
            **values,
        )


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
