"""The proof that a seed replays a run: decode it again, and compare pass by pass."""

from __future__ import annotations

import streamlit as st

from specviz.engine.jobs import RunJob
from specviz.engine.scheduling import Stage
from specviz.figures.labels import visible
from specviz.records import DecodeTrace
from specviz.records.replay import Difference, first_difference
from specviz.ui.jobs import follow, job_failed, job_of, run_and_stop
from specviz.ui.page import door
from specviz.ui.traces.gallery import Entry
from specviz.ui.traces.link import link_query
from specviz.ui.words import plain

JOB, FOUND = "traces_check", "traces_found"
PARTS = {
    "settings": "the settings differ", "prompt": "the prompt became other tokens", "tree": "another tree was drafted",
    "verdict": "another verdict was given", "text": "another token was written", "passes": "one of them ended there",
}  # fmt: skip


def check_section(entry: Entry) -> None:
    """The one button, what it finds, and the link that lets others do the same."""
    trace, settings = entry.trace, entry.trace.settings
    st.markdown(
        "Settings and seed decide a run to the last digit on one machine. "
        "*Decode this run again from its settings alone, and compare every tree, verdict and token.*"
    )
    st.text(
        visible(f"It loads {settings.target} and {settings.draft}, and writes up to {settings.max_new_tokens} tokens.")
    )
    job = job_of(JOB, RunJob)
    mine = job is not None and job.settings == settings and job.prompt == trace.prompt
    with st.container(width=640):
        run_and_stop(JOB, job, lambda: RunJob.of(settings, trace.prompt), "Check: decode it again and compare")
    if job is not None and mine:
        if job.active:
            follow(job, lambda: _progress(job))
        elif job.error:
            job_failed(job, job.trace() is not None, "what was decoded")
        else:
            _outcome(job, entry)
    _link(trace)


def _progress(job: RunJob) -> None:
    wanted = job.settings.max_new_tokens
    stage = "Decoding it again" if job.stage == Stage.WORKING else job.stage
    st.progress(min(1.0, job.tokens / wanted), text=f"{stage}: {job.tokens} of {wanted} tokens")


def _outcome(job: RunJob, entry: Entry) -> None:
    """The sentence; found once for each job and run, because a comparison takes a tenth of a second."""
    again = job.trace()
    if again is None:
        st.info("It was stopped before its first pass; press Check to start it again.")
        return
    known = st.session_state.get(FOUND)
    if known is None or known[0] != (job.id, id(entry.trace)):
        known = ((job.id, id(entry.trace)), *verdict(entry.trace, again))
        st.session_state[FOUND] = known
    show = st.success if known[1] else st.warning
    show(known[2], icon=":material/verified:" if known[1] else ":material/difference:")


def verdict(recorded: DecodeTrace, again: DecodeTrace) -> tuple[bool, str]:
    """Whether the repetition is the same run, and the sentence that says so or names the first difference."""
    found = first_difference(recorded, again)
    passes, tokens = len(recorded.iterations), len(recorded.emitted)
    if found is None:
        return True, (
            f"Identical: all {passes} trees, every verdict, all {tokens} tokens and every probability, "
            "to the six digits that a file keeps."
        )
    if found.part == "numbers":
        return True, (
            f"The same {passes} trees, verdicts and {tokens} tokens. Some probabilities differ in their last digits, "
            f"first in pass {_pass(found)}: {_machines(recorded, again)}"
        )
    where = "Before the first pass" if found.index is None else f"In pass {_pass(found)} of {passes}"
    return False, f"{where} they part: {PARTS[found.part]}. {_machines(recorded, again)}"


def _pass(found: Difference) -> int:
    return (found.index or 0) + 1


def _machines(recorded: DecodeTrace, again: DecodeTrace) -> str:
    """What could explain a difference."""
    one, other = recorded.provenance, again.provenance
    if (one.device, one.dtype, one.versions) != (other.device, other.dtype, other.versions):
        return "it was made on another device or with other versions, which round differently."
    return "device and versions are the same; processors of another kind still round differently."


def _link(trace: DecodeTrace) -> None:
    """A link to the Decode page with these settings, where its controls can say them."""
    try:
        query = link_query(trace)
    except ValueError as error:
        st.caption(f"There is no link for this run: {plain(visible(str(error)))}. Its file carries everything instead.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        door("decode", "Decode with these settings", ":material/link:", **query)
        st.caption("A link with its preset, settings and seed: whoever opens it and presses Run gets this run.")
