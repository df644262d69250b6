"""What do many prompts say: which method, at which P, on which kind of prompt, and who gains least?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from specviz.engine.sweep.jobs import SweepJob
from specviz.ui.jobs import run_and_stop
from specviz.ui.lab import presets, sections
from specviz.ui.page import PageSpec, open_page
from specviz.ui.sweep.charts import curves_panel, kinds_panel
from specviz.ui.sweep.checks import equal_panel, shared_panel
from specviz.ui.sweep.controls import Asked, sweep_controls
from specviz.ui.sweep.disparity import disparity_panel
from specviz.ui.sweep.reading import Reading, reading_of
from specviz.ui.sweep.shown import JOB, MINE, SHOWN, choose_sweep, own_sweep
from specviz.ui.sweep.tables import failures_panel, overview_panel, settings_words
from specviz.ui.words import plain

PAGE = PageSpec("Sweep", "Explore", 4, "sweep", ":material/grid_on:")
PANELS: dict[str, Callable[[Reading], None]] = {
    "Overview": overview_panel,
    "By kind": kinds_panel,
    "Curves": curves_panel,
    "Disparity": disparity_panel,
    "Equal text": equal_panel,
    "Work shared": shared_panel,
    "Failures": failures_panel,
}
CASES = {
    "Not every prompt gains": {"sweep_part": "Disparity", "sweep_measure": "tokens per pass"},
    "One text at every P": {"sweep_part": "Equal text", "sweep_shown": "presets each run alone"},
    "Larger trees, lower rates": {"sweep_part": "Curves", "sweep_measure": "accepted of drafted"},
}


def render() -> None:
    """What to run at the side; the shown sweep in the middle."""
    open_page(
        "Many prompts, many methods",
        "Every method runs on every prompt at every P: what wins on average, and **for which prompts does it not**?",
        "Open *Disparity*: which kind of prompt gains least?",
    )
    presets("sweep", CASES)
    job = own_sweep()
    with st.sidebar:
        actions = st.container()
        asked = sweep_controls()
        with actions:
            run_and_stop(JOB, job, lambda: _job(asked, job), "Run", asked.reason)
            st.caption(plain(asked.reason) if asked.reason else _size(asked))
    sweep = choose_sweep(job)
    if sweep is None:
        return
    reading = reading_of(sweep)
    st.caption(settings_words(reading))
    sections("sweep", {label: partial(panel, reading) for label, panel in PANELS.items()})


def _job(asked: Asked, before: SweepJob | None) -> SweepJob:
    """The sweep that the controls ask for; it is what will be shown. One that was broken off goes on."""
    assert asked.plan is not None  # the button says what is missing
    st.session_state[SHOWN] = MINE
    if before is not None and before.unfinished and before.plan == asked.plan:
        return before.continued(asked.prompts)
    return SweepJob.of(asked.plan, asked.prompts)


def _size(asked: Asked) -> str:
    """How many runs the sweep has, and why."""
    plan = asked.plan
    assert plan is not None
    seeds = f" x {len(plan.seeds)} seeds" if len(plan.seeds) > 1 else ""
    sizes = len(plan.cells) // len(plan.methods)
    return f"{plan.total:,} runs: {len(plan.prompts)} prompts x {len(plan.methods)} methods x {sizes} P{seeds}."


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
