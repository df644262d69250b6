"""A text with every token coloured: the measures, their classes, and what the component in the browser is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from specviz.figures.labels import OUTCOMES, visible
from specviz.records.reading import Along, Span, TextReading

OUTCOME = "outcome"


@dataclass(frozen=True)
class Measure:
    """A number that can colour a text.

    good_is_high: whether a large value means that drafting works.  steps: values of the threshold sliders.
    thresholds: where the classes part at first.  full: value of a full bar under a token; the rank, which
    spans decades, is drawn by its logarithm.
    """

    name: str
    good_is_high: bool
    steps: tuple[float, ...]
    thresholds: tuple[float, float]
    full: float
    unit: str
    definition: str


_SHARES = tuple(round(0.05 * i, 2) for i in range(21))
_NATS = (0.0, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0)
MEASURES = {
    measure.name: measure
    for measure in (
        Measure("acceptance rate", True, _SHARES, (0.5, 0.85), 1.0, "",
                "1 - TV: chance that one guess of the draft model is accepted here."),
        Measure("total variation", False, _SHARES, (0.15, 0.5), 1.0, "",
                "TV(p, q): how much probability the two models place differently."),
        Measure("entropy of the target", False, _NATS, (0.5, 2.0), 5.0, "nats",
                "How undecided the target is about the token here."),
        Measure("entropy of the draft", False, _NATS, (0.5, 2.0), 5.0, "nats",
                "How undecided the draft model is about the token here."),
        Measure("surprisal", False, _NATS, (0.5, 3.0), 7.0, "nats",
                "-log p: how unlikely the target finds the token that stands here."),
        Measure("rank", False, (1, 2, 3, 4, 5, 10, 20, 50, 100, 1000), (1, 5), 1000.0, "",
                "Place of the token among the draft model's guesses; 1 is its first."),
    )
}  # fmt: skip
CLASSES = ("good", "middle", "poor")


def values(reading: TextReading, along: Along, measure: str) -> np.ndarray:
    """float64[N]: one value for each place."""
    columns = {
        "acceptance rate": along.acceptance,
        "total variation": along.distance,
        "entropy of the target": along.target_entropy,
        "entropy of the draft": along.draft_entropy,
        "surprisal": along.surprisal,
        "rank": reading.rank,
    }
    return np.asarray(columns[measure], np.float64)


def classes(found: np.ndarray, measure: Measure, low: float, high: float) -> list[str]:
    """good, middle or poor for each value; a value on a threshold counts as the better class."""
    if measure.good_is_high:
        return [CLASSES[0] if v >= high else CLASSES[1] if v >= low else CLASSES[2] for v in found]
    return [CLASSES[0] if v <= low else CLASSES[1] if v <= high else CLASSES[2] for v in found]


def class_labels(measure: Measure, low: float, high: float) -> dict[str, str]:
    """What each class means, in words for the legend."""
    unit = f" {measure.unit}" if measure.unit else ""
    if measure.good_is_high:
        return {
            "good": f"at least {high:g}{unit}",
            "middle": f"{low:g} to {high:g}{unit}",
            "poor": f"below {low:g}{unit}",
        }
    return {"good": f"at most {low:g}{unit}", "middle": f"{low:g} to {high:g}{unit}", "poor": f"above {high:g}{unit}"}


def heat_payload(
    reading: TextReading,
    temperature: float,
    measure: str,
    limits: tuple[float, float],
    spans: tuple[Sequence[Span], Sequence[Span]],
) -> dict[str, Any]:
    """Plain values for the component: tokens with class and card, legend, worst and best spans.

    measure: a name of MEASURES, or "outcome".  limits: the two thresholds, which an outcome does not use.
    """
    along = reading.at(temperature)
    cards = _cards(reading, along)
    if measure == OUTCOME:
        kinds = [name or "given" for name in reading.outcomes[1:]]
        bars, legend = [1.0 if kind != "given" else 0.0 for kind in kinds], _outcome_legend(kinds)
    else:
        known = MEASURES[measure]
        found = values(reading, along, measure)
        kinds = classes(found, known, *limits)
        shares = np.log(found) / np.log(known.full) if measure == "rank" else found / known.full
        bars = np.clip(np.nan_to_num(shares, posinf=1.0), 0, 1).round(3).tolist()
        legend = _legend(kinds, class_labels(known, *limits))
    texts = {int(i): visible(text) for i, text in reading.texts.items()}
    return {
        "measure": measure,
        "first": texts[int(reading.tokens[0])],
        "tokens": [
            {"t": texts[int(token)], "k": kind, "b": bar, "c": card}
            for token, kind, bar, card in zip(reading.tokens[1:], kinds, bars, cards, strict=True)
        ],
        "texts": {str(i): texts[i] for i in {int(i) for i in reading.candidates[reading.candidates >= 0]}},
        "legend": legend,
        "outcomes": {name: {"light": o.light, "dark": o.dark, "mark": o.mark} for name, o in OUTCOMES.items()},
        "spans": [
            {"title": title, "items": [_span(span, reading, texts) for span in part]}
            for title, part in zip(("Where drafting works worst", "Where it works best"), spans, strict=True)
        ],
    }


def _cards(reading: TextReading, along: Along) -> list[dict[str, Any]]:
    """The numbers of each place, and its candidates as [id, p, q]."""
    columns = {
        "p": along.target_prob, "q": along.draft_prob, "tv": along.distance, "hp": along.target_entropy,
        "hq": along.draft_entropy, "s": along.surprisal,
    }  # fmt: skip
    numbers = {name: [_number(v) for v in column] for name, column in columns.items()}
    rows = zip(reading.candidates.tolist(), along.target_candidates, along.draft_candidates, strict=True)
    return [
        {name: column[place] for name, column in numbers.items()}
        | {
            "r": int(reading.rank[place]),
            "o": reading.outcomes[place + 1],
            "i": int(reading.tokens[place + 1]),
            "n": [[i, _number(p), _number(q)] for i, p, q in zip(ids, ps, qs, strict=True) if i >= 0],
        }
        for place, (ids, ps, qs) in enumerate(rows)
    ]


def _number(value: Any) -> float | None:
    """Four digits, or None for what is not finite."""
    return float(f"{float(value):.4g}") if np.isfinite(value) else None


def _legend(kinds: Sequence[str], labels: dict[str, str]) -> list[dict[str, Any]]:
    return [{"k": kind, "label": labels[kind], "count": kinds.count(kind)} for kind in CLASSES]


def _outcome_legend(kinds: Sequence[str]) -> list[dict[str, Any]]:
    shown = [name for name in ("accepted", "bonus", "correction", "given") if name in kinds]
    words = {"given": "given, not decoded"}
    return [{"k": name, "label": words.get(name, name), "count": kinds.count(name)} for name in shown]


def _span(span: Span, reading: TextReading, texts: dict[int, str]) -> dict[str, Any]:
    ids = reading.tokens[span.first + 1 : span.last + 1].tolist()
    return {
        "from": span.first, "to": span.last, "rate": round(span.acceptance, 3), "why": span.why,
        "text": "".join(texts[i] for i in ids),
    }  # fmt: skip


def token_rows(reading: TextReading, temperature: float) -> list[dict[str, Any]]:
    """The table twin: one row for each place."""
    along = reading.at(temperature)
    return [
        {"place": place + 1, "token": visible(reading.texts[int(reading.tokens[place + 1])]),
         "p": _number(along.target_prob[place]), "q": _number(along.draft_prob[place]),
         "acceptance rate": _number(along.acceptance[place]), "TV": _number(along.distance[place]),
         "entropy of the target": _number(along.target_entropy[place]),
         "entropy of the draft": _number(along.draft_entropy[place]),
         "surprisal": _number(along.surprisal[place]), "rank": int(reading.rank[place]),
         "outcome": reading.outcomes[place + 1] or "given"}
        for place in range(reading.places)
    ]  # fmt: skip
