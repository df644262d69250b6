"""The tables of a run and its file."""

from __future__ import annotations

import streamlit as st

from specviz.figures.player.payload import node_table
from specviz.metrics import iteration_table
from specviz.records import DecodeTrace
from specviz.records.store import trace_bytes
from specviz.ui.page import door
from specviz.ui.tables import table_with_csv


def run_tables(trace: DecodeTrace, name: str) -> None:
    """One row per pass, one row per node of a pass, and the whole record as a file."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download this run (.json.gz)", lambda: trace_bytes(trace), f"specviz-{name}.json.gz", key=f"file-{name}"
        )
        door("traces", "Reports, other formats and all runs", ":material/folder_open:")
    st.markdown("**One row for each target pass**")
    table_with_csv(iteration_table(trace), f"iterations-{name}")
    if trace.iterations:
        number = int(st.number_input("Guesses of pass", 1, len(trace.iterations), 1, key=f"nodes-{name}"))
        table_with_csv(node_table(trace.iterations[number - 1], trace.texts), f"nodes-of-{number}-{name}")
