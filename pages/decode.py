"""What happened in this iteration: which tree was drafted, which path survived, why did each sibling lose?"""

from __future__ import annotations

import math

import streamlit as st

from specviz.drafting import make_drafter
from specviz.engine.jobs import RunJob
from specviz.engine.workshop import Stage
from specviz.figures.player import node_table, player_payload
from specviz.figures.running import running_figure
from specviz.metrics import iteration_table, run_bounds, run_numbers, running_tokens_per_pass
from specviz.records import DecodeTrace
from specviz.records.store import TraceError, parse_trace, trace_bytes
from specviz.ui.controls import settings_controls
from specviz.ui.glossary import define
from specviz.ui.jobs import workshop
from specviz.ui.library import recorded_run, recorded_runs
from specviz.ui.page import PageSpec
from specviz.ui.player import run_player
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.verification import make_verifier

PAGE = PageSpec("Decode", "Explore", 1, "decode", ":material/account_tree:", default=True)
MINE = "your run"


def render() -> None:
    """Controls at the side; the run in the middle."""
    st.title("Watch a draft tree being accepted", anchor=False)
    st.markdown(
        "A small **draft model** guesses a tree of tokens; the **target** checks the whole tree in one pass and keeps "
        "the path that its own law allows. *Press play, then click any guess to see why it lived or died.*"
    )
    with st.sidebar:
        settings, prompt, reason = settings_controls()
        job = _job()
        busy = job is not None and job.active
        run, stop = st.columns(2)
        if run.button("Run", type="primary", width="stretch", disabled=busy or bool(reason) or settings is None):
            job = workshop().start(RunJob.of(settings, prompt))
            st.query_params["run"] = job.id
            st.session_state["source"] = MINE
            st.rerun()
        if stop.button("Stop", width="stretch", disabled=not busy) and job is not None:
            job.stop()
        if reason:
            st.caption(reason)
    source = _source(job)
    if source == MINE and job is not None:
        if job.active:
            _live(job.id)
        else:
            _finished(job)
        return
    trace = _recorded(source)
    if trace is not None:
        show_run(trace, f"recorded-{source}", autoplay=True)


def _job() -> RunJob | None:
    job = workshop().jobs.get(st.query_params.get("run", ""))
    return job if isinstance(job, RunJob) else None


def _source(job: RunJob | None) -> str:
    """Which run is shown: a recorded one, the visitor's own, or an uploaded file."""
    names = [*([MINE] if job else []), *recorded_runs(), "a file"]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    if st.session_state.get("source") not in names:
        st.session_state["source"] = MINE if job else names[0]
    chosen = left.segmented_control("Shown run", names, key="source", help=define("recorded run"))
    if chosen == "a file":
        right.file_uploader("Trace file (.json.gz)", type=["gz", "json"], key="upload", max_upload_size=32)
    return chosen or names[0]


def _recorded(source: str) -> DecodeTrace | None:
    try:
        if source != "a file":
            return recorded_run(recorded_runs()[source])
        upload = st.session_state.get("upload")
        if upload is None:
            st.info("Choose a trace file that was saved here or with `python -m specviz decode --trace FILE`.")
            return None
        return parse_trace(upload.getvalue())
    except TraceError as error:
        st.error(f"{error} The run that was shown before is still under its name above.", icon=":material/error:")
        return None


@st.fragment(run_every="1s")
def _live(job_id: str) -> None:
    """Redrawn once a second while the run is under way; the whole page is drawn anew at its end."""
    job = workshop().jobs.get(job_id)
    if not isinstance(job, RunJob) or not job.active:
        st.rerun()
    wanted, stage = job.settings.max_new_tokens, "Decoding" if job.stage == Stage.WORKING else job.stage
    st.progress(min(1.0, job.tokens / wanted), text=f"{stage}: {job.tokens} of {wanted} tokens")
    trace = job.trace()
    if trace is not None:
        payload = player_payload(trace, first=max(0, len(trace.iterations) - 1))
        run_player(payload, key=f"live-{job_id}", live=True)
        st.plotly_chart(running_figure(trace), key=f"live-strip-{job_id}", config={"displayModeBar": False})


