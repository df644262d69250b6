"""Which text the Probe page reads: a recorded one, the visitor's own, or the latest run of this visit."""

from __future__ import annotations

import streamlit as st

from specviz.engine.probe.jobs import Progress, ReadJob
from specviz.engine.probe.prompts import MAX_BYTES, text_of_file
from specviz.policy import policy
from specviz.records import RunSettings
from specviz.records.reading import TextReading
from specviz.ui.controls import missing, pair_control
from specviz.ui.glossary import define
from specviz.ui.jobs import follow, job_failed, job_of, run_and_stop
from specviz.ui.methods import STANDARD
from specviz.ui.page import door
from specviz.ui.probe.library import recorded_reading, recorded_readings
from specviz.ui.shelf import keep, latest, shelf
from specviz.ui.uploads import content, file_control

OWN, RUN = "a text of mine", "my latest run"
RECORDED = "recorded: "
JOB = "probe_read"
MOST = 60_000  # characters in the box; a pair reads far fewer


def choose_reading() -> TextReading | None:
    """The controls at the side; None, with a sentence on the page, where there is nothing to show yet."""
    files = {f"{RECORDED}{name}": path for name, path in recorded_readings().items()}
    with st.sidebar:
        source = st.selectbox(
            "Text", [*files, OWN, RUN], key="probe_source", bind="query-params", help=define("read text")
        )
        if source in (OWN, RUN):
            _own() if source == OWN else _run()
    if source in files:
        return recorded_reading(files[source])
    return _read(source)


def _own() -> None:
    """A text, how much the pair shall write after it, and the button."""
    uploads = file_control(
        "Text file", ["txt", "md"], "probe_file", own=MAX_BYTES >> 20,
        help=f"Plain text in UTF-8, at most {MAX_BYTES >> 20} MB; without a file the box below is read.",
    )  # fmt: skip
    text, reason, limits = "", "", policy()
    if not uploads:
        most = min(MOST, limits.prompt)
        text = st.text_area("Your text", key="probe_text", height=160, max_chars=most, persist_state="session")
    else:
        try:
            text = text_of_file(content(uploads[0], MAX_BYTES >> 20))
        except ValueError as error:
            reason = str(error)
    more = st.number_input(
        "Tokens to write after it", 0, min(256, limits.new_tokens), 0, key="probe_write", bind="query-params",
        help=define("tokens to write"),
    )  # fmt: skip
    target, draft, _ = pair_control(layered=False)
    reason = reason or missing(text, target, draft)

    def read() -> ReadJob:
        settings = RunSettings(
            target=target, draft=draft, max_new_tokens=int(more) or 1, depth=min(STANDARD.depth, limits.depth),
            capacity=min(STANDARD.capacity, limits.capacity),
        )  # fmt: skip
        return ReadJob(target, draft, text=text, settings=settings if more else None)

    run_and_stop(JOB, job_of(JOB, ReadJob), read, "Read", reason)
    if reason:
        st.caption(reason)


def _run() -> None:
    trace = latest()

    def read() -> ReadJob:
        if trace is None:
            raise ValueError("There is no run in this visit yet.")
        return ReadJob(trace.settings.target, trace.settings.draft, run=trace)

    run_and_stop(JOB, job_of(JOB, ReadJob), read, "Read", "" if trace else "Make a run on the Decode page first.")


def _read(source: str) -> TextReading | None:
    """The visitor's own reading, or what is missing for it."""
    job = job_of(JOB, ReadJob)
    if source == RUN and latest() is None:
        st.info("Make a run on the Decode page first; then both models can read it here.")
        door("decode", "Make a run", ":material/account_tree:")
        return None
    if job is None:
        st.info("Paste a text at the side, or choose a file, and press Read; 400 tokens take about a second.")
        return None
    if job.active:
        follow(job, lambda: _progress(job))
        return None
    reading = job.reading()
    if job.error:
        job_failed(job, reading is not None, "what was read before")
    elif reading is None:
        st.info("Reading was stopped before its first pass; press Read to start it again.")
    if job.settings is not None and job.run is not None and job.run not in shelf().values():
        keep("probe", job.run)
    return reading


def _progress(job: ReadJob) -> None:
    step = job.progress or Progress(str(job.stage), 0, 1)
    st.progress(min(1.0, step.done / max(1, step.total)), text=f"{step.label}: {step.done} of {step.total} tokens")
