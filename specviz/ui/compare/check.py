"""Is the output really the target's? Frequencies of fresh runs against the exact law at one position."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from specviz.engine.compare.comparison import Method
from specviz.engine.compare.jobs import CheckJob
from specviz.engine.compare.losslessness import checked_verifier
from specviz.engine.compare.mutants import ForgetsTheResidual
from specviz.engine.scheduling import Stage
from specviz.figures.compare.lanes import lane_method, lane_size
from specviz.figures.compare.losslessness import POWER, Reading, check_rows, law_figure, verdict
from specviz.policy import policy
from specviz.records import RunSettings
from specviz.records.check import CheckResult
from specviz.records.files import TraceError
from specviz.ui.compare.controls import Asked
from specviz.ui.compare.shown import recorded_check, recorded_checks
from specviz.ui.glossary import define
from specviz.ui.jobs import follow, job_failed, job_of, run_and_stop, visitor, workshop
from specviz.ui.layout import metric_row
from specviz.ui.tables import chart_with_table
from specviz.ui.words import plain

JOB = "compare_check_job"
MINE = "draw now"
WRONG = {
    "wrong on purpose: replaced from p": Method("chain", ForgetsTheResidual.name, 8, 4),
    "wrong on purpose: a slack of 0.1": Method("chain", "relaxed(epsilon=0.1)", 8, 4),
    "wrong on purpose: every guess kept": Method("chain", "relaxed(epsilon=1)", 8, 4),
}
DRAWS = [200, 500, 1000, 2000, 5000, 10000, 20000]


def check_panel(asked: Asked) -> None:
    """Choose a recorded check or draw now; the counts, the test, and what it could have seen."""
    st.markdown(
        "Many fresh runs begin at **one position** with different seeds. An exact method must write its first token as "
        "often as the target's own law says. *Draw with a method that is wrong on purpose: is it caught?*"
    )
    files = recorded_checks()
    shown = st.segmented_control(
        "Check", [*files, MINE], default=next(iter(files), MINE), key="compare_check", bind="query-params",
        help=define("recorded check"),
    )  # fmt: skip
    if shown in files:
        try:
            _show(recorded_check(files[shown]), f"recorded-{shown}")
        except TraceError as error:
            st.error(f"{error} Choose another, or draw now.", icon=":material/error:")
        return
    _mine(asked)


def _mine(asked: Asked) -> None:
    """Controls of a live check, its progress, and its result."""
    job = job_of(JOB, CheckJob)
    make = _controls(asked)
    with st.container(width=360):
        run_and_stop(JOB, job, lambda: _job(asked, *make), "Draw", asked.reason)
    if job is None:
        st.info("Choose a method and a position, and press Draw; 2,000 draws take about five seconds on this pair.")
    elif job.active:
        follow(job, lambda: _progress(job))
    else:
        with workshop().turn(visitor()):
            result = job.result()
        if job.error:
            job_failed(job, result is not None, "what was drawn before")
        if result is not None:
            _show(result, f"job-{job.id}")
        elif not job.error:
            st.info("The check was stopped before its first draw; press Draw to start it again.")


def _controls(asked: Asked) -> tuple[Method, int, int, int, int]:
    """Method, position, draws, tokens and depth."""
    own = {f"{letter}: {_name(asked, m)}": m for letter, m in zip("ABCD", asked.methods[1:], strict=False)}
    choices = own | WRONG
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Method", list(choices), key="compare_check_method", help=define("checked method"), width=330,
            bind="query-params",
        )  # fmt: skip
        position = st.number_input(
            "Position", 0, 200, 6, key="compare_check_position", bind="query-params", width=120,
            help=define("checked position"),
        )  # fmt: skip
        draws = st.select_slider(
            "Draws N", DRAWS, 2000, key="compare_check_N", bind="query-params", help=define("draws"), width=200
        )
        tokens = st.radio(
            "Counted", [1, 2], format_func=lambda n: "first token" if n == 1 else "first two tokens", horizontal=True,
            key="compare_check_tokens", bind="query-params", help=define("counted tokens"), width=270,
        )  # fmt: skip
        most = min(16, policy().depth)
        depth = st.number_input(
            "Depth", 1, most, min(4, most), key="compare_check_depth", bind="query-params",
            help=define("checked depth"), width=110,
        )  # fmt: skip
    return choices[chosen], int(position), int(draws), int(tokens), int(depth)


def _name(asked: Asked, method: Method) -> str:
    settings = method.settings(asked.settings or RunSettings())
    return f"{lane_method(settings)}, {lane_size(settings)}"


def _job(asked: Asked, method: Method, position: int, draws: int, tokens: int, depth: int) -> CheckJob:
    settings = replace(method.settings(asked.settings or RunSettings()), depth=depth)
    return CheckJob.of(settings, asked.prompt, position, draws, tokens)


def _progress(job: CheckJob) -> None:
    if job.stage == Stage.WORKING and job.done:
        st.progress(job.done / job.draws, text=f"{job.done:,} of {job.draws:,} draws")
    else:
        words = "The target writes its own text up to the position" if job.stage == Stage.WORKING else str(job.stage)
        st.progress(0.0, text=words)


def _show(result: CheckResult, key: str) -> None:
    """Verdict, numbers, picture."""
    reading, settings = Reading.of(result), result.settings
    try:
        claims, name = checked_verifier(settings.verifier).lossless, lane_method(settings)
    except ValueError:  # a record from elsewhere
        claims, name = True, lane_method(settings)
    if settings.verifier == ForgetsTheResidual.name:
        name = f"Chain, {ForgetsTheResidual.title[0].lower()}{ForgetsTheResidual.title[1:]}"
    sentence = verdict(reading, claims)
    if reading.suspect:
        st.error(sentence, icon=":material/block:") if claims else st.warning(sentence, icon=":material/flag:")
    else:
        st.success(sentence, icon=":material/check:") if reading.test.freedom else st.info(sentence)
    test = reading.test
    metric_row(
        {
            "draws N": (f"{result.draws:,}", f"{define('draws')} {result.passes:,} passes, {result.seconds:.1f} s."),
            "chi-square": (f"{test.statistic:.1f}", f"{define('chi-square')} {len(reading.cells.counts)} cells."),
            "degrees of freedom": (f"{test.freedom}", define("degrees of freedom")),
            "p-value": (f"{test.p_value:.2g}", define("p-value")),
            "TV observed": (f"{reading.distance:.3f}", define("observed distance")),
            "TV by chance": (f"{reading.noise:.3f}", define("distance by chance")),
            "seen from TV": (f"{reading.visible:.3f}", f"{define('visible distance')} Here {POWER:.0%}."),
        }
    )
    chart_with_table(
        law_figure(reading), check_rows(reading), f"compare-check-{key}",
        alt="The target's law as bars and the observed frequencies of the first tokens with intervals.",
    )  # fmt: skip
    st.caption(
        f"{plain(name)}, {lane_size(settings)}, depth {settings.depth}, temperature {settings.temperature:g}. Context:"
    )
    st.code(result.context[-400:] or " ", language=None, wrap_lines=True)
