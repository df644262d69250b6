"""Recorded runs that ship with the product, read once."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from specviz.records import DecodeTrace, LimitsStudy
from specviz.records.store import load_study, load_trace

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def recorded_runs() -> dict[str, Path]:
    """Files of recorded runs by name; story first."""
    files = {path.name.removesuffix(".json.gz"): path for path in sorted((ASSETS / "traces").glob("*.json.gz"))}
    return {name: files[name] for name in sorted(files, key=lambda name: (name != "story", name))}


@st.cache_resource(max_entries=16, show_spinner=False)
def recorded_run(path: Path) -> DecodeTrace:
    """A recorded run; frozen, so that all visitors share it. Raises TraceError."""
    return load_trace(path)


def recorded_studies() -> dict[str, Path]:
    """Files of limits studies by name, such as `temperature 0.7`."""
    files = sorted((ASSETS / "limits").glob("*.json.gz"))
    return {path.name.removesuffix(".json.gz").replace("_", " "): path for path in files}


@st.cache_resource(max_entries=16, show_spinner=False)
def recorded_study(path: Path) -> LimitsStudy:
    """A recorded study; frozen, so that all visitors share it. Raises TraceError."""
    return load_study(path)
