"""Which comparison is shown: a recorded one, or the visitor's own; and the cases that set the controls for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from specviz.engine.compare.comparison import Method
from specviz.engine.compare.jobs import CompareJob
from specviz.engine.scheduling import Stage
from specviz.figures.compare.lanes import lane_method
from specviz.records.check import CheckResult, load_check
from specviz.records.comparison import ComparisonRecord, load_comparison
from specviz.records.files import TraceError
from specviz.ui.compare.controls import controls_of
from specviz.ui.glossary import define
from specviz.ui.jobs import follow, job_failed
from specviz.ui.library import ASSETS

FOLDER = ASSETS / "comparisons"
MINE = "your comparison"
CASES: dict[str, tuple[str, tuple[str, ...]]] = {  # shown name: button, and the methods that were recorded
    "story": ("A chain, a race, a tree", ("chain+token@2x4", "race_dynamic+shared_race@16x4",
                                          "best_first+sample_and_look@16x4")),
    "one text, any P": ("One text, whatever P", ("chain+shared_race@2x4", "race_tau_star+shared_race@8x4",
                                                  "race_dynamic+shared_race@16x4")),
    "chain or tree": ("Chain or tree at one P", ("chain+token@8x4", "sequoia+traversal@8x2",
                                                  "iid_sequences+k_seq@8x2")),
    "token or block": ("Token or block", ("chain+token@8x4", "chain+block@8x4")),
    "exact or relaxed": ("Exact or relaxed", ("chain+token@8x4", "chain+relaxed@8x4",
                                              "chain+relaxed(epsilon=1)@8x4")),
}  # fmt: skip
CHECKS = {"a chain": "exact", "a tree": "tree", "wrong: replaced from p": "bug", "wrong: a slack of 0.1": "slack"}


def cases() -> dict[str, dict[str, Any]]:
    """For each case the controls that ask for it, and its recording."""
    common = {"prompt": "story 3", "T": 0.7, "seed": 16, "tokens": 64, "depth": 8, "compare_seeds": 8}
    return {
        label: controls_of([Method.parse(text) for text in methods]) | common | {"compare_shown": name}
        for name, (label, methods) in CASES.items()
    }


def choose_name() -> str:
    """Which comparison is shown: the name of a recorded one, or the visitor's own."""
    return str(
        st.selectbox(
            "Shown comparison", [*CASES, MINE], key="compare_shown", bind="query-params",
            help=define("recorded comparison"), width=220,
        )
    )  # fmt: skip


def comparison_of(name: str, job: CompareJob | None) -> ComparisonRecord | None:
    """The comparison of this name; None, with a sentence, where there is nothing yet."""
    if name == MINE:
        return _mine(job)
    try:
        return recorded_comparison(name)
    except TraceError as error:
        st.error(f"{error} Press Run all to make one.", icon=":material/error:")
        return None


def _mine(job: CompareJob | None) -> ComparisonRecord | None:
    if job is None:
        st.info("Choose methods at the side and press Run all; three of them with six seeds take about ten seconds.")
        return None
    if job.active:
        follow(job, lambda: _progress(job))
        return None
    record = job.record()
    if job.error:
        job_failed(job, record is not None, "what was decoded before")
    elif record is None:
        st.info("The comparison was stopped before its first pass; press Run all to start it again.")
    elif job.finished < job.total:
        st.info(f"Stopped after {job.finished} of {job.total} runs; what was decoded until then is shown.")
    return record


def _progress(job: CompareJob) -> None:
    """How far the run under way is, and how many there are in all."""
    if job.step is None:
        words = "Every method makes its first passes, which are not timed" if job.stage == Stage.WORKING else job.stage
        st.progress(0.0, text=str(words))
        return
    settings = job.step.method.settings(job.settings)
    wanted = settings.max_new_tokens
    size = "" if settings.capacity == 0 else f", P = {settings.capacity}"
    share = (job.finished + (0 if job.step.finished else min(1.0, job.step.tokens / wanted))) / max(1, job.total)
    st.progress(
        min(1.0, share),
        text=f"{lane_method(settings)}{size}: {job.step.tokens} of {wanted} tokens "
        f"(seed {job.step.unit + 1} of {len(job.seeds)}, run {min(job.finished + 1, job.total)} of {job.total})",
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def recorded_comparison(name: str) -> ComparisonRecord:
    """A comparison that ships with the product. Raises TraceError."""
    return load_comparison(FOLDER / name.replace(" ", "_").replace(",", ""))


def recorded_checks() -> dict[str, Path]:
    """Files of recorded losslessness checks by name, exact methods first."""
    return {name: FOLDER / f"check_{file}.json.gz" for name, file in CHECKS.items()}


@st.cache_resource(max_entries=8, show_spinner=False)
def recorded_check(path: Path) -> CheckResult:
    """A recorded losslessness check. Raises TraceError."""
    return load_check(path)