def _finished(job: RunJob) -> None:
    trace = job.trace()
    if job.error:
        kept = "what was decoded before is kept below" if trace else "nothing was lost"
        st.error(f"{job.error} ({kept}.)", icon=":material/error:")
    if trace is not None:
        st.session_state["trace"] = trace
        show_run(trace, f"job-{job.id}", autoplay=True)
    elif not job.error:
        st.info("The run was stopped before its first pass; press Run to start it again.")


def show_run(trace: DecodeTrace, key: str, autoplay: bool) -> None:
    """Numbers, player, running tokens per pass, tables."""
    _caveats(trace)
    payload = player_payload(trace) | {"autoplay": autoplay}
    run_player(payload, key=f"player-{key}")
    _numbers(trace)
    st.subheader("Tokens per pass as the run goes on", anchor=False, help=define("block efficiency"))
    bounds = run_bounds(trace)
    if bounds.dual == bounds.dual:
        scope = (
            "The dashed ceilings hold for drafts that do not use the target's randomness, as in this run."
            if bounds.applies
            else "The dashed ceilings are for drafting without shared or sampled randomness; this run may pass them."
        )
        st.caption(f"{scope} They are estimated from this run's own text at P = {trace.settings.capacity}.")
    chart_with_table(
        running_figure(trace), running_tokens_per_pass(trace), f"tokens-per-pass-{key}",
        alt="Tokens emitted by each target pass, their running mean with its 95 percent band, and ceilings.",
    )  # fmt: skip
    with st.expander("Tables and files"):
        table_with_csv(iteration_table(trace), f"iterations-{key}")
        number = st.number_input("Nodes of iteration", 1, max(1, len(trace.iterations)), 1, key=f"nodes-{key}")
        if trace.iterations:
            table_with_csv(node_table(trace.iterations[int(number) - 1], trace.texts), f"nodes-of-{number}-{key}")
        st.download_button("Download this run (.json.gz)", trace_bytes(trace), f"specviz-{key}.json.gz")


def _caveats(trace: DecodeTrace) -> None:
    """What a reader of this run must know; the names in a file need not be ours."""
    try:
        drafter, verifier = make_drafter(trace.settings.drafter), make_verifier(trace.settings.verifier)
    except ValueError:
        st.info("This run was made with a method that is not known here; it is shown as it was recorded.")
        return
    if not verifier.lossless:
        st.warning("This run's verifier is not lossless: the text does not follow the target's law.")
    if not drafter.real:
        st.info("This run's drafter is a yardstick, not a method: it asks the target for every guess.")


def _numbers(trace: DecodeTrace) -> None:
    """One strip of figures with their definitions."""
    n = run_numbers(trace)
    settings = trace.settings
    cells = [
        (
            "tokens per pass",
            _shown(n.tau, ".2f"),
            f"{define('block efficiency')} Here {n.tokens} tokens / {n.passes} passes.",
        ),
        (
            "accepted / drafted",
            _shown(n.utilisation, ".0%"),
            f"{define('draft utilisation')} {n.accepted} of {n.drafted}.",
        ),
        ("acceptance rate", _shown(n.overlap, ".2f"), define("acceptance rate")),
        ("entropy, nats", _shown(n.mu, ".2f"), define("mu")),
        ("time", f"{n.seconds:.2f} s", f"Measured on {trace.provenance.device}, {trace.provenance.dtype}."),
    ]
    with st.container(horizontal=True, gap="large"):
        for label, value, text in cells:
            st.metric(label, value, help=text, width="content")
    st.caption(
        f"{settings.drafter} with {settings.verifier}, P = {settings.capacity}, depth {settings.depth}, "
        f"temperature {settings.temperature:g}, seed {settings.seed}; ended: {trace.stop_reason.replace('_', ' ')}."
        + (f" {trace.note}" if trace.note else "")
    )


def _shown(value: float, style: str) -> str:
    """A dash where nothing was measured, such as the overlap with a drafter that has no model."""
    return format(value, style) if math.isfinite(value) else "\u2013"


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
