"""Many prompts: kinds side by side, who gains least, and why."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import streamlit as st

from specviz.drafting import make_drafter
from specviz.engine.probe.jobs import SurveyJob
from specviz.engine.probe.prompts import MAX_BYTES, MAX_PROMPTS, Prompts, read_file, read_prompts
from specviz.engine.probe.survey import Kind, by_kind, disparity
from specviz.figures.labels import visible
from specviz.figures.probe.kinds import kinds_figure
from specviz.records import MeasuredTable, RunSettings
from specviz.theory import Estimate
from specviz.ui.controls import missing, pair_control, sampling_controls, size_controls
from specviz.ui.glossary import define
from specviz.ui.jobs import follow, job_failed, job_of, run_and_stop
from specviz.ui.methods import method_controls
from specviz.ui.probe.library import recorded_kinds
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.ui.uploads import content, file_control
from specviz.ui.words import plain
from specviz.verification import make_verifier

RECORDED, OWN = "recorded: twelve presets", "prompts of mine"
JOB = "probe_survey"
NUMBERS = (
    ("speed-up", "speedup", "times plain decoding", "measured speed-up"),
    ("tokens per pass", "tau", "tokens per pass", "block efficiency"),
    ("acceptance rate", "overlap", "acceptance rate, mean of 1 - TV", "acceptance rate"),
    ("entropy", "mu", "entropy of the target, nats", "mu"),
    ("second moment", "mu2", "mu2, nats^2", "mu2"),
)
EXAMPLE = '{"question_id": 1, "category": "story", "turns": ["Once upon a time"]}'


def many_panel() -> None:
    """The table by kind, the picture of the disparity, and what explains it."""
    with st.sidebar:
        source = st.selectbox(
            "Prompts", [RECORDED, OWN], key="probe_prompts_from", bind="query-params", help=define("many prompts")
        )
        if source == OWN:
            _controls()
    table = recorded_kinds() if source == RECORDED else _measured()
    if table is not None:
        _show(table)


def _controls() -> None:
    """Prompts, method, sampling, and the button."""
    uploads = file_control(
        "File (.jsonl or .txt)", ["jsonl", "json", "txt"], "probe_prompts_file", own=MAX_BYTES >> 20,
        help=f"One object a line, as benchmarks write them: {EXAMPLE}. Or plain text. At most {MAX_BYTES >> 20} MB.",
    )  # fmt: skip
    text = ""
    if not uploads:
        text = st.text_area(
            "Prompts, one a line", key="probe_prompts", height=140, max_chars=MAX_BYTES, persist_state="session",
            help=f"Separate longer prompts with a line of ---. At most {MAX_PROMPTS} are run.",
        )  # fmt: skip
    found, reason = _parsed(uploads[0] if uploads else text)
    action = st.container()  # near the prompts: the method's controls below it are long
    for note in found.notes:
        st.caption(plain(visible(note)))
    if found.kept:
        kinds = dict.fromkeys(prompt.kind for prompt in found.kept)
        st.caption(f"{len(found.kept)} prompts of {len(kinds)} kinds were understood.")
    target, draft, _ = pair_control(layered=False)
    drafter, drafter_spec, verifier_spec, misfit = method_controls()
    capacity, drafts, depth = size_controls(drafter.uses)
    temperature, seed, length = sampling_controls()
    reason = reason or missing("prompts", target, draft) or misfit

    def survey() -> SurveyJob:
        settings = RunSettings(
            target=target, draft=draft, drafter=drafter_spec, verifier=verifier_spec, capacity=capacity, drafts=drafts,
            depth=depth, temperature=temperature, seed=seed, max_new_tokens=length,
        )  # fmt: skip
        return SurveyJob(target, draft, settings=settings, prompts=found.kept)

    with action:
        run_and_stop(JOB, job_of(JOB, SurveyJob), survey, "Run them", reason)
        if reason:
            st.caption(plain(visible(reason)))


def _parsed(given: Any) -> tuple[Prompts, str]:
    """What was understood of a text or a file, or the sentence that says why nothing was."""
    try:
        return (read_prompts(given) if isinstance(given, str) else read_file(content(given, MAX_BYTES >> 20))), ""
    except ValueError as error:
        return Prompts((), ()), str(error)


def _measured() -> MeasuredTable | None:
    """The visitor's own survey, as far as it is."""
    job = job_of(JOB, SurveyJob)
    if job is None:
        st.info("Paste prompts at the side, or choose a JSONL file, and press Run them; twelve take about ten seconds.")
        return None
    if job.active:
        follow(job, lambda: _progress(job))
        return None
    table = job.table()
    if job.error:
        job_failed(job, table is not None, "what was measured before")
    elif table is None:
        st.info("No prompt was run to its end; press Run them to start again.")
    for note in job.notes:
        st.caption(plain(visible(note)))
    return table


