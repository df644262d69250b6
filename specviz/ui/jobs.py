"""The workshop of this server, shared by all its visitors, and the panel of one job: run, stop, progress, outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from specviz.engine.workshop import Job, Workshop
from specviz.ui.words import plain

AnyJob = TypeVar("AnyJob", bound=Job)


@st.cache_resource(show_spinner=False)
def workshop() -> Workshop:
    """One for the whole server."""
    return Workshop()


def job_of(name: str, kind: type[AnyJob]) -> AnyJob | None:
    """The visitor's latest job of this kind, by the name it was started under."""
    job = workshop().jobs.get(st.session_state.get(name, ""))
    return job if isinstance(job, kind) else None


def run_and_stop(name: str, job: AnyJob | None, make: Callable[[], AnyJob], label: str, reason: str = "") -> None:
    """The one primary action of a page, and Stop; the job that `make` gives is remembered under `name`.

    reason: why it cannot start as the fields stand, or "".
    """
    busy = job is not None and job.active
    start, stop = st.columns(2)
    # Never greyed for what is missing: a click that also leaves a text box would be lost on a greyed button.
    pressed = start.button(label, type="primary", width="stretch", disabled=busy, key=f"{name}_start")
    if pressed and reason:
        st.error(plain(reason), icon=":material/error:")
    elif pressed:
        st.session_state[name] = workshop().start(make()).id
        st.rerun()
    if stop.button("Stop", width="stretch", disabled=not busy, key=f"{name}_stop") and job is not None:
        job.stop()


def job_failed(job: Job, kept: bool, what: str) -> None:
    """Why a job broke off, and what was kept of it."""
    st.error(
        f"{plain(job.error)} ({what + ' is kept below' if kept else 'nothing was lost'}.)", icon=":material/error:"
    )


def follow(job: Job, draw: Callable[[], None]) -> None:
    """Draw once a second while the job is at work; the whole page is drawn anew at its end.

    draw: less than 10 kB of output, because a faster or larger timer can lose the browser.
    """

    @st.fragment(run_every="1s")
    def once() -> None:
        if not job.active:
            st.rerun()
        draw()

    once()
