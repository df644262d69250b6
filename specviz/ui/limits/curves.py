"""A study as curves: measured strategies, what their very trees win on average, and the theory of their text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from specviz.drafting import DRAFTERS
from specviz.race import race_bound
from specviz.records import Curve, LimitsStudy, Measurement
from specviz.theory import (
    asymptotic_tokens,
    bootstrap_ratio,
    counted_entropy,
    dual_bound,
    explicit_bound,
    information_bound,
    paper_bound,
)

DUAL, EXPLICIT, ASYMPTOTIC = "dual bound B*", "explicit bound T1", "asymptotic value A"
PAPER, SHORT, CERTIFICATE, RACE = "paper's leading term", "log(P) / mu", "information certificate", "race bound"
THEORY = (DUAL, EXPLICIT, ASYMPTOTIC, CERTIFICATE, RACE, PAPER, SHORT)
NOTES = {
    DUAL: "no draft tree that ignores the target's randomness wins more on average over starts drawn from this "
    "text; no independence is assumed [Pankratov & Alistarh 2025; duality].",
    EXPLICIT: "a ceiling in closed form from mu and mu2, for laws that are independent from prefix to prefix.",
    ASYMPTOTIC: "where the best tree ends up for large P under the same assumption; no ceiling, too high for small P.",
    CERTIFICATE: "(log P + h_b) / h, from the oracle's own runs: a pass reveals which node was last (at most P values) "
    "and the closing token. It assumes nothing about the text, but holds for the run it was measured on.",
    RACE: "(log V + log(k + 1)) / H[R] for shared races with k guesses [Kobus & Gündüz 2025]: a true ceiling, "
    "but log V alone is large, so read its slope.",
    PAPER: "(mu + mu2) log(P) / mu^2 [Pankratov & Alistarh 2025]; its additive O(1) is not known, so the line "
    "itself is no ceiling, and its slope is steeper than it need be.",
    SHORT: "often quoted, but neither an upper nor a lower bound: the text crosses it.",
}
GRID = np.unique(np.round(2 ** np.linspace(0, 10, 41))).astype(int)
X_NAME, Y_NAME = "capacity P", "tokens per target pass"
EXPECTED = ", expected"


@dataclass(frozen=True, eq=False)
class Reading:
    """What the page looks at: a study, some of its prompts, and how P is counted.

    convention: "B", P counts draft nodes; "A", P counts the root as well, so that every curve moves one to the right.
    """

    study: LimitsStudy
    chosen: tuple[int, ...]
    convention: Literal["A", "B"]

    def x(self, capacities: Sequence[int] | np.ndarray) -> np.ndarray:
        """The axis for capacities in draft nodes."""
        return np.asarray(capacities, float) + (self.convention == "A")

    def of(self, column: Sequence[Any]) -> list[Any]:
        """The chosen prompts' entries."""
        return [column[i] for i in self.chosen]

    @property
    def moments(self) -> tuple[float, float]:
        """mu and mu2 of the chosen text; never 0, where the formulas have no value."""
        entropy = np.concatenate(self.of(self.study.entropies))
        second = np.concatenate(self.of(self.study.second_moments))
        mu = max(float(entropy.mean()), 1e-9)
        return mu, max(float(second.mean()), mu**2)


def strategy_label(drafter: str, verifier: str) -> str:
    """What a strategy is called on screen."""
    if drafter == "oracle":
        return "Oracle"
    if drafter in DRAFTERS.names():
        return DRAFTERS.get(drafter).title
    return f"{drafter} + {verifier}"


def measured_curve(reading: Reading, drafter: str, verifier: str) -> Curve:
    """L/K against P with a 95 % bootstrap band over the chosen prompts."""
    points = reading.study.curve(drafter, verifier)
    kind: Any = "oracle" if drafter == "oracle" else "measured"
    return _banded(reading, points, lambda m: m.tokens, strategy_label(drafter, verifier), kind)


def expected_curve(reading: Reading, drafter: str, verifier: str) -> Curve | None:
    """What the very trees win on average: of each P's own run, and of the largest run's nested trees elsewhere."""
    label = strategy_label(drafter, verifier) + EXPECTED
    points = [m for m in reading.study.curve(drafter, verifier) if m.expected and not m.ranks]
    for trees in reading.study.nested:
        if (trees.drafter, trees.verifier) == (drafter, verifier):
            known = {m.capacity for m in points}
            points += [
                Measurement(drafter, verifier, p, (), trees.passes, 0.0, tuple(row[place] for row in trees.expected))
                for place, p in enumerate(trees.capacities)
                if p not in known
            ]
    points = sorted(points, key=lambda m: m.capacity)
    return _banded(reading, points, lambda m: m.expected, label, "expected") if points else None


