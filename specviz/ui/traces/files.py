"""A run as files, and what every field of them means."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from specviz.figures.run.accepted import accepted_figure, accepted_rows
from specviz.figures.run.report import report_html
from specviz.records.export import (
    NODE_FIELDS,
    PASS_FIELDS,
    RUN_FIELDS,
    VLLM_FIELDS,
    acceptance_metrics,
    csv_text,
    export_json,
    node_rows,
    pass_rows,
)
from specviz.records.store import trace_bytes
from specviz.ui.tables import chart_with_table, csv_button
from specviz.ui.traces.gallery import Entry

FIELDS = {
    "the run under vLLM's names": VLLM_FIELDS, "the run": RUN_FIELDS, "CSV per pass": PASS_FIELDS,
    "CSV per node": NODE_FIELDS,
}  # fmt: skip


def files_section(entry: Entry) -> None:
    """Five files, made when they are asked for; and how many guesses each pass kept."""
    trace, name = entry.trace, file_name(entry.name)
    files = {
        "Run": (lambda: trace_bytes(trace), "json.gz", "application/gzip",
                "The whole record; every page of SpecViz, on any machine, opens it again."),
        "Report": (lambda: report_html(trace, entry.name).encode("utf-8", "replace"), "html", "text/html",
                   "One page that replays the tree without a server or a network; made to be sent and printed."),
        "JSON": (lambda: export_json(trace).encode(), "export.json", "application/json",
                 "Run, passes, nodes and vLLM's metrics as plain values, with the definition of every field."),
        "CSV per pass": (lambda: csv_text(pass_rows(trace), PASS_FIELDS).encode("utf-8", "replace"), "passes.csv",
                         "text/csv", "One row for each target pass."),
        "CSV per node": (lambda: csv_text(node_rows(trace), NODE_FIELDS).encode("utf-8", "replace"), "nodes.csv",
                         "text/csv", "One row for each guess of each pass."),
    }  # fmt: skip
    with st.container(horizontal=True):
        for label, (make, ending, kind, says) in files.items():
            st.download_button(
                label, make, f"{name}.{ending}", kind, key=f"traces_get_{ending}", help=says, on_click="ignore",
                icon=":material/download:", type="primary" if label == "Report" else "secondary",
            )  # fmt: skip
    st.caption(
        "**Report** replays the tree in any browser, offline. **Run** opens here again. In the tables a text that a "
        "spreadsheet could take for a formula begins with an apostrophe."
    )
    runs = {entry.name: acceptance_metrics(trace)["acceptance_histogram"]}
    st.markdown("**Guesses that a pass kept** (the closing token is not counted; the dashed line is the mean)")
    chart_with_table(
        accepted_figure(runs, 230), accepted_rows(runs), f"accepted-{name}",
        alt="Share of passes that accepted 0, 1, 2 and more draft tokens.",
    )  # fmt: skip


def fields_section(entry: Entry) -> None:
    """The data dictionary: first this run's own values under vLLM's names, then every column."""
    found = acceptance_metrics(entry.trace)
    st.markdown("**This run under vLLM's names**, so that it can stand beside a server's per-request metrics.")
    rows = [{"field": name, "value": _shown(found[name]), "definition": VLLM_FIELDS[name]} for name in found]
    _definitions(rows, f"vllm-{file_name(entry.name)}")
    st.markdown("**Every field of the files**")
    every = [
        {"file": group, "field": name, "definition": text} for group, part in FIELDS.items()
        for name, text in part.items()
    ]  # fmt: skip
    _definitions(every, "traces-fields")


def _definitions(rows: list[dict[str, str]], name: str) -> None:
    """A table whose long sentences wrap; its words are our own, so that nothing in it needs to be escaped."""
    frame = pd.DataFrame(rows)
    st.table(frame, border="horizontal", hide_index=True)
    csv_button(frame, name)


def file_name(name: str) -> str:
    """A run's name as part of a file name or a key."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "run"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "\u2013" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
