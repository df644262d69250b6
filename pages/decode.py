"""What happened in this iteration: which tree was drafted, which path survived, why did each sibling lose?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.engine.jobs import RunJob
from specviz.engine.workshop import Stage
from specviz.figures.labels import short
from specviz.figures.player.payload import player_payload
from specviz.records import DecodeTrace
from specviz.ui.controls import Asked, settings_controls
from specviz.ui.decode.choice import LIVE, choose_run, first_pass, pass_of_link, run_of
from specviz.ui.decode.header import run_strip, show_caveats
from specviz.ui.decode.panels import run_panels
from specviz.ui.decode.tables import run_tables
from specviz.ui.decode.whatif import whatif_panel
from specviz.ui.jobs import follow, job_failed, workshop
from specviz.ui.lab import sections
from specviz.ui.page import PageSpec, open_page
from specviz.ui.player import run_player
from specviz.ui.shelf import keep

PAGE = PageSpec("Decode", "Start", 1, "decode", ":material/account_tree:", default=True)


def render() -> None:
    """Controls at the side; the run in the middle."""
    open_page(
        "Watch a draft tree being accepted",
        "A small **draft model** guesses a tree of tokens; the **target** checks the whole tree in one pass and keeps "
        "the path that its own law allows: several tokens a pass, distributed as if it had written alone.",
        "Press play, then click any guess to see why it lived or died.",
    )
    job = _job()
    with st.sidebar:
        actions = st.container()
        asked = settings_controls()
        with actions:
            _actions(job, asked)
    source = choose_run(job)
    if source == LIVE and job is not None:
        follow(job, lambda: _live(job))
        return
    trace = run_of(source)
    if trace is not None:
        _explore(trace, source)


def _job() -> RunJob | None:
    """The run that the link names, put on the visitor's shelf when it is over."""
    number = st.query_params.get("run", "")
    job = workshop().jobs.get(number)
    if not isinstance(job, RunJob):
        if number:
            st.info("This server does not hold that run any more; press Run: the same link decodes the same run.")
            del st.query_params["run"]
        return None
    trace = None if job.active else job.trace()
    shelved = st.session_state.setdefault("shelved_jobs", set())
    if trace is not None and job.id not in shelved:  # once: a run that the visitor deleted must not come back
        shelved.add(job.id)
        name = keep(f"your run {job.id[:4]}: {short(trace.prompt, 22)}", trace)
        if st.session_state.get("source", LIVE) == LIVE:
            st.session_state["source"] = name
    return job


def _actions(job: RunJob | None, asked: Asked) -> None:
    """Run and Stop stand above the settings, so that they are never out of sight."""
    busy = job is not None and job.active
    run, stop = st.columns(2)
    # Never greyed for what is missing: a click that also leaves a text box would be lost on a greyed button.
    pressed = run.button("Run", type="primary", width="stretch", disabled=busy)
    if pressed and (asked.reason or asked.settings is None):
        st.error(asked.reason, icon=":material/error:")
    elif pressed and asked.settings is not None:
        first_pass()
        st.query_params["run"] = workshop().start(RunJob.of(asked.settings, asked.prompt, asked.automatic)).id
        st.session_state["source"] = LIVE
        st.rerun()
    if stop.button("Stop", width="stretch", disabled=not busy) and job is not None:
        job.stop()
    if not pressed:
        st.caption(asked.reason or "These settings are for your next run.")
    if job is not None and job.error:
        job_failed(job, job.trace() is not None, "what was decoded before")
    elif job is not None and not job.active and job.trace() is None:
        st.info("The run was stopped before its first pass; press Run to start it again.")


def _live(job: RunJob) -> None:
    """Text, progress and the latest tree of a run that is under way."""
    wanted, stage = job.settings.max_new_tokens, "Decoding" if job.stage == Stage.WORKING else job.stage
    if job.choosing:
        st.progress(0.0, text=f"Choosing P and depth. {job.choosing}")
        return
    st.progress(min(1.0, job.tokens / wanted), text=f"{stage}: {job.tokens} of {wanted} tokens")
    trace = job.trace()
    if trace is not None:
        payload = player_payload(trace, first=max(0, len(trace.iterations) - 1))
        run_player(payload, key=f"live-{job.id}", live=True)


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