def _banded(
    reading: Reading, points: list[Measurement], column: Callable[[Measurement], Any], label: str, kind: Any
) -> Curve:
    estimates = [bootstrap_ratio(reading.of(column(m)), reading.of(m.passes)) for m in points]
    return Curve(
        x=reading.x([m.capacity for m in points]),
        y=np.array([e.value for e in estimates]),
        x_name=X_NAME,
        y_name=Y_NAME,
        label=label,
        kind=kind,
        band=(np.array([e.low for e in estimates]), np.array([e.high for e in estimates])),
        reference=1,
    )


@st.cache_data(max_entries=64, show_spinner="The dual bound of this text")
def _dual(surprisals: tuple[tuple[float, ...], ...]) -> list[float]:
    texts = [np.array(text) for text in surprisals]
    return [float(dual_bound(texts, int(p), every_start=True, convention="B")) for p in GRID]


def theory_curves(reading: Reading, shown: Sequence[str]) -> list[Curve]:
    """The asked-for lines over P = 1..1,024."""
    mu, mu2 = reading.moments
    nodes = GRID.astype(float)
    lines: dict[str, Callable[[], Any]] = {
        DUAL: lambda: np.array(_dual(tuple(tuple(text.tolist()) for text in reading.of(reading.study.surprisals)))),
        EXPLICIT: lambda: explicit_bound(mu, mu2, nodes, convention="B"),
        ASYMPTOTIC: lambda: asymptotic_tokens(mu, mu2, nodes, convention="B"),
        PAPER: lambda: paper_bound(mu, mu2, nodes, convention="B", constant=0.0),
        SHORT: lambda: np.log(nodes + 1.0) / mu,
    }
    curves = []
    for name in shown:
        if name in lines:
            kind: Any = "theory" if name in (DUAL, EXPLICIT) else "not_a_bound"
            curves.append(Curve(reading.x(GRID), lines[name](), X_NAME, Y_NAME, name, kind, reference=1))
        else:
            curves += [curve for curve in (certificate(reading) if name == CERTIFICATE else _race(reading),) if curve]
    return curves


def certificate(reading: Reading) -> Curve | None:
    """The information bound of the oracle's runs, where they tell their surprisals."""
    points = [m for m in reading.study.curve("oracle", "sample_and_look") if m.surprisal]
    if not points:
        return None
    values = []
    for m in points:
        h = sum(reading.of(m.surprisal)) / sum(reading.of(m.tokens))
        closing = sum(reading.of(m.closing)) / sum(reading.of(m.passes))
        values.append(information_bound(float(m.capacity), h, closing, convention="B"))
    return Curve(reading.x([m.capacity for m in points]), np.array(values), X_NAME, Y_NAME, CERTIFICATE, "theory")


def rank_entropy(study: LimitsStudy) -> float | None:
    """H[R] (nats) of the distinct rank, counted over all the race runs of a study; None without one."""
    columns = [m.ranks for m in study.measurements if m.ranks]
    if not columns:
        return None
    counts = np.zeros(max(map(len, columns)))
    for column in columns:
        counts[: len(column)] += column
    return counted_entropy(counts)


def _race(reading: Reading) -> Curve | None:
    entropy = rank_entropy(reading.study)
    if not entropy:
        return None
    bound = race_bound(GRID.astype(float), reading.study.vocabulary, entropy)
    return Curve(reading.x(GRID), bound, X_NAME, Y_NAME, RACE, "theory", reference=2)


def crossing(curves: Sequence[Curve]) -> str:
    """A sentence where T1 falls below B*: then the text is not what T1 assumes. Empty where it does not."""
    known = {curve.label: curve for curve in curves}
    if DUAL not in known or EXPLICIT not in known:
        return ""
    dual, explicit = known[DUAL], known[EXPLICIT]
    below = np.flatnonzero(explicit.y < dual.y - 1e-9)
    if not below.size:
        return ""
    return (
        f"From P = {dual.x[below[0]]:g} on T1 lies below B*: this text is not independent from prefix to prefix (easy "
        "and hard stretches), so T1's assumption fails and only B* is a ceiling here."
    )
