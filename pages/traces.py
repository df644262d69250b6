"""Recorded, own and uploaded runs: open, compare, check and take away."""

from __future__ import annotations

import streamlit as st

from specviz.ui.glossary import define
from specviz.ui.lab import sections
from specviz.ui.page import PageSpec, open_page
from specviz.ui.traces.check import check_section
from specviz.ui.traces.compare import compare_section
from specviz.ui.traces.files import fields_section, files_section
from specviz.ui.traces.gallery import CHOSEN, entries, escaped, gallery, upload_panel

PAGE = PageSpec("Traces", "Setup", 2, "traces", ":material/folder_open:")


def render() -> None:
    """Files at the side; the gallery; below it what can be done with the chosen run."""
    open_page(
        "Runs to open, compare and take away",
        "Every run is a **record** of its settings, trees, verdicts and both models' laws: it replays without a model.",
        "Open one, save its report, or compare two.",
    )
    with st.sidebar:
        st.header("Runs from files")
        upload_panel()
    found, errors = entries()
    for error in errors:
        st.error(escaped(error), icon=":material/error:")
    if not found:
        st.info("There is no run yet: add a file at the side, or press Run on the Decode page.")
        return
    new = st.session_state.pop("traces_new", None)  # a run that has just come, or has just got another name
    if new in found or st.session_state.get(CHOSEN) not in found:
        st.session_state[CHOSEN] = new if new in found else _asked(list(found))
    gallery(found)
    name = st.selectbox(
        "Chosen run", list(found), key=CHOSEN, bind="query-params", help=define("chosen run"), width=340
    )
    entry = found[name]
    sections(
        "traces",
        {
            "Files": lambda: files_section(entry),
            "Compare": lambda: compare_section(entry, found),
            "Check": lambda: check_section(entry),
            "Fields": lambda: fields_section(entry),
        },
    )


def _asked(names: list[str]) -> str:
    """The run that the link names, or the first."""
    asked = st.query_params.get(CHOSEN, "")
    return asked if asked in names else names[0]


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
