"""What every view of the Sweep page reads: a sweep, the names and styles of its methods, and its rows as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from specviz.figures.sweep.methods import Style, method_names, method_styles
from specviz.metrics.sweep import MEASURES, PER_PASS, Measure, MethodKey, method_keys, runs_table
from specviz.records.sweep import Sweep
from specviz.ui.glossary import define

LATEST = "sweep_reading"


@dataclass(frozen=True, eq=False)
class Reading:
    """names: of methods, by their key.  styles: by name.  runs: rows that did not fail, see `runs_table`."""

    sweep: Sweep
    names: Mapping[MethodKey, str]
    styles: Mapping[str, Style]
    runs: pd.DataFrame

    def key_of(self, name: str) -> MethodKey:
        """The method of this name."""
        return next(key for key, known in self.names.items() if known == name)

    @property
    def capacities(self) -> list[int]:
        """Every P with a run that did not fail."""
        return sorted(int(size) for size in self.runs["P"].unique())


def reading_of(sweep: Sweep) -> Reading:
    """The reading of a sweep; that of the latest one is kept, because every rerun of the page asks for it."""
    kept = st.session_state.get(LATEST)
    if kept is not None and kept.sweep is sweep:
        return kept
    names = method_names(method_keys(sweep))
    reading = Reading(sweep, names, method_styles(list(names.values())), runs_table(sweep, names))
    st.session_state[LATEST] = reading
    return reading


def at_capacity(reading: Reading) -> pd.DataFrame:
    """A control for P, and the runs at it."""
    sizes = reading.capacities
    if st.session_state.get("sweep_at", sizes[-1]) not in sizes:
        del st.session_state["sweep_at"]
    size = st.selectbox(
        "At P", sizes, len(sizes) - 1, key="sweep_at", bind="query-params", help=define("capacity"), width=120
    )
    return reading.runs[reading.runs["P"] == size]


def choose_measure(reading: Reading) -> Measure:
    """A control for what is looked at; only measures that this sweep has numbers for."""
    there = [name for name, measure in MEASURES.items() if reading.runs[measure.below].sum() > 0]
    if st.session_state.get("sweep_measure", PER_PASS) not in there:
        del st.session_state["sweep_measure"]
    name = st.selectbox(
        "Number", there, key="sweep_measure", bind="query-params", width=220,
        help=" ".join(f"**{one}**: {define(WORDS[one])}" for one in there),
    )  # fmt: skip
    return MEASURES[name]


WORDS = {
    "tokens per pass": "block efficiency",
    "tokens per second": "sweep speed",
    "accepted of drafted": "draft utilisation",
    "accepted of examined": "accepted of examined",
    "acceptance rate": "acceptance rate",
}
