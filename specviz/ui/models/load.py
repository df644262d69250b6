"""Loading a pair on the Models page: the stages with their seconds, what failed and what to do, where to go next."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from specviz.engine.load_job import LoadJob
from specviz.engine.scheduling import Stage
from specviz.models.preflight.stages import LoadStage
from specviz.models.preflight.troubles import REMEDIES, Trouble
from specviz.ui.controls import OTHER, chat_query, missing
from specviz.ui.jobs import follow, job_of, run_and_stop, workshop
from specviz.ui.layout import two_pictures
from specviz.ui.models.choose import Choice, label_of, put
from specviz.ui.page import door
from specviz.ui.words import plain

JOB = "models_job"
DONE, NOW, FAILED, AHEAD = "\u2713", "\u25b6", "\u2715", "\u25cb"


def load_controls(choice: Choice) -> LoadJob | None:
    """Load and Stop."""
    job = job_of(JOB, LoadJob)

    def load() -> LoadJob:
        return LoadJob(choice.target.name, choice.draft.name, device=choice.device, dtype=choice.dtype)

    run_and_stop(JOB, job, load, "Load", missing("-", choice.target.name, choice.draft.name))
    return job


def in_memory(job: LoadJob | None, show_costs: Callable[[], None]) -> None:
    """Which pair is loaded on this server, and doors to its costs and to the pages that use it."""
    loaded = workshop().loaded
    if loaded is None:
        if job is None:
            st.markdown(":material/circle: No model is in memory yet: press **Load** to try this pair for real.")
        return
    made = loaded.provenance
    label = label_of(made.target, made.draft)
    names = {"target": made.target, "draft": made.draft} if label == OTHER else {}
    names |= chat_query(made.target, True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/check_circle: **In memory:** {plain(made.target)} with {plain(made.draft)}, on {made.device} "
            f"in {made.dtype}.",
            width="content",
        )
        if workshop().costs is not None:
            st.button("See what a pass costs", key="models_see_costs", icon=":material/speed:", type="tertiary",
                      on_click=show_costs)  # fmt: skip
        door("decode", "Decode with it", ":material/account_tree:", pair=label, **names)
        door("probe", "Probe a prompt with it", ":material/troubleshoot:", pair=label, **names)


def load_panel(job: LoadJob | None, choice: Choice) -> None:
    """How far the load is, or how it ended; a load that ended says nothing about other names."""
    if job is None or not (job.active or (job.target, job.draft) == (choice.target.name, choice.draft.name)):
        return
    if job.active:
        follow(job, lambda: _progress(job))
    elif job.error:
        failure(job)
    elif job.steps:
        marks(job)
    else:
        st.caption("It was in memory already: nothing had to be loaded.")


def stage_marks(job: LoadJob) -> list[tuple[str, str, str]]:
    """Mark, stage and a note with its seconds, for every stage in order; those ahead only where they will come."""
    rows, done = [], {step.stage: step for step in job.steps}
    last = job.steps[-1].stage if job.steps else None
    for stage in LoadStage:
        step = done.get(stage)
        if step is None:
            if job.stage != Stage.DONE and not job.only_measures:
                rows.append((AHEAD, str(stage), ""))
            continue
        under_way = stage == last and job.active
        mark = FAILED if stage == last and job.error else NOW if under_way else DONE
        seconds = time.monotonic() - step.began if under_way else step.seconds
        rows.append((mark, str(stage), f"{seconds:.2f} s" + (f", {step.note}" if step.note else "")))
    return rows


def marks(job: LoadJob) -> None:
    """Every stage with its mark, seconds and note, in one flowing line."""
    words = [f"{mark}\u00a0{stage}" + (f" ({note})" if note else "") for mark, stage, note in stage_marks(job)]
    if not job.active:
        words.append(f"**{sum(step.seconds for step in job.steps):.2f} s in all**")
    st.caption(" \u2003 ".join(words))


def _progress(job: LoadJob) -> None:
    stage = job.steps[-1].stage if job.steps else None
    stages = [LoadStage.COSTS] if job.only_measures else list(LoadStage)
    number = stages.index(stage) if stage is not None else 0
    st.progress(number / len(stages), text=f"{stage or Stage.WAITING}: stage {number + 1} of {len(stages)}")
    marks(job)
    if stage in (LoadStage.TARGET, LoadStage.DRAFT):
        st.caption("A model that is not on this machine is fetched first; large ones take minutes.")


def failure(job: LoadJob) -> None:
    """What happened, what was kept, what to do, and an example that works."""
    stage = job.steps[-1].stage if job.steps else "the start"
    kept = "The pair that was loaded before is still in memory." if workshop().loaded else "Nothing was lost."
    trouble = job.trouble or Trouble.OTHER
    with st.container(border=True):
        st.error(f"**{stage}: {trouble}.** {plain(job.error)} {kept}", icon=":material/error:")
        remedy(trouble, "failed")
        marks(job)


def remedy(trouble: Trouble, where: str) -> None:
    """What to do about a kind of trouble, and a button that puts a working pair into the fields.

    where: part of the page, because one trouble can be shown in several.
    """
    words, example = REMEDIES[trouble]
    left, right = two_pictures(f"models-{where}-{trouble.name}")
    left.markdown(f"**What to do.** {words}")
    label = label_of(*example)
    if label == OTHER:  # this server does not load it
        return
    right.button(
        f"Works: {label}", key=f"models_{where}_{trouble.name}", on_click=put, args=(label,), width="stretch",
        icon=":material/check:", help=f"Puts {example[0]} with {example[1]} into the fields.",
    )  # fmt: skip
