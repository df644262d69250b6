"""What happened in this iteration: which tree was drafted, which path survived, why did each sibling lose?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.figures.player.payload import player_payload
from specviz.records import DecodeTrace
from specviz.ui.controls import settings_controls
from specviz.ui.decode.choice import choose_run, pass_of_link, run_of
from specviz.ui.decode.header import run_strip, show_caveats
from specviz.ui.decode.job import at_work, job_of_link, live_run, own_name, run_actions
from specviz.ui.decode.panels import run_panels
from specviz.ui.decode.shown import LIVE
from specviz.ui.decode.tables import run_tables
from specviz.ui.decode.whatif import whatif_panel
from specviz.ui.jobs import follow
from specviz.ui.lab import sections
from specviz.ui.page import PageSpec, open_page
from specviz.ui.player import run_player

PAGE = PageSpec("Decode", "Start", 1, "decode", ":material/account_tree:", default=True)


def render() -> None:
    """Controls at the side; the run in the middle."""
    open_page(
        "Watch a draft tree being accepted",
        "A small **draft model** guesses a tree of tokens; the **target** checks the whole tree in one pass and keeps "
        "the path that its own law allows: several tokens a pass, distributed as if it had written alone.",
        "Press play, then click any guess to see why it lived or died.",
    )
    job = job_of_link()
    with st.sidebar:
        actions = st.container()
        asked = settings_controls()
        with actions:
            run_actions(job, asked)
    source = choose_run(at_work(job), own_name(job))
    if source == LIVE and job is not None:
        follow(job, lambda: live_run(job))
        return
    trace = run_of(source)
    if trace is not None:
        _explore(trace, source)


def _payload(trace: DecodeTrace) -> dict[str, Any]:
    """Built once for the run that is shown, not at each step; kept in the visit, because a run may be private."""
    held: tuple[DecodeTrace, dict[str, Any]] | None = st.session_state.get("shown_payload")
    if held is None or held[0] is not trace:
        held = st.session_state["shown_payload"] = (trace, player_payload(trace))
    return held[1]


@st.fragment
def _explore(trace: DecodeTrace, source: str) -> None:
    """The player, and what can be asked about the pass that is chosen in it; a step redraws no more than this."""
    show_caveats(trace)
    payload = _payload(trace)
    # Where it starts is settled once: a payload that changed with every step would be sent again with every step.
    asked = st.session_state.setdefault(f"start of {source}", pass_of_link(len(trace.iterations)))
    start = {"open": {"iteration": asked}} if asked else {"autoplay": True}
    state = run_player(payload | start, key=f"player-{source}")
    run_strip(trace)
    chosen = getattr(state, "selected", None)
    if chosen is not None:
        st.query_params["pass"] = str(int(chosen["iteration"]) + 1)
    chosen = chosen or {"iteration": asked, "node": None}
    with st.container(key="decode_below"):  # keeps its height while a tab is drawn, so that the page does not jump
        sections(
            "decode",
            {
                "What if": lambda: whatif_panel(trace, chosen),
                "This run in figures": lambda: run_panels(trace, source),
                "Tables and files": lambda: run_tables(trace, source),
            },
        )


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
