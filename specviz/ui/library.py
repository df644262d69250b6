"""Recorded runs that ship with the product, read once."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from specviz.records import DecodeTrace, LimitsStudy, MeasuredTable, PairLaws
from specviz.records.laws_store import load_laws
from specviz.records.store import load_trace
from specviz.records.study_store import load_study
from specviz.records.table_store import load_table

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
    """Files of limits studies by name, such as `temperature 0.7`; those of another k are found by `studies_by_k`."""
    files = sorted(path for path in (ASSETS / "limits").glob("*.json.gz") if "_k_" not in path.name)
    return {path.name.removesuffix(".json.gz").replace("_", " "): path for path in files}


def studies_by_k(path: Path) -> dict[int, LimitsStudy]:
    """The study of a file and its siblings `NAME_k_2.json.gz`, ..., by k. Raises TraceError."""
    siblings = sorted(path.parent.glob(f"{path.name.removesuffix('.json.gz')}_k_*.json.gz"))
    studies = [recorded_study(file) for file in (path, *siblings)]
    return {study.drafts: study for study in sorted(studies, key=lambda study: study.drafts)}


@st.cache_resource(max_entries=16, show_spinner=False)
def recorded_study(path: Path) -> LimitsStudy:
    """A recorded study; frozen, so that all visitors share it. Raises TraceError."""
    return load_study(path)


@st.cache_resource(show_spinner=False)
def recorded_laws() -> PairLaws:
    """Both models' laws along the texts that ship with the product. Raises TraceError."""
    return load_laws(ASSETS / "laws" / "recorded.npz")


@st.cache_resource(max_entries=16, show_spinner=False)
def recorded_table(name: str) -> MeasuredTable:
    """A recorded measurement, assets/tables/NAME.json.gz. Raises TraceError."""
    return load_table(ASSETS / "tables" / f"{name}.json.gz")
