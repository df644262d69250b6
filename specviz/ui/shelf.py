"""The runs of this visit: decoded here or uploaded, by name. Every page that reads a run finds it here.

They live in the visitor's session, not on the server: nobody else sees them. The latest is what pages offer first.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import streamlit as st

from specviz.figures.labels import short
from specviz.records import DecodeTrace
from specviz.ui.library import recorded_runs

SHELF, DROPPED, SIZES = "shelf", "shelf_dropped", "shelf_sizes"
MOST = 12  # runs of one visit; the oldest goes first
LONGEST = 48  # characters of a name


def shelf() -> dict[str, DecodeTrace]:
    """The visitor's runs by name, oldest first."""
    kept: dict[str, DecodeTrace] = st.session_state.setdefault(SHELF, {})
    return kept


def keep(name: str, trace: DecodeTrace, size: int | None = None) -> str:
    """Put a run on the shelf; a name that stands for another run is made new. Returns the name it got.

    size: bytes of the file that it came from.
    """
    runs = shelf()
    if size is not None:
        _sizes()[trace] = size
    free = _free(name, trace)
    runs.pop(free, None)
    runs[free] = trace
    while len(runs) > MOST:
        runs.pop(next(iter(runs)))
    return free


def rename(name: str, wished: str) -> str:
    """Give a run of the visit another name, at its old place; returns the name it got."""
    runs = shelf()
    got = _free(wished, runs[name])
    renamed = {got if key == name else key: trace for key, trace in runs.items()}
    runs.clear()
    runs.update(renamed)
    return got


def drop(name: str) -> None:
    """Take a run off the shelf; `undo` brings the last one back."""
    runs = shelf()
    st.session_state[DROPPED] = (name, list(runs).index(name), runs.pop(name))


def dropped() -> str | None:
    """The name of the run that was taken off last, while it can be brought back."""
    return st.session_state[DROPPED][0] if DROPPED in st.session_state else None


def undo() -> str:
    """Bring the run that was taken off last back to its place; returns its name."""
    name, place, trace = st.session_state.pop(DROPPED)
    runs = shelf()
    free, others = _free(name, trace), list(runs.items())
    runs.clear()
    runs.update([*others[:place], (free, trace), *others[place:]])
    return free


def latest() -> DecodeTrace | None:
    """The run that was kept last, or None before the first."""
    return next(reversed(shelf().values()), None)


def size_of(trace: DecodeTrace) -> int | None:
    """Bytes of the file that a run came from, or None for one that was decoded here and is not a file yet."""
    return _sizes().get(trace)


def _sizes() -> WeakKeyDictionary[DecodeTrace, int]:
    sizes: WeakKeyDictionary[DecodeTrace, int] = st.session_state.setdefault(SIZES, WeakKeyDictionary())
    return sizes


def _free(wished: str, trace: DecodeTrace) -> str:
    """The wished name, short and visible; with a number where it stands for another run, recorded ones included."""
    name = short(wished.strip(), LONGEST) if wished.strip() else "a run"
    runs, known = shelf(), recorded_runs()
    free, number = name, 2
    while free in known or (free in runs and runs[free] is not trace):
        free, number = f"{name} ({number})", number + 1
    return free
