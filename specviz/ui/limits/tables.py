"""A study as tables: every point, one capacity read off, the text's moments, slopes and efficiency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from specviz.records import Curve, LimitsStudy
from specviz.theory import Estimate, bootstrap_quotient, bootstrap_slope
from specviz.ui.limits.curves import EXPECTED, Reading, strategy_label

SLOPE_FROM = 8  # below it the curves bend: the best tree has not reached its straight line


def curve_rows(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """Every point of every curve: the table twin of the chart."""
    return [
        {
            "curve": curve.label,
            "P": int(x),
            "tokens per pass": float(y),
            "low": float(curve.band[0][i]) if curve.band else None,
            "high": float(curve.band[1][i]) if curve.band else None,
        }
        for curve in curves
        for i, (x, y) in enumerate(zip(curve.x, curve.y, strict=True))
    ]


def reading_table(curves: Sequence[Curve], marker: int) -> list[dict[str, Any]]:
    """Every curve at one P, as far as it was run there: value, interval, and what its very trees win on average."""
    expected = {curve.label.removesuffix(EXPECTED): curve for curve in curves if curve.kind == "expected"}
    rows = []
    for curve in curves:
        place = _at(curve, marker)
        if place is None or curve.kind == "expected":
            continue
        row: dict[str, Any] = {"curve": curve.label, "tokens per pass": round(float(curve.y[place]), 2)}
        if curve.band is not None:
            row["interval"] = f"{curve.band[0][place]:.2f} to {curve.band[1][place]:.2f}"
        trees = expected.get(curve.label)
        if trees is not None and (at := _at(trees, marker)) is not None:
            row["same trees, expected"] = round(float(trees.y[at]), 2)
        rows.append(row)
    return rows


def moments_table(reading: Reading) -> list[dict[str, Any]]:
    """mu and mu2 by kind of text, with standard errors and counts."""
    study = reading.study
    groups = {kind: [i for i in reading.chosen if study.kinds[i] == kind] for kind in dict.fromkeys(study.kinds)}
    rows = []
    for kind, members in [*groups.items(), ("together", list(reading.chosen))]:
        if not members:
            continue
        entropy = np.concatenate([study.entropies[i] for i in members])
        second = np.concatenate([study.second_moments[i] for i in members])
        root = np.sqrt(len(entropy))
        mu, mu2 = float(entropy.mean()), float(second.mean())
        rows.append(
            {
                "kind": kind,
                "mu": round(mu, 3),
                "mu error": round(float(entropy.std() / root), 3),
                "mu2": round(mu2, 3),
                "mu2 error": round(float(second.std() / root), 3),
                "C = mu2 / mu^2": round(mu2 / max(mu, 1e-9) ** 2, 2),
                "positions": len(entropy),
            }
        )
    return rows


def slopes(reading: Reading, strategies: Sequence[tuple[str, str]]) -> list[tuple[str, Estimate]]:
    """Slope of tokens per pass in log(P + 1) from P = 8 on, with its interval over prompts."""
    found = []
    for drafter, verifier in strategies:
        points = [m for m in reading.study.curve(drafter, verifier) if m.capacity >= SLOPE_FROM]
        if len(points) < 2 or len(reading.chosen) < 1:
            continue
        tokens, passes = (np.array([reading.of(getattr(m, name)) for m in points]).T for name in ("tokens", "passes"))
        x = np.log([m.capacity + 1 for m in points])
        found.append((strategy_label(drafter, verifier), bootstrap_slope(x, tokens, passes)))
    return found


def efficiencies(reading: Reading, strategies: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Measured / oracle at every P where both were run, the prompts resampled together."""
    oracle = {m.capacity: m for m in reading.study.curve("oracle", "sample_and_look")}
    rows = []
    for drafter, verifier in strategies:
        if drafter == "oracle":
            continue
        for m in reading.study.curve(drafter, verifier):
            best = oracle.get(m.capacity)
            if best is None:
                continue
            first, second = ((reading.of(one.tokens), reading.of(one.passes)) for one in (best, m))
            e = bootstrap_quotient(first, second)
            rows.append(
                {
                    "strategy": strategy_label(drafter, verifier),
                    "P": m.capacity,
                    "efficiency": e.value,
                    "low": e.low,
                    "high": e.high,
                }
            )
    return rows


def saved_passes(study: LimitsStudy) -> tuple[int, int, float, float] | None:
    """Target passes and seconds of running every P, and of the largest run alone, over the nested strategies."""
    every, largest, all_seconds, one_seconds = 0, 0, 0.0, 0.0
    for trees in study.nested:
        runs = study.curve(trees.drafter, trees.verifier)
        wanted = {*trees.capacities, trees.capacity}
        if not wanted <= {m.capacity for m in runs}:
            return None
        every += sum(sum(m.passes) for m in runs if m.capacity in wanted)
        largest += sum(trees.passes)
        all_seconds += sum(m.seconds for m in runs if m.capacity in wanted)
        one_seconds += sum(m.seconds for m in runs if m.capacity == trees.capacity)
    return (every, largest, all_seconds, one_seconds) if every else None


def _at(curve: Curve, marker: float) -> int | None:
    found = np.flatnonzero(curve.x == marker)
    return int(found[0]) if len(found) else None
