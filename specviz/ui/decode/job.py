"""The run that the link names: at work, waiting, over, or broken off by the end of a server; Run, Stop and Continue."""

from __future__ import annotations

import streamlit as st

from specviz.engine.jobs import RunJob
from specviz.engine.scheduling import Stage
from specviz.engine.scheduling.folder import BusyError
from specviz.figures.labels import short
from specviz.figures.player.payload import player_payload
from specviz.records.files import TraceError
from specviz.ui.controls import Asked
from specviz.ui.decode.shown import first_pass, follow_run, forget_run, run_followed
from specviz.ui.glossary import define
from specviz.ui.jobs import begin, job_failed, stop_button, visitor, waiting, workshop
from specviz.ui.player import run_player
from specviz.ui.shelf import keep, shelf
from specviz.ui.words import plain

GONE = "This server does not hold that run any more; press Run: the same link decodes the same run."


def job_of_link() -> RunJob | None:
    """The run that the link names."""
    number = run_followed()
    return _known(number) if number else None


def at_work(job: RunJob | None) -> bool:
    """Whether the run is under way; one that is over is put on the visitor's shelf.

    Asked once for each drawing of the page: a run that ended between two questions would be shown by neither answer.
    """
    if job is None or job.active:
        return job is not None
    trace = job.trace()
    shelved = st.session_state.setdefault("shelved_jobs", set())
    state = f"{job.id} {job.asked}"  # a run that is continued is shelved again
    if trace is not None and state not in shelved:  # once: a run that the visitor deleted must not come back
        shelved.add(state)
        shelf().pop(own_name(job), None)
        st.session_state[f"shelved {job.id}"] = keep(f"your run {job.id[:4]}: {short(trace.prompt, 22)}", trace)
    return False


def own_name(job: RunJob | None) -> str:
    """The name that the run got on the shelf; "" before."""
    return "" if job is None else str(st.session_state.get(f"shelved {job.id}", ""))


def _known(number: str) -> RunJob | None:
    """From memory, else from the folder of runs."""
    job = workshop().jobs.get(number)
    if isinstance(job, RunJob):
        return job
    folder = workshop().folder
    try:
        trace = None if folder is None or job is not None else folder.find(number)
    except (TraceError, BusyError, OSError) as error:
        st.warning(plain(str(error)), icon=":material/history:")
        return None
    if trace is None:
        st.info(GONE)
        forget_run()
        return None
    return workshop().remember(RunJob.stored(number, trace))


def run_actions(job: RunJob | None, asked: Asked) -> None:
    """Run and Stop stand above the settings, so that they are never out of sight."""
    busy = job is not None and job.active
    run, stop = st.columns(2)
    # Never greyed for what is missing: a click that also leaves a text box would be lost on a greyed button.
    pressed = run.button("Run", type="primary", width="stretch", disabled=busy)
    if pressed and (asked.reason or asked.settings is None):
        st.error(asked.reason, icon=":material/error:")
    elif pressed and asked.settings is not None:
        _start(RunJob.of(asked.settings, asked.prompt, asked.automatic))
    stop_button(stop, job)
    if job is not None and job.unfinished:
        st.button(
            "Continue this run", icon=":material/resume:", width="stretch", on_click=_continue, args=(job,),
            help=define("continued run"),
        )  # fmt: skip
    if not pressed:
        st.caption(asked.reason or "These settings are for your next run.")
    if job is not None and job.error:
        job_failed(job, job.trace() is not None, "what was decoded before")
    elif job is not None and not job.active and job.trace() is None:
        st.info("The run was stopped before its first pass; press Run to start it again.")


def _start(job: RunJob) -> None:
    first_pass()
    begun = begin(job)
    if begun is not None:
        follow_run(begun.id)
        st.rerun()


def _continue(job: RunJob) -> None:
    """A callback, after which the page is drawn anew by itself."""
    begun = begin(job.continued(visitor()))
    if begun is not None:
        follow_run(begun.id)


def live_run(job: RunJob) -> None:
    """Text, progress and the latest tree of a run that is under way."""
    wanted = job.settings.max_new_tokens
    if job.choosing:
        st.progress(0.0, text=f"Choosing P and depth. {job.choosing}")
        return
    stage = "Decoding" if job.stage == Stage.WORKING else "Not begun" if waiting(job) else str(job.stage)
    st.progress(min(1.0, job.tokens / wanted), text=f"{stage}: {job.tokens} of {wanted} tokens")
    if job.unkept:
        st.caption(f":material/warning: {plain(job.unkept)}")
    trace = job.trace()
    if trace is not None:
        payload = player_payload(trace, first=max(0, len(trace.iterations) - 1))
        run_player(payload, key=f"live-{job.id}", live=True)
