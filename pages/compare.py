"""What would another strategy, P or k have done with the same text and the same randomness?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from specviz.engine.compare.jobs import CompareJob
from specviz.figures.compare.lanes import lane_letters, lane_method
from specviz.records.comparison import ComparisonRecord
from specviz.ui.compare.check import check_panel
from specviz.ui.compare.controls import Asked, compare_controls
from specviz.ui.compare.lanes import lanes_panel
from specviz.ui.compare.paired import paired_panel
from specviz.ui.compare.shown import MINE, cases, choose_name, comparison_of
from specviz.ui.glossary import define
from specviz.ui.jobs import job_of, run_and_stop
from specviz.ui.lab import presets, sections
from specviz.ui.page import PageSpec, open_page

PAGE = PageSpec("Compare", "Explore", 2, "compare", ":material/compare_arrows:")
JOB = "compare_job"


def render() -> None:
    """Context and methods at the side; lanes, differences and the check in the middle."""
    open_page(
        "The same text, the same randomness, another method",
        "Several methods continue **one prompt with one seed**, plain decoding beside them on one clock.",
        "Drag the slider: who is ahead?",
    )
    presets("compare", cases())
    job = job_of(JOB, CompareJob)
    with st.sidebar:
        actions = st.container()
        asked = compare_controls()
        with actions:
            run_and_stop(JOB, job, lambda: _job(asked), "Run all", asked.reason)
            st.caption(asked.reason or "These settings are for your next comparison.")
    sections(
        "compare",
        {
            "One clock": lambda: _with_record(job, lanes_panel),
            "Paired differences": lambda: _with_record(job, paired_panel),
            "Losslessness check": lambda: check_panel(asked),
        },
    )


def _job(asked: Asked) -> CompareJob:
    """The comparison that the controls ask for; it is what will be shown."""
    assert asked.settings is not None  # the button is greyed without
    st.session_state["compare_shown"] = MINE
    return CompareJob.of(asked.settings, asked.prompt, asked.methods, asked.seeds)


def _with_record(job: CompareJob | None, draw: Callable[[ComparisonRecord, int, Any], None]) -> None:
    """Choose what is shown and the lane that the others are compared with, then draw it.

    draw: is given the row of these controls too, for one of its own.
    """
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        name = choose_name()
    record = comparison_of(name, job)
    if record is not None:
        with row:
            reference = _reference(record)
        draw(record, reference, row)


def _reference(record: ComparisonRecord) -> int:
    letters = lane_letters(record)
    standard = letters.index("A") if "A" in letters else 0
    if st.session_state.get("compare_against", letters[0]) not in letters:
        del st.session_state["compare_against"]
    chosen = st.segmented_control(
        "Compared with", letters, default=letters[standard], key="compare_against", bind="query-params",
        help=define("reference lane") + " " + "; ".join(
            f"{letter}: {lane_method(lane.settings)}" for letter, lane in zip(letters, record.lanes, strict=True)
        ),
    )  # fmt: skip
    return letters.index(chosen) if chosen in letters else standard


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
