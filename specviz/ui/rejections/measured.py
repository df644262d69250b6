"""The recorded runs of the rejections laboratory: what was counted, and what the sum of distances predicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from specviz.records.table import MeasuredTable
from specviz.theory import Estimate, bootstrap_ratio
from specviz.ui.glossary import define
from specviz.ui.library import recorded_table

TEMPERATURES = ("1.0", "0.7")
ALL = "all kinds"
KINDS = (ALL, "story", "sum", "code")
RELAXED = "rejections_relaxed"


def runs_control() -> tuple[str, str]:
    """Temperature and kind of the recorded runs to look at."""
    temperature = st.selectbox(
        "Measured at temperature", TEMPERATURES, key="rejections_at", bind="query-params", help=define("temperature")
    )
    kind = st.selectbox("Kind of prompt", KINDS, key="rejections_of", bind="query-params", help=define("kind of text"))
    return str(temperature), str(kind)


def study(temperature: str) -> MeasuredTable:
    """The recorded study of one temperature. Raises TraceError."""
    return recorded_table(f"rejections_{temperature}")


def runs(table: MeasuredTable, verifier: str, kind: str) -> list[dict[str, Any]]:
    """The runs of one verifier on prompts of one kind."""
    return [row for row in table.rows() if row["verifier"] == verifier and kind in (ALL, row["kind"])]


def counts(rows: Sequence[dict[str, Any]], places: int) -> tuple[np.ndarray, np.ndarray]:
    """Rejections and sum of TV over the first `places` tokens of each run: float64[runs] each."""
    counted = [sum(place < places for place in row["rejected"]) for row in rows]
    predicted = [sum(value for value in row["distances"][:places] if value is not None) for row in rows]
    return np.array(counted, float), np.array(predicted, float)


@st.cache_data(max_entries=256, show_spinner=False)
def difference(temperature: str, verifier: str, kind: str, places: int) -> Estimate:
    """Rejections minus sum of TV per run, with a bootstrap over runs."""
    counted, predicted = counts(runs(study(temperature), verifier, kind), places)
    return bootstrap_ratio(counted - predicted, np.ones(len(counted)))


@st.cache_data(max_entries=256, show_spinner=False)
def agreement(temperature: str, verifier: str, kind: str, places: int) -> dict[str, Any]:
    """One row of the table of agreement."""
    rows = runs(study(temperature), verifier, kind)
    counted, predicted = counts(rows, places)
    gap = difference(temperature, verifier, kind, places)
    return {
        "kind": kind,
        "temperature": temperature,
        "verifier": verifier,
        "runs": len(rows),
        "rejections": int(counted.sum()),
        "sum of TV": round(float(predicted.sum()), 1),
        "difference per run": round(gap.value, 3),
        "low": round(gap.low, 3),
        "high": round(gap.high, 3),
    }


def curves(rows: Sequence[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Means over runs of what was counted and predicted up to each token, float64[tokens], and a 95 % interval."""
    length = min(row["tokens"] for row in rows)
    counted, predicted = np.zeros((len(rows), length)), np.zeros((len(rows), length))
    for run, row in enumerate(rows):
        counted[run, [place for place in row["rejected"] if place < length]] = 1
        predicted[run] = [value or 0.0 for value in row["distances"][:length]]
    counted, predicted = counted.cumsum(axis=1), predicted.cumsum(axis=1)
    mean, error = counted.mean(axis=0), counted.std(axis=0, ddof=1) / np.sqrt(len(rows))
    return {
        "counted": mean,
        "low": np.maximum(mean - 1.96 * error, 0.0),
        "high": mean + 1.96 * error,
        "predicted": predicted.mean(axis=0),
    }


def price(rows: Sequence[dict[str, Any]]) -> tuple[Estimate, Estimate]:
    """Tokens per pass and mean surprisal of runs, nats per token, each with a bootstrap over runs."""
    tokens = [row["tokens"] for row in rows]
    return (
        bootstrap_ratio(tokens, [row["passes"] for row in rows]),
        bootstrap_ratio([row["surprisal"] for row in rows], tokens),
    )


def cost_ratio(rows: Sequence[dict[str, Any]]) -> float:
    """Seconds of one draft pass over seconds of one target pass."""
    draft = sum(row["draft_seconds"] for row in rows) / sum(row["drafted"] for row in rows)
    return float(draft / (sum(row["target_seconds"] for row in rows) / sum(row["passes"] for row in rows)))


def acceptance(rows: Sequence[dict[str, Any]]) -> Estimate:
    """alpha = 1 - sum of TV / examined positions, with a bootstrap over runs."""
    positions = np.array([row["positions"] for row in rows], float)
    return bootstrap_ratio(positions - np.array([row["distance"] for row in rows]), positions)


def about(table: MeasuredTable) -> str:
    """One sentence on how a study was made."""
    settings, made = table.settings, table.provenance
    return (
        f"{len(table.columns['seed'])} recorded runs of {settings['max_new_tokens']} tokens, chains of depth "
        f"{settings['depth']}, {len(settings['prompts'])} prompts, {made.target} with {made.draft} on {made.device}."
    )
