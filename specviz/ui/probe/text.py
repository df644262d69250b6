"""One text: every token coloured, the worst and the best spans, and both models' entropies along it."""

from __future__ import annotations

import streamlit as st

from specviz.engine.probe.spans import WIDTH, spans
from specviz.figures.probe.along import along_figure
from specviz.figures.probe.heat import MEASURES, OUTCOME, Measure, heat_payload, token_rows
from specviz.records.reading import TextReading
from specviz.theory import Estimate, bootstrap_ratio
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row
from specviz.ui.probe.heat import heat_text
from specviz.ui.probe.source import choose_reading
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.ui.words import plain

TEMPERATURE = 0.7


def text_panel() -> None:
    """Controls above the text, the text, its numbers, its lines."""
    reading = choose_reading()
    if reading is None:
        return
    if reading.note:
        st.caption(plain(reading.note))
    left, middle, right = st.columns([2, 3, 2])
    name = left.selectbox(
        "Colour by", [*MEASURES, OUTCOME], key="probe_measure", bind="query-params", help=define("colour of a token")
    )
    temperature = right.select_slider(
        "Temperature", reading.temperatures, _nearest(reading), key="probe_T", bind="query-params",
        help=define("temperature"),
    )  # fmt: skip
    with middle:
        limits = _thresholds(MEASURES[name]) if name in MEASURES else _no_thresholds(reading)
    along = reading.at(temperature)
    worst, best = spans(along)
    heat_text(heat_payload(reading, temperature, name, limits, (worst, best)), key="probe_heat")
    _numbers(reading, temperature)
    st.header("Along the text", anchor=False, help=define("entropy along a text"))
    st.caption("Above: how undecided each model is. Below: how far apart they are; high means that guesses are lost.")
    rows = token_rows(reading, temperature)
    chart_with_table(
        along_figure(reading, temperature), rows, "probe-along",
        alt="Entropy of target and draft at each place of the text, and the total variation distance below.",
    )  # fmt: skip
    with st.expander("The worst and best spans as a table"):
        table_with_csv(
            [{"where": where, "first token": span.first + 2, "tokens": span.last - span.first,
              "acceptance rate": round(span.acceptance, 3), "entropy of the target": round(span.target_entropy, 3),
              "entropy of the draft": round(span.draft_entropy, 3), "why": span.why}
             for where, part in (("worst", worst), ("best", best)) for span in part],
            "probe-spans",
        )  # fmt: skip


def _nearest(reading: TextReading) -> float:
    return min(reading.temperatures, key=lambda value: abs(value - TEMPERATURE))


def _thresholds(measure: Measure) -> tuple[float, float]:
    """Where the three classes part."""
    key = f"probe_cut_{measure.name.replace(' ', '_')}"
    low, high = st.select_slider(
        "Thresholds", measure.steps, measure.thresholds, key=key, bind="query-params",
        help=f"{measure.definition} The two thresholds part three classes.",
    )  # fmt: skip
    return float(low), float(high)


def _no_thresholds(reading: TextReading) -> tuple[float, float]:
    decoded = sum(bool(name) for name in reading.outcomes)
    if decoded:
        st.caption(f"Fate of {decoded} decoded tokens: accepted guesses, and what the target added itself.")
    else:
        st.caption(
            "This text was given, so no guess was made in it: let the pair write on (at the side), or take a run."
        )
    return 0.0, 1.0


def _numbers(reading: TextReading, temperature: float) -> None:
    along = reading.at(temperature)
    cells: dict[str, tuple[str, str]] = {"tokens read": (str(reading.places + 1), define("read text"))}
    for label, column, word in (
        ("acceptance rate", along.acceptance, "acceptance rate"),
        ("entropy of the target, nats", along.target_entropy, "mu"),
        ("entropy of the draft, nats", along.draft_entropy, "entropy of the draft"),
    ):
        found = bootstrap_ratio(column, [1.0] * len(column))
        cells[label] = (f"{found.value:.2f}", f"{define(word)} {_interval(found)}")
    first = int((reading.rank == 1).sum())
    cells["first guess right"] = (
        f"{first / reading.places:.0%}", f"{define('first guess')} {first} of {reading.places} tokens."
    )  # fmt: skip
    metric_row(cells)
    source = reading.provenance
    st.caption(
        f"Read by {plain(source.target)} and {plain(source.draft)} in {reading.seconds:.2f} s at five temperatures. A "
        f"span is {WIDTH} tokens long and is ranked by its mean acceptance rate."
    )


def _interval(found: Estimate) -> str:
    return (
        f"95 % interval {found.low:.2f} to {found.high:.2f}, from {found.count} places; neighbours hang together, so "
        "it is a little too narrow."
    )
