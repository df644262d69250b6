"""Which sweep is shown: a recorded one, the visitor's own, or one from a file; and how far the own one is."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from specviz.engine.sweep.jobs import SweepJob
from specviz.figures.labels import short
from specviz.policy import policy
from specviz.records.files import TraceError
from specviz.records.sweep import Sweep
from specviz.records.sweep_store import load_sweep, pack_sweep, unpack_sweep
from specviz.ui.glossary import define
from specviz.ui.jobs import follow, job_failed, job_of, workshop
from specviz.ui.library import ASSETS
from specviz.ui.uploads import PRIVATE, content, file_control
from specviz.ui.words import plain

FOLDER = ASSETS / "sweeps"
JOB = "sweep_job"
MINE = "your sweep"
SHOWN, OPENED, FAULT = "sweep_shown", "sweep_opened", "sweep_fault"
MOST = 4  # opened files of one visit; the oldest goes first


def own_sweep() -> SweepJob | None:
    """The sweep that the link names: from memory, else from the folder of runs."""
    return job_of(JOB, SweepJob, _stored)


def _stored(number: str) -> SweepJob | None:
    try:
        return SweepJob.stored(number, workshop().folder)
    except (TraceError, OSError) as error:
        st.warning(plain(str(error)), icon=":material/history:")
        return None


def choose_sweep(job: SweepJob | None) -> Sweep | None:
    """The controls above the views; None, with a sentence, where there is nothing to show yet."""
    names = [*recorded_sweeps(), *opened(), MINE]
    if st.session_state.get(SHOWN, names[0]) not in names:
        st.session_state[SHOWN] = names[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Shown sweep", names, key=SHOWN, bind="query-params", help=define("recorded sweep"), width=200
        )
        if policy().uploads:
            with st.popover("Open a results file", icon=":material/upload_file:"):
                file_control("Results of a sweep (.parquet)", ["parquet"], "sweep_file", on_change=_open,
                             help="A file made here or with `python -m specviz sweep`.")  # fmt: skip
        else:
            st.caption(PRIVATE, width="content")
        files = st.container(horizontal=True, width="content")
    if st.session_state.get(FAULT):
        st.error(plain(st.session_state[FAULT]), icon=":material/error:")
    sweep = _mine(job) if name == MINE else _of_name(name)
    if sweep is not None:
        with files:
            st.download_button(
                "Results file", lambda: pack_sweep(sweep), f"{_file_name(name)}.parquet", key="sweep_download",
                icon=":material/download:", on_click="ignore",
                help="Every run of this sweep in one Parquet file; it opens here, in pandas and in any table tool.",
            )  # fmt: skip
    return sweep


def recorded_sweeps() -> dict[str, Path]:
    """Files of recorded sweeps by name, as their files are called."""
    return {path.stem.replace("_", " "): path for path in sorted(FOLDER.glob("*.parquet"))}


def opened() -> dict[str, Sweep]:
    """The visitor's opened files by name, oldest first."""
    kept: dict[str, Sweep] = st.session_state.setdefault(OPENED, {})
    return kept


def receive(name: str, data: bytes) -> None:
    """Open a file and show it. TraceError, in one sentence, where it cannot be read or holds nothing to draw."""
    sweep = unpack_sweep(data)
    if not any(not row.failed for row in sweep.rows):
        raise TraceError("This sweep has no run that succeeded, so there is nothing to draw.")
    wished = short(name.removesuffix(".parquet"), 40)
    free, number = wished, 2
    while free in (*recorded_sweeps(), *opened(), MINE):
        free, number = f"{wished} ({number})", number + 1
    opened()[free] = sweep
    while len(opened()) > MOST:
        opened().pop(next(iter(opened())))
    st.session_state[SHOWN] = free


def _open() -> None:
    """An uploaded file is shown; a bad one leaves everything as it was."""
    upload = st.session_state.get("sweep_file")
    st.session_state[FAULT] = ""
    if upload is None:
        return
    try:
        receive(upload.name, content(upload))
    except ValueError as error:  # a TraceError, or more bytes than this server opens
        st.session_state[FAULT] = f"{error} The sweep that was shown before is still shown."


def _of_name(name: str) -> Sweep | None:
    if name in opened():
        return opened()[name]
    try:
        return recorded_sweep(recorded_sweeps()[name])
    except TraceError as error:
        st.error(f"{error} Press Run to make one.", icon=":material/error:")
        return None


@st.cache_resource(max_entries=4, show_spinner=False)
def recorded_sweep(path: Path) -> Sweep:
    """A sweep that ships with the product. Raises TraceError."""
    return load_sweep(path)


def _mine(job: SweepJob | None) -> Sweep | None:
    """The visitor's own sweep, as far as it is."""
    if job is None:
        st.info("Choose prompts and methods at the side and press Run; its runs come one after another.")
        return None
    if job.active:
        follow(job, lambda: _progress(job))
        return None
    try:
        sweep = job.sweep()
    except TraceError as error:  # the file that holds it was taken off the disk, or changed
        st.error(f"{plain(str(error))} Press Run to make it again.", icon=":material/error:")
        return None
    done = 0 if sweep is None else len(sweep.rows)
    some = sweep is not None and len(sweep.failures) < done
    if job.error:
        job_failed(job, some, "what was run before")
    elif done < job.plan.total:
        st.info(
            f"Stopped after {done:,} of {job.plan.total:,} runs; what was run until then is shown. "
            "Run goes on with it while the settings at the side are the same."
        )
    if not some and done and sweep is not None:
        st.error(f"Every run failed: {plain(sweep.failures[0].error)}", icon=":material/error:")
    return sweep if some else None


def _file_name(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name).strip("-") or "sweep"


def _progress(job: SweepJob) -> None:
    """Runs done, how many of them failed, and the time left."""
    step = job.progress
    if step is None:  # what it waits for is said above
        st.progress(0.0, text=f"0 of {job.plan.total:,} runs done")
        return
    failed = f", {step.failures:,} of them failed" if step.failures else ""
    left = "" if step.seconds_left is None else f"; about {_time(step.seconds_left)} left"
    st.progress(min(1.0, step.done / step.total), text=f"{step.done:,} of {step.total:,} runs done{failed}{left}")


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