def _progress(job: SurveyJob) -> None:
    step = job.progress
    if step is None:
        st.progress(0.0, text=str(job.stage))
        return
    label = plain(visible(step.label))
    st.progress(step.done / step.total, text=f"{label}: {step.done} of {step.total} prompts done, {step.passes} passes")


def _show(table: MeasuredTable) -> None:
    kinds = by_kind(table)
    settings = RunSettings.from_dict(table.settings)
    st.html(f"<p style='font-size:1.05rem;margin:0'>{html.escape(visible(disparity(kinds)))}</p>")
    names = [(visible(kind.name), kind.count) for kind in kinds]
    shown = NUMBERS[:4]
    columns = [(title, unit, [getattr(kind, name) for kind in kinds]) for title, name, unit, _ in shown]
    chart_with_table(
        kinds_figure(names, columns), _rows(kinds), "probe-kinds",
        alt="Speed-up, tokens per pass, acceptance rate and entropy of each kind of prompt, each with its interval.",
    )  # fmt: skip
    st.dataframe(
        [
            {"kind": visible(kind.name), "prompts": kind.count}
            | {title: _words(getattr(kind, name), kind.count) for title, name, _, _ in NUMBERS}
            for kind in kinds
        ],
        hide_index=True, width="stretch", key="probe-kinds-words",
        column_config={
            title: st.column_config.TextColumn(title, help=define(word)) for title, _, _, word in NUMBERS
        },
    )  # fmt: skip
    st.caption(
        f"{make_drafter(settings.drafter).title} with {make_verifier(settings.verifier).title}, "
        f"P = {settings.capacity}, k = {settings.drafts}, depth {settings.depth}, "
        f"temperature {settings.temperature:g}, {settings.max_new_tokens} tokens each, beside plain decoding; "
        f"{len(table.columns['kind'])} prompts in {table.seconds:.0f} s on {table.provenance.device}. "
        "In brackets: 95 % intervals, prompts resampled."
    )
    with st.expander("Every prompt as a table"):
        table_with_csv(_prompt_rows(table), "probe-prompts")


def _words(found: Estimate, count: int) -> str:
    """A value with its interval; one prompt has none."""
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})" if count > 1 else f"{found.value:.2f}"


def _rows(kinds: Sequence[Kind]) -> list[dict[str, object]]:
    """The table twin: every value and both ends of its interval."""
    rows: list[dict[str, object]] = []
    for kind in kinds:
        row: dict[str, object] = {"kind": visible(kind.name), "prompts": kind.count}
        for title, name, _, _ in NUMBERS:
            found = getattr(kind, name)
            row |= {title: round(found.value, 4), f"{title}, low": round(found.low, 4),
                    f"{title}, high": round(found.high, 4)}  # fmt: skip
        rows.append(row)
    return rows


def _prompt_rows(table: MeasuredTable) -> list[dict[str, object]]:
    return [
        {"kind": visible(row["kind"]), "name": visible(row["name"]), "prompt": visible(row["prompt"]),
         "speed-up": round(row["plain_seconds"] / row["plain_tokens"] * row["tokens"] / row["seconds"], 3),
         "tokens": row["tokens"], "passes": row["passes"], "tokens per pass": round(row["tokens"] / row["passes"], 3),
         "acceptance rate": round(row["overlap"] / row["places"], 3), "mu": round(row["entropy"] / row["places"], 3),
         "mu2": round(row["second_moment"] / row["places"], 3)}
        for row in table.rows()
    ]  # fmt: skip
