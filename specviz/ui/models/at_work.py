"""Who is at work on this server: its numbers in words, and the jobs without anything that a visitor wrote."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from specviz.models.preflight.memory import gigabytes
from specviz.records.server import JobAtWork, ServerStatus
from specviz.ui.layout import metric_row
from specviz.ui.words import plain

Shown = dict[str, tuple[str, str]]
MOST = 30  # rows of the table: what is sent every two seconds stays small


def at_work_panel(status: Callable[[], ServerStatus]) -> None:
    """Drawn anew every two seconds while it is open; status: the numbers now."""
    st.markdown(
        "**Who is at work.** *All visitors share the models of this server: the next pass goes to the one who has had "
        "the least time. Nobody's text is shown here.*"
    )

    @st.fragment(run_every="2s")
    def once() -> None:
        now = status()
        for numbers in (jobs_now(now), since_start(now), memory(now)):
            metric_row(numbers)
        _table(now.at_work)

    once()


def jobs_now(now: ServerStatus) -> Shown:
    """What goes on at this moment."""
    return {
        "at work": (str(now.running), "Jobs that have their turns now: runs, comparisons, measurements, loads."),
        "waiting": (str(now.waiting), "Jobs in the queue; each sees its place, and begins when one before it ends."),
        "passes per second": (
            f"{now.passes_per_second:.1f}",
            "Steps of all jobs together, over the last minute; in a run a step is one pass of the target.",
        ),
        "usual wait": (_seconds(now.wait_p50), "Half of the last 100 jobs had their first turn within this time."),
        "long wait": (_seconds(now.wait_p95), "95 of the last 100 jobs had their first turn within this time."),
    }


def since_start(now: ServerStatus) -> Shown:
    """What was done since the server started."""
    return {
        "finished": (f"{now.finished:,}", "Jobs that came to their end."),
        "stopped": (f"{now.stopped:,}", "Jobs that their visitor, or a limit of this server, ended early."),
        "failed": (f"{now.failed:,}", "Jobs that an error ended; what they had found until then was kept."),
        "orphans": (f"{now.orphans:,}", "Jobs that were stopped because no page had looked at them for a while."),
        "passes": (f"{now.passes:,}", "Steps of all jobs; in a run a step is one pass of the target."),
        "tokens": (f"{now.tokens:,}", "Tokens that runs wrote."),
        "up for": (duration(now.uptime), "Time since this server started."),
    }


def memory(now: ServerStatus) -> Shown:
    """Where the memory is."""
    resident = "not known" if now.resident_mb is None else _size(now.resident_mb)
    pairs = ", ".join(f"{plain(pair.target)} with {plain(pair.draft)} ({_size(pair.mb)})" for pair in now.pairs)
    return {
        "memory": (resident, "Of the whole server process: models, finished jobs, and what each visitor's page holds."),
        "finished jobs": (_size(now.kept_mb), "Finished jobs that are kept in memory, up to this server's budget."),
        "on disk only": (f"{now.spilled:,}", "Finished jobs that made room in memory; opening one reads its file."),
        "pairs": (str(len(now.pairs)), f"Pairs of models in memory: {pairs or 'none yet'}."),
    }


def _table(jobs: tuple[JobAtWork, ...]) -> None:
    if not jobs:
        st.caption("Nobody is at work: a run would begin at once.")
        return
    st.dataframe(
        [row(job) for job in jobs[:MOST]], hide_index=True, width="stretch", key="models-at-work",
        column_config={
            "place": st.column_config.TextColumn(help="In the queue; a job at work has none."),
            "passes": st.column_config.NumberColumn(help="Steps done so far; in a run one pass of the target each."),
        },
    )  # fmt: skip
    if len(jobs) > MOST:
        st.caption(f"and {len(jobs) - MOST} more in the queue")


def row(job: JobAtWork) -> dict[str, str | int]:
    """One job: what it does, how far it is."""
    place = str(job.place) if job.place else "at work"
    return {"job": job.kind, "stage": job.stage, "place": place, "since": duration(job.seconds), "passes": job.passes}


def duration(seconds: float) -> str:
    """`42 s`, `3 min 5 s`, `2 h 14 min`, `3 d 4 h`: the two largest units."""
    whole = int(seconds)
    for (large, name), (small, part) in (((86400, "d"), (3600, "h")), ((3600, "h"), (60, "min")),
                                         ((60, "min"), (1, "s"))):  # fmt: skip
        if whole >= large:
            return f"{whole // large} {name} {whole % large // small} {part}"
    return f"{whole} s"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _size(mb: float) -> str:
    return gigabytes(mb * 10**6)
