"""The runs of this visit: decoded here or uploaded, by name. Every page that reads a run finds it here.

They live in the visitor's session, not on the server: nobody else sees them. The latest is what pages offer first.
"""

from __future__ import annotations

import streamlit as st

from specviz.records import DecodeTrace

SHELF = "shelf"
MOST = 12  # runs of one visit; the oldest goes first


def shelf() -> dict[str, DecodeTrace]:
    """The visitor's runs by name, oldest first."""
    kept: dict[str, DecodeTrace] = st.session_state.setdefault(SHELF, {})
    return kept


def keep(name: str, trace: DecodeTrace) -> str:
    """Put a run on the shelf; a name that stands for another run is made new. Returns the name it got."""
    runs = shelf()
    free, number = name, 2
    while free in runs and runs[free] is not trace:
        free, number = f"{name} ({number})", number + 1
    runs.pop(free, None)
    runs[free] = trace
    while len(runs) > MOST:
        runs.pop(next(iter(runs)))
    return free


def latest() -> DecodeTrace | None:
    """The run that was kept last, or None before the first."""
    return next(reversed(shelf().values()), None)
