"""The workshop of this server, shared by all its visitors, and the panel of one job: run, stop, progress, outcome."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from specviz.engine.scheduling import Job, RefusedError, Stage, Workshop
from specviz.ui.words import plain

AnyJob = TypeVar("AnyJob", bound=Job)
COOKIE = "_streamlit_xsrf"  # the one cookie that the server gives every browser; a secret, so only its hash is kept
SOON = 2.0  # seconds at most that a click on Stop waits for the pass under way


@st.cache_resource(show_spinner=False)
def workshop() -> Workshop:
    """One for the whole server."""
    return Workshop()


def visitor() -> str:
    """Whose share of the models it costs: one for each browser, or for each visit where the browser keeps no cookie."""
    known: str | None = st.session_state.get("visitor")
    if known is None:
        secret = secret_of(st.context.cookies.get(COOKIE)) or uuid.uuid4().bytes
        known = st.session_state["visitor"] = hashlib.sha256(secret).hexdigest()[:16]
    return known


def secret_of(cookie: object) -> bytes:
    """What stays the same in the cookie `2|mask|masked secret|time`, whose mask is new in every answer; b"" if none."""
    match cookie.split("|") if isinstance(cookie, str) else []:
        case ["2", mask, masked, _]:
            try:
                key, hidden = bytes.fromhex(mask), bytes.fromhex(masked)
            except ValueError:
                return b""
            return bytes(byte ^ key[place % len(key)] for place, byte in enumerate(hidden)) if key else b""
    return b""


def begin(job: AnyJob) -> AnyJob | None:
    """Hand it to the workshop in this visitor's name; None, with a sentence, where the server does not take it."""
    job.visitor = visitor()
    try:
        return workshop().start(job)
    except RefusedError as error:
        st.warning(plain(str(error)), icon=":material/hourglass_empty:")
        return None


def job_of(name: str, kind: type[AnyJob], find: Callable[[str], AnyJob | None] | None = None) -> AnyJob | None:
    """The visitor's latest job of this kind, by the name it was started under; after a reload the link still has it.

    find: gives the job of an id that the workshop does not know, after a restart of the server.
    """
    number = st.session_state.get(name) or st.query_params.get(name, "")
    job = workshop().jobs.get(number)
    if job is None and number and find is not None and (found := find(number)) is not None:
        job = workshop().remember(found)
    if not isinstance(job, kind):
        st.query_params.pop(name, None)
        return None
    st.session_state[name] = number
    return job


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
    elif pressed and (begun := begin(make())) is not None:
        st.session_state[name] = st.query_params[name] = begun.id
        st.rerun()
    stop_button(stop, job, f"{name}_stop")


def stop_button(place: st.delta_generator.DeltaGenerator, job: Job | None, key: str | None = None) -> None:
    """Stop; it waits a moment, so that the page that follows shows the end already."""
    busy = job is not None and job.active
    place.button("Stop", width="stretch", disabled=not busy, key=key, on_click=_stop, args=(job,))


def _stop(job: Job | None) -> None:
    """A callback, after which the page is drawn anew by itself."""
    if job is not None:
        job.stop()
        job.over(SOON)


def waiting(job: Job) -> str:
    """What a job waits for, in words; "" once it is at work."""
    if job.waits_for:
        return job.waits_for
    if job.place:
        others = f"{job.place - 1} before you" if job.place > 1 else "you are next"
        return f"place {job.place} in the queue, {others}"
    return "" if job.stage == Stage.WORKING else str(job.stage).lower()


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
        workshop().present(job.visitor)
        said = waiting(job)
        if said:
            st.caption(f":material/hourglass_top: {plain(said[:1].upper() + said[1:])}.")
        draw()

    once()
