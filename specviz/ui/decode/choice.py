"""Which run the Decode page shows: recorded, the visitor's own, or from a file; and the doors for a first visit."""

from __future__ import annotations

import streamlit as st

from specviz.policy import policy
from specviz.records import DecodeTrace
from specviz.records.files import TraceError
from specviz.records.store import parse_trace
from specviz.ui.controls import OWN
from specviz.ui.decode.shown import LIVE, chosen_by_visitor, control_key, run_shown, show
from specviz.ui.glossary import define
from specviz.ui.library import recorded_run, recorded_runs
from specviz.ui.page import door
from specviz.ui.shelf import keep, shelf
from specviz.ui.uploads import PRIVATE, content, file_control
from specviz.ui.words import plain

OWN_PROMPT = "The sidebar asks for your text; then press Run."


def choose_run(live: bool, own: str = "") -> str:
    """Which run is shown; a file can be opened; the doors for a first visit.

    live: whether the visit's own run is under way.  own: the name under which it lies on the shelf, once it is over.
    """
    recorded = [*recorded_runs()]
    names = [*([LIVE] if live else []), *recorded, *shelf()]
    shown = run_shown(names, LIVE if live else own if own in shelf() else recorded[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="doors"):
        with st.container(key="source", width=230):
            st.selectbox(
                "Shown run", names, names.index(shown), key=control_key(), on_change=chosen_by_visitor,
                help=define("recorded run"),
            )  # fmt: skip
        if policy().uploads:
            with st.popover("Open a file", icon=":material/upload_file:"):
                file_control("Trace files (.json.gz)", ["gz", "json"], "upload", on_change=_open_upload)
        else:
            st.caption(PRIVATE, width="content")
        st.button("Try your prompt", icon=":material/edit:", on_click=_own_prompt, type="tertiary", help=OWN_PROMPT)
        door("tour", "Take the tour", ":material/school:")
    if st.session_state.get("upload_error"):
        st.error(plain(st.session_state["upload_error"]), icon=":material/error:")
    if shown in (LIVE, recorded[0]):
        st.query_params.pop("source", None)
    else:
        st.query_params["source"] = shown
    return shown


def _own_prompt() -> None:
    st.session_state["prompt"] = OWN


def _open_upload() -> None:
    """An uploaded file goes on the shelf and is shown; a bad one leaves everything as it was."""
    upload = st.session_state.get("upload")
    st.session_state["upload_error"] = ""
    if upload is None:
        return
    try:
        data = content(upload)
        name = upload.name.removesuffix(".gz").removesuffix(".json")
        show(keep(name, parse_trace(data), len(data)))
    except ValueError as error:  # a TraceError, or more bytes than this server opens
        st.session_state["upload_error"] = f"{error} The run that was shown before is still shown."


def run_of(source: str) -> DecodeTrace | None:
    """The record behind a name; None, with a sentence, where its file cannot be read."""
    if source in shelf():
        return shelf()[source]
    try:
        return recorded_run(recorded_runs()[source])
    except TraceError as error:
        st.error(f"{error} Choose another run above.", icon=":material/error:")
        return None


def pass_of_link(passes: int) -> int:
    """The pass that the link names, counted from 0; the first where it names none that there is."""
    asked = st.query_params.get("pass", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
    return number - 1 if 1 <= number <= passes else 0
