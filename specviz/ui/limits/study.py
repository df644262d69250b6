"""Which study the Limits page reads: a recorded one, or one measured now on the visitor's prompt."""

from __future__ import annotations

import streamlit as st

from specviz.engine.jobs import StudyJob
from specviz.engine.scheduling import Stage
from specviz.policy import policy
from specviz.records import LimitsStudy, RunSettings
from specviz.records.files import TraceError
from specviz.ui.controls import capacities, missing, pair_control, prompt_control
from specviz.ui.glossary import define
from specviz.ui.jobs import follow, job_failed, job_of, run_and_stop
from specviz.ui.library import recorded_studies, studies_by_k

MINE = "a prompt, measured now"
JOB = "limits_job"
AT_WORK = "limits_study_at_work"  # whether it was when this drawing of the page began


def choose_study() -> tuple[LimitsStudy, dict[int, LimitsStudy]] | None:
    """The study, and what is known of the same one at other k; None, with a sentence, where there is nothing yet."""
    studies = recorded_studies()
    name = st.selectbox("Study", [*studies, MINE], key="limits_study", bind="query-params", help=define("study"))
    if name == MINE:
        return _mine()
    try:
        by_k = studies_by_k(studies[name])
    except TraceError as error:
        st.error(f"{error} Make a new one with `python -m specviz limits --out FILE`.", icon=":material/error:")
        return None
    whole = max(by_k.values(), key=lambda study: len(study.measurements))
    ks = list(by_k)
    k = st.selectbox("k", ks, ks.index(whole.drafts), key="limits_k", bind="query-params", help=define("k"))
    return whole, {k: by_k[k]}


def _mine() -> tuple[LimitsStudy, dict[int, LimitsStudy]] | None:
    """Controls of a live study; its record as soon as there is a measurement."""
    prompt = prompt_control()
    target, draft, _ = pair_control(layered=False)
    temperature = st.slider(
        "Temperature", 0.1, 2.0, 1.0, 0.05, key="limits_T", bind="query-params", help=define("temperature")
    )
    limits, every = policy(), capacities(least=1)
    walked = st.multiselect(
        "Run at P", every, [size for size in (8, 64) if size in every], key="limits_walked",
        help="The largest P is always run: its trees tell the others.",
    )  # fmt: skip
    job = job_of(JOB, StudyJob)

    def study() -> StudyJob:
        settings = RunSettings(
            target=target, draft=draft, temperature=float(temperature), depth=min(24, limits.depth), drafts=8,
            max_new_tokens=min(40, limits.new_tokens),
        )  # fmt: skip
        run_at = sorted({*walked, every[-1]})
        return StudyJob(target, draft, settings=settings, prompts=[("own", prompt)], capacities=run_at, nested=every)

    run_and_stop(JOB, job, study, "Measure", missing(prompt, target, draft))
    if job is None:
        return None
    # Asked once for each drawing: a study that ended between two questions would be shown by neither answer.
    st.session_state[AT_WORK] = job.active
    record = job.record()
    return None if record is None or st.session_state[AT_WORK] else (record, {record.drafts: record})


def show_progress() -> None:
    """In the middle of the page: how far a live study is, or what went wrong."""
    if st.session_state.get("limits_study") != MINE:
        return
    job = job_of(JOB, StudyJob)
    if job is None:
        st.info("Choose a prompt at the side and press Measure; five strategies are run, about half a minute in all.")
    elif st.session_state.get(AT_WORK):
        follow(job, lambda: _progress(job))
    elif job.error:
        job_failed(job, job.record() is not None, "what was measured before")
    elif job.record() is None:
        st.info("The study was stopped before its first measurement; press Measure to start it again.")


def _progress(job: StudyJob) -> None:
    step = job.progress
    if step is None:
        st.progress(0.0, text=str(job.stage if job.stage != Stage.WORKING else "Writing the target's own text"))
    else:
        st.progress(step.done / step.total, text=f"Measuring {step.label}: {step.done} of {step.total}")
