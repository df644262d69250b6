"""What a browser says before it knows of the run that has begun is no choice of its visitor.

A browser sends the link and all controls of its page with every word. One that it sent after Run was pressed and before
the new page came to it (a player that plays on says something each second) names the run that was shown before; taken
for a choice, it would leave the run under way unseen.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from specviz.ui.decode.choice import LIVE

KNOWN_AFTER = 3.0  # seconds after a drawing in which the browser may still tell of the page before it
BEGUN = "run_begun"


@dataclass
class Begun:
    """A run that has begun, what the page showed before, and until when a word about that counts as late.

    until: seconds of the monotonic clock; None before the first drawing of the run.
    """

    run: str
    run_before: str
    source_before: str
    until: float | None = None


def show_live(run: str) -> None:
    """Show the run that begins now, by its id."""
    before = st.query_params.get("run", ""), st.session_state.get("source", "")
    st.session_state[BEGUN] = Begun(run, *before)
    _point_to(run)


def hold_to_live() -> None:
    """Take back what a late word of the browser undid; to be called before the page reads its link."""
    begun: Begun | None = st.session_state.get(BEGUN)
    now = time.monotonic()
    if begun is None or (begun.until is not None and now > begun.until):
        return
    late = st.query_params.get("run", "") != begun.run or st.session_state.get("source") == begun.source_before
    if late:
        _point_to(begun.run)
    if late or begun.until is None:
        begun.until = now + KNOWN_AFTER


def _point_to(run: str) -> None:
    st.query_params["run"] = run
    st.session_state["source"] = LIVE
