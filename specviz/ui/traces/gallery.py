"""The gallery of the Traces page: recorded runs, the visitor's own, and files that are put in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from specviz.drafting import make_drafter
from specviz.figures.labels import short, visible
from specviz.records import DecodeTrace
from specviz.records.files import TraceError
from specviz.records.store import parse_trace
from specviz.ui.glossary import define
from specviz.ui.library import recorded_run, recorded_runs
from specviz.ui.page import door
from specviz.ui.shelf import MOST, drop, dropped, keep, rename, shelf, size_of, undo
from specviz.ui.uploads import content, file_control
from specviz.ui.words import plain
from specviz.verification import make_verifier

CHOSEN, FILES = "traces_run", "traces_files"


@dataclass(frozen=True)
class Entry:
    """One run of the gallery: whose it is, and the size of its file in bytes, if it is one."""

    name: str
    trace: DecodeTrace
    recorded: bool
    size: int | None


def entries() -> tuple[dict[str, Entry], list[str]]:
    """Every run that can be opened, recorded ones first; and a sentence for each file that cannot."""
    found, errors = {}, []
    for name, path in recorded_runs().items():
        try:
            found[name] = Entry(name, recorded_run(path), True, path.stat().st_size)
        except TraceError as error:
            errors.append(f"{path.name}: {error}")
    for name, trace in shelf().items():
        found[name] = Entry(name, trace, False, size_of(trace))
    return found, errors


def upload_panel() -> None:
    """Several files at once; each is read once, and one that cannot be read keeps none of the others out."""
    files = file_control("Add runs (.json.gz)", ["gz", "json"], FILES, several=True, help=define("trace file"))
    read: dict[str, str] = st.session_state.setdefault("traces_read", {})
    for file in files:
        if file.file_id not in read:
            read[file.file_id] = receive(file)
        if read[file.file_id]:
            st.error(f"{escaped(short(file.name, 40))}: {escaped(read[file.file_id])}", icon=":material/error:")
    st.caption(f"They stay in this visit only, at most {MOST}; the oldest goes first. Nobody else sees them.")


def receive(file: Any) -> str:
    """Put a file on the shelf; a sentence where it cannot be read, or ""."""
    try:
        data = content(file)
        trace = parse_trace(data)
    except ValueError as error:  # a TraceError, or more bytes than this server opens
        return f"{error} Nothing else was changed."
    st.session_state["traces_new"] = keep(re.sub(r"(\.json)?(\.gz)?$", "", file.name), trace, len(data))
    return ""


def gallery(found: dict[str, Entry]) -> None:
    """One card for each run, as many side by side as there is room for."""
    back = dropped()
    if back is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{back} was deleted.")
            if st.button("Undo", key="traces_undo", icon=":material/undo:"):
                st.session_state["traces_new"] = undo()
                st.rerun()
    with st.container(horizontal=True, gap="small"):
        for place, entry in enumerate(found.values()):
            with st.container(border=True, width=340, gap="xsmall", key=f"traces_card_{place}"):
                _card(entry, place)


def _card(entry: Entry, place: int) -> None:
    trace, settings = entry.trace, entry.trace.settings
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{escaped(entry.name)}**", width="content")
        whose = "recorded" if entry.recorded else "yours"
        size = f", {entry.size / 1000:.0f} kB" if entry.size else ""
        st.caption(f"{whose}{size}", width="content", help=_place(entry))
    st.text(short(trace.prompt, 38))
    st.caption(escaped(method_title(settings.drafter, settings.verifier)))
    st.caption(
        f"**{trace.block_efficiency:.2f}** tokens / pass, {len(trace.emitted)} tokens, P = {settings.capacity}, "
        f"T = {settings.temperature:g}"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        door("decode", "Open", ":material/play_arrow:", source=entry.name)
        now = st.session_state.get(CHOSEN) == entry.name
        st.button(
            "Selected" if now else "Select", key=f"traces_choose_{place}", disabled=now, on_click=_choose(entry.name)
        )
        if not entry.recorded:
            _own(entry.name, place)


def _own(name: str, place: int) -> None:
    """What only the visitor's own runs allow."""
    with st.popover("", icon=":material/edit:", help="Another name"):
        wished = st.text_input("Name", name, key=f"traces_name_{place}_{name}", max_chars=48)
        if st.button("Rename", key=f"traces_rename_{place}", type="primary"):
            st.session_state["traces_new"] = rename(name, wished)
            st.rerun()
    if st.button("", icon=":material/delete:", key=f"traces_delete_{place}", help="Delete; can be undone"):
        drop(name)
        st.rerun()


def _choose(name: str) -> Callable[[], None]:
    def choose() -> None:
        st.session_state[CHOSEN] = name

    return choose


def _place(entry: Entry) -> str:
    """What a card's line leaves out, for a hover: whose run it is, where it was made, and what its numbers mean."""
    trace, made = entry.trace, entry.trace.provenance
    versions = ", ".join(f"{name} {number}" for name, number in made.versions)
    whose = "Ships with the product." if entry.recorded else "Of this visit: decoded here or from a file."
    where = f"{whose} Made with {made.target} and {made.draft} on {made.device}, {made.dtype}; {versions}."
    counted = f"{len(trace.emitted)} tokens / {trace.target_calls} target passes; T is the temperature."
    return f"{escaped(where)} The size is that of its file. {define('block efficiency')} {counted}"


def method_title(drafter: str, verifier: str) -> str:
    """Titles of both methods, or the names that a file gives where they are not known here."""
    titles = []
    for make, spec in ((make_drafter, drafter), (make_verifier, verifier)):
        try:
            titles.append(make(spec).title)
        except ValueError:
            titles.append(f"{short(spec, 40)} (not known here)")
    return f"{titles[0]}, {titles[1]}"


def escaped(text: str) -> str:
    """Text from a file, letter by letter, its control characters visible."""
    return plain(visible(text))
