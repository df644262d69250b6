"""Acceptance by rank on measured texts: the closed form at every position, averaged over each text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from specviz.race import attempt_law, match_probability, rank_entropy, rank_entropy_bounds, rank_law
from specviz.records import PairLaws, Warp
from specviz.records.table import MeasuredTable

NAME = "acceptance by rank"
RULES = ("ERSD", "GSD")  # ranks of a shared race; attempts of recursive rejection


def text_ranks(laws: PairLaws, text: int, temperature: float, drafts: int, tolerance: float) -> dict[str, Any]:
    """One text's means over its positions.

    ERSD: chances of the distinct ranks of a shared race. repeats: those of its i.i.d. arrivals. GSD: chances that
    recursive rejection accepts the 1st, 2nd, .. of i.i.d. drafts. match: a_1. divergence: D(p || q), nats.
    entropy: of the distinct rank, given its position, nats; what lies beyond the last rank counts as one rank.
    """
    columns: dict[str, list[np.ndarray]] = {"ERSD": [], "repeats": [], "GSD": []}
    numbers: dict[str, list[float]] = {"match": [], "divergence": [], "entropy": []}
    for position in np.flatnonzero(laws.text == text):
        p, q = laws.laws(int(position), Warp(temperature=temperature))
        columns["ERSD"].append(rank_law(p, q, drafts, repeats=False, tolerance=tolerance).clip(0.0))
        columns["repeats"].append(rank_law(p, q, drafts, repeats=True))
        columns["GSD"].append(attempt_law(p, q, drafts))
        numbers["match"].append(match_probability(p, q))
        numbers["divergence"].append(rank_entropy_bounds(p, q).low)
        numbers["entropy"].append(rank_entropy(columns["ERSD"][-1], drafts).low)
    means = {name: float(np.mean(values)) for name, values in numbers.items()}
    by_rank = {name: np.mean(rows, axis=0).round(9).tolist() for name, rows in columns.items()}
    return {"text": text, "kind": laws.kinds[text], "positions": len(columns["ERSD"]), **means, **by_rank}


def rank_rows(laws: PairLaws, temperature: float, drafts: int, tolerance: float) -> Iterator[dict[str, Any]]:
    """One row for each text, both laws read at a temperature above 0; see `text_ranks`."""
    if temperature <= 0:
        raise ValueError("Ranks of a race need a temperature above 0: without noise there is no race.")
    for text in range(len(laws.kinds)):
        yield text_ranks(laws, text, temperature, drafts, tolerance)


def mean_ranks(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """a_r by rule over all positions of these texts."""
    weights = [row["positions"] for row in rows]
    return {rule: np.average([row[rule] for row in rows], axis=0, weights=weights).tolist() for rule in RULES}


def rank_table(
    laws: PairLaws, rows: Sequence[Mapping[str, Any]], temperature: float, drafts: int, tolerance: float, began: float
) -> MeasuredTable:
    """The table of those rows. began: when the measurement started, by `time.perf_counter`."""
    settings = {
        "temperature": temperature,
        "written_at": laws.temperature,
        "drafts": drafts,
        "tolerance": tolerance,
        "vocabulary": laws.vocabulary,
        "seed": laws.seed,
    }
    columns = {name: tuple(row[name] for row in rows) for name in rows[0]}
    return MeasuredTable(NAME, columns, laws.provenance, settings, time.perf_counter() - began)
