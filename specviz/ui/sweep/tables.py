"""Overview and failures: what every method did at every P, and what went wrong."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from specviz.figures.labels import visible
from specviz.metrics.sweep import MEASURES, PER_PASS, PER_SECOND, failures_table, overview
from specviz.ui.glossary import define
from specviz.ui.sweep.reading import WORDS, Reading
from specviz.ui.tables import csv_button, table_with_csv
from specviz.ui.words import plain

DIGITS = {"accepted of drafted": 3, PER_SECOND: 0}
KEPT = 200  # failures that are listed on the page


def settings_words(reading: Reading) -> str:
    """What was swept, and by which models on which device."""
    sweep = reading.sweep
    plan, settings, made = sweep.plan, sweep.plan.settings, sweep.provenance
    seeds = f"{len(plan.seeds)} seeds" if len(plan.seeds) > 1 else f"seed {plan.seeds[0]}"
    whole = "" if sweep.is_whole else f" Not finished: {len(sweep.rows):,} of {plan.total:,} runs are there."
    models = f"{plain(visible(made.target))} with {plain(visible(made.draft))} on {plain(visible(made.device))}"
    return (
        f"{len(plan.prompts)} prompts of {len(sweep.kinds)} kinds, {len(reading.names)} methods, {len(plan.cells)} "
        f"cells, {seeds}; temperature {settings.temperature:g}, depth {settings.depth}, {settings.max_new_tokens} "
        f"tokens each; {models}.{whole}"
    )


def overview_panel(reading: Reading) -> None:
    """The table by method and P, with the best two lines in a sentence."""
    table = overview(reading.runs)
    st.markdown(_headline(table))
    if not set(st.session_state.get("sweep_sizes") or []) <= set(reading.capacities):  # those of another sweep
        del st.session_state["sweep_sizes"]
    sizes = st.segmented_control(
        "P", reading.capacities, selection_mode="multi", default=reading.capacities, key="sweep_sizes",
        bind="query-params", help=define("capacity"),
    )  # fmt: skip
    shown = table[table["P"].isin(sizes or reading.capacities)]
    rows = []
    for values in shown.to_dict("records"):
        row: dict[str, Any] = {"method": visible(values["method"]), "P": values["P"]}
        row |= {name: _words(values, name) for name in MEASURES}
        rows.append(row | {"prompts": values["prompts"], "runs": values["runs"]})
    st.dataframe(
        rows, hide_index=True, width="stretch", key="table-sweep-overview", height=40 + 35 * min(16, len(rows)),
        column_config={name: st.column_config.TextColumn(name, help=define(WORDS[name])) for name in MEASURES}
        | {"method": st.column_config.TextColumn("method", width=275, help=define("sweep methods")),
           "P": st.column_config.NumberColumn("P", width=45, help=define("capacity")),
           "prompts": st.column_config.NumberColumn("prompts", width=70),
           "runs": st.column_config.NumberColumn("runs", width=55, help=define("sweep run"))},
    )  # fmt: skip
    csv_button(shown.assign(method=shown["method"].map(visible)), "sweep-overview")
    uneven = "Lines with fewer prompts than others have not run on all of them. " * (table["prompts"].nunique() > 1)
    st.caption(f"In brackets: 95 % intervals, prompts resampled whole. {uneven}{timed_words(reading)}")


def timed_words(reading: Reading) -> str:
    """What times there are, and why others are missing."""
    timed, every = int((reading.runs["timed_tokens"] > 0).sum()), len(reading.runs)
    if timed == every:
        return "Every run was timed by itself."
    return (
        f"Tokens per second come from the {timed:,} of {every:,} runs that shared neither trees nor text with another; "
        "*Time every run by itself* at the side times them all."
    )


def failures_panel(reading: Reading) -> None:
    """One line for each run that failed."""
    table = failures_table(reading.sweep, reading.names)
    if table.empty:
        st.info(f"None of the {len(reading.sweep.rows):,} runs failed.", icon=":material/check:")
        return
    st.markdown(f"{len(table):,} of {len(reading.sweep.rows):,} runs failed; the others are not touched by it.")
    texts = ["prompt", "kind", "method", "why"]
    safe = table.assign(**{name: table[name].map(visible) for name in texts})
    table_with_csv(safe if len(safe) <= KEPT else safe.head(KEPT), "sweep-failures")
    if len(safe) > KEPT:
        st.caption(f"The first {KEPT} are listed; the results file holds all.")


def _headline(table: pd.DataFrame) -> str:
    table = table[table["prompts"] == table["prompts"].max()]  # a cell with fewer prompts may have the easy ones
    best = table.loc[table[PER_PASS].idxmax()]
    words = f"Most tokens per pass: **{plain(visible(best['method']))}** at P = {best['P']}, {_words(best, PER_PASS)}."
    if not table[PER_SECOND].notna().any():
        return words
    fast = table.loc[table[PER_SECOND].idxmax()]
    return (
        f"{words} Most tokens per second here: **{plain(visible(fast['method']))}** at P = {fast['P']}, "
        f"{_words(fast, PER_SECOND)}."
    )


def _words(values: Any, name: str) -> str:
    """A value with its interval; none where the measure has no place."""
    value, low, high = (float(values[part]) for part in (name, f"{name} low", f"{name} high"))
    if value != value:
        return "\u2013"
    digits = DIGITS.get(name, 2)
    if values["prompts"] < 2:
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
