"""What the Probe page opens with: texts that were read, kinds that were compared, advice that was given before."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from specviz.records import MeasuredTable
from specviz.records.advice import Advice
from specviz.records.advice_store import load_advice
from specviz.records.reading import TextReading
from specviz.records.reading_store import load_reading
from specviz.records.table_store import load_table
from specviz.ui.library import ASSETS

FOLDER = ASSETS / "probe"


def recorded_readings() -> dict[str, Path]:
    """Files of readings by the name of their run; story first."""
    files = {path.name.removesuffix(".json.gz").removeprefix("reading_"): path for path in FOLDER.glob("reading_*")}
    return {name: files[name] for name in sorted(files, key=lambda name: (name != "story", name))}


@st.cache_resource(max_entries=8, show_spinner=False)
def recorded_reading(path: Path) -> TextReading:
    """A recorded reading; frozen, so that all visitors share it. Raises TraceError."""
    return load_reading(path)


@st.cache_resource(show_spinner=False)
def recorded_kinds() -> MeasuredTable:
    """The recorded comparison of kinds. Raises TraceError."""
    return load_table(FOLDER / "kinds.json.gz")


@st.cache_resource(show_spinner=False)
def recorded_advice() -> Advice:
    """The recorded advice. Raises TraceError."""
    return load_advice(FOLDER / "advice.json.gz")
