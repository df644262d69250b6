"""A study as curves and tables: measured strategies and the theory at the text's own mu, mu2 and surprisals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from specviz.drafting import DRAFTERS
from specviz.records import Curve, LimitsStudy
from specviz.theory import asymptotic_tokens, bootstrap_ratio, dual_bound, explicit_bound, paper_bound

DUAL, EXPLICIT, ASYMPTOTIC = "dual bound B*", "explicit bound T1", "asymptotic value A"
PAPER, SHORT = "paper's leading term", "log(P) / mu"
THEORY = (DUAL, EXPLICIT, ASYMPTOTIC, PAPER, SHORT)
NOTES = {
    DUAL: "no draft tree that ignores the target's randomness wins more on average over starts drawn from this "
    "text; no independence is assumed [Pankratov & Alistarh 2025; duality].",
    EXPLICIT: "a ceiling in closed form from mu and mu2, for laws that are independent from prefix to prefix.",
    ASYMPTOTIC: "where the best tree ends up for large P under the same assumption; no ceiling, too high for small P.",
    PAPER: "(mu + mu2) log(P + 1) / mu^2 [Pankratov & Alistarh 2025]; its additive O(1) is not known, so the line "
    "itself is no ceiling, and its slope is steeper than it need be.",
    SHORT: "often quoted, but neither an upper nor a lower bound.",
}
GRID = np.unique(np.round(2 ** np.linspace(0, 8, 33))).astype(int)


def strategy_label(drafter: str, verifier: str) -> str:
    """What a strategy is called on screen."""
    if drafter == "oracle":
        return "Oracle"
    if drafter in DRAFTERS.names():
        return DRAFTERS.get(drafter).title
    return f"{drafter} + {verifier}"


def measured_curve(study: LimitsStudy, drafter: str, verifier: str, chosen: Sequence[int]) -> Curve:
    """L/K against P with a 95 % bootstrap band over the chosen prompts."""
    points = study.curve(drafter, verifier)
    estimates = [bootstrap_ratio([m.tokens[i] for i in chosen], [m.passes[i] for i in chosen]) for m in points]
    oracle = drafter == "oracle"
    return Curve(
        x=np.array([m.capacity for m in points], float),
        y=np.array([e.value for e in estimates]),
        x_name="capacity P",
        y_name="tokens per target pass",
        label=strategy_label(drafter, verifier),
        kind="oracle" if oracle else "measured",
        band=(np.array([e.low for e in estimates]), np.array([e.high for e in estimates])),
        reference=1,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _dual(surprisals: tuple[tuple[float, ...], ...]) -> list[float]:
    texts = [np.array(text) for text in surprisals]
    return [float(dual_bound(texts, int(p), every_start=True, convention="B")) for p in GRID]


def theory_curves(study: LimitsStudy, chosen: Sequence[int], shown: Sequence[str]) -> list[Curve]:
    """The asked-for lines over P = 1..256."""
    mu, mu2 = _moments(study, chosen)
    curves = []
    for name in shown:
        kind: Any = "theory"
        if name == DUAL:
            y = np.array(_dual(tuple(tuple(study.surprisals[i].tolist()) for i in chosen)))
        elif name == EXPLICIT:
            y = explicit_bound(mu, mu2, GRID.astype(float), convention="B")
        elif name == ASYMPTOTIC:
            kind, y = "not_a_bound", asymptotic_tokens(mu, mu2, GRID.astype(float), convention="B")
        elif name == PAPER:
            kind = "not_a_bound"
            y = paper_bound(mu, mu2, GRID.astype(float), convention="B", constant=0.0)
        else:
            kind, y = "not_a_bound", np.log(GRID + 1.0) / mu
        curves.append(Curve(GRID.astype(float), y, "capacity P", "tokens per target pass", name, kind, reference=1))
    return curves


def _moments(study: LimitsStudy, chosen: Sequence[int]) -> tuple[float, float]:
    entropy = np.concatenate([study.entropies[i] for i in chosen])
    second = np.concatenate([study.second_moments[i] for i in chosen])
    return max(float(entropy.mean()), 1e-9), max(float(second.mean()), float(entropy.mean()) ** 2, 1e-9)


def moments_table(study: LimitsStudy, chosen: Sequence[int]) -> list[dict[str, Any]]:
    """mu and mu2 by kind of text, with standard errors and counts."""
    groups = {kind: [i for i in chosen if study.kinds[i] == kind] for kind in dict.fromkeys(study.kinds)}
    rows = []
    for kind, members in [*groups.items(), ("together", list(chosen))]:
        if not members:
            continue
        entropy = np.concatenate([study.entropies[i] for i in members])
        second = np.concatenate([study.second_moments[i] for i in members])
        root = np.sqrt(len(entropy))
        rows.append(
            {
                "kind": kind,
                "mu": round(float(entropy.mean()), 3),
                "mu error": round(float(entropy.std() / root), 3),
                "mu2": round(float(second.mean()), 3),
                "mu2 error": round(float(second.std() / root), 3),
                "positions": len(entropy),
            }
        )
    return rows


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
    """Every curve at one P; measured ones with their interval and their share of the oracle."""
    oracle = next((_at(c, marker) for c in curves if c.kind == "oracle"), None)
    rows = []
    for curve in curves:
        place = _at(curve, marker)
        if place is None:
            continue
        row: dict[str, Any] = {"curve": curve.label, "tokens per pass": round(float(curve.y[place]), 2)}
        if curve.band is not None:
            row["interval"] = f"{curve.band[0][place]:.2f} to {curve.band[1][place]:.2f}"
        if curve.kind == "measured" and oracle is not None:
            best = next(c for c in curves if c.kind == "oracle")
            row["share of oracle"] = f"{curve.y[place] / best.y[oracle]:.0%}"
        rows.append(row)
    return rows


def _at(curve: Curve, marker: int) -> int | None:
    found = np.flatnonzero(curve.x == marker)
    return int(found[0]) if len(found) else None
