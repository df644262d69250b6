"""Which run the Decode page follows and which one it shows: known to the visit, not to a control.

A browser sends its link and the values of all its controls with every word. A word that it sent before a new page came
to it (a player that plays on says something each second, and a busy server draws slowly) still names the run that was
shown before; taken for a choice, it would hide the run that has begun. So a link decides when somebody comes to the
page and never later, and the control gets a new key whenever the page itself changes what is shown: late words name
the old key.
"""

from __future__ import annotations

import streamlit as st

RUN, SHOWN, TURN = "run", "source", "source_turn"
LIVE = "the run under way"


def control_key() -> str:
    """The key of the control that chooses among runs."""
    return f"{SHOWN}_{st.session_state.get(TURN, 0)}"


def coming() -> bool:
    """Whether the visitor comes to the page, rather than being there already."""
    return control_key() not in st.session_state


def run_followed() -> str:
    """Id of the run that the visit follows, which then stands in the link; "" before the first."""
    asked = st.query_params.get("run", "")
    if asked and (coming() or RUN not in st.session_state):
        st.session_state[RUN] = asked
    known: str = st.session_state.get(RUN, "")
    if known and asked != known:
        st.query_params["run"] = known
    return known


def follow_run(number: str) -> None:
    """Follow and show a run that begins now."""
    st.session_state[RUN] = st.query_params["run"] = number
    show(LIVE)


def forget_run() -> None:
    """The link named a run that there is not."""
    st.session_state.pop(RUN, None)
    st.query_params.pop("run", None)


def show(name: str) -> None:
    """Show the run of this name, whatever the control says."""
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
    st.session_state[SHOWN] = st.session_state[control_key()] = name


def run_shown(names: list[str], first: str) -> str:
    """Name of the run that is shown: what the visitor or the page chose, else what the link says, else `first`."""
    linked = st.query_params.get("source", "") if coming() else ""
    if linked in names:
        st.session_state[SHOWN] = linked
    elif st.session_state.get(SHOWN) not in names:
        show(first)
    return str(st.session_state[SHOWN])


def chosen_by_visitor() -> None:
    """A callback: the visitor chose another run, and a number of a pass belongs to one run.

    The control of another turn may call it too, in a late word; then that of this turn may not be there yet.
    """
    name = st.session_state.get(control_key())
    if name is not None:
        st.session_state[SHOWN] = name
        first_pass()


def first_pass() -> None:
    """Another run is shown from its first pass on."""
    st.query_params.pop("pass", None)
