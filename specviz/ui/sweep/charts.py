"""Kinds of prompt side by side, and curves against P."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from specviz.figures.labels import visible
from specviz.figures.sweep.curves import curves_figure
from specviz.figures.sweep.kinds import kinds_figure
from specviz.metrics.sweep import estimates
from specviz.ui.glossary import define
from specviz.ui.sweep.reading import Reading, at_capacity, choose_measure
from specviz.ui.tables import chart_with_table

INTERVALS = "95 % intervals, prompts resampled whole; a kind with one prompt has none."


def kinds_panel(reading: Reading) -> None:
    """One dot with its interval for each kind and method at one P."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        runs, measure = at_capacity(reading), choose_measure(reading)
    table = estimates(runs, ["kind", "method"], measure)
    if table.empty:
        st.info(f"No run at this P has {measure.name}; choose another P or number.")
        return
    chart_with_table(
        kinds_figure(table, reading.styles, measure.unit), _shown(table), "sweep-kinds",
        alt=f"{measure.name} of every method for each kind of prompt, with intervals.",
    )  # fmt: skip
    st.caption(f"In brackets: prompts of the kind. {INTERVALS}")


def curves_panel(reading: Reading) -> None:
    """A line with its band for each method."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = choose_measure(reading)
        apart = st.toggle("One panel for each kind", key="sweep_apart", bind="query-params",
                          help=define("kind of text"))  # fmt: skip
    runs = reading.runs[reading.runs["P"] > 0]
    by = ["method", "P", "kind"] if apart else ["method", "P"]
    table = estimates(runs, by, measure)
    if table.empty:
        st.info(f"No run with P of 1 or more has {measure.name}; choose another number.")
        return
    chart_with_table(
        curves_figure(table, reading.styles, measure.unit), _shown(table), "sweep-curves",
        alt=f"{measure.name} against capacity P for every method, with bands{', a panel for each kind' * apart}.",
    )  # fmt: skip
    st.caption(f"Bands: {INTERVALS}")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table twin, names of strangers made visible."""
    texts = [name for name in ("kind", "method") if name in table]
    return table.assign(**{name: table[name].map(visible) for name in texts}).round(4)
