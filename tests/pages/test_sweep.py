"""The Sweep page: it opens recorded results, follows a sweep, keeps what a stop left, and refuses bad files."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from specviz.engine.sweep.jobs import SweepJob
from specviz.records.sweep_store import load_sweep, pack_sweep
from specviz.ui.jobs import workshop
from specviz.ui.sweep.controls import MOST_RUNS, fitting_methods
from specviz.ui.sweep.shown import MINE

FILE = Path(__file__).parents[2] / "assets" / "sweeps" / "presets.parquet"
CHAIN = next(name for name, pair in fitting_methods().items() if pair == ("chain", "token"))
RACE = next(name for name, pair in fitting_methods().items() if pair == ("race_dynamic", "shared_race"))
SMALL = {"sweep_methods": [CHAIN, RACE], "sweep_P": ["2", "8"], "tokens": "6", "depth": "3"}
LONG = {"sweep_methods": [RACE], "sweep_P": ["64"], "tokens": "120", "sweep_seeds": "5"}


def page(**query: str | list[str]) -> AppTest:
    opened = AppTest.from_string("import pages.sweep as page\npage.render()\n", default_timeout=120)
    for key, value in query.items():
        opened.query_params[key] = value
    opened.run()
    clean(opened)
    return opened


def clean(opened: AppTest) -> None:
    assert [str(e.value) for e in opened.exception] == []


def press(opened: AppTest, label: str) -> None:
    next(button for button in opened.button if button.label == label).click().run()
    clean(opened)


def words(opened: AppTest) -> str:
    kinds = ("info", "warning", "success", "error", "caption", "markdown")
    return " ".join(str(getattr(e, "value", "")) for kind in kinds for e in opened.get(kind))


def job_of(opened: AppTest) -> SweepJob:
    job = workshop().jobs[opened.session_state["sweep_job"]]
    assert isinstance(job, SweepJob)
    return job


def wait(job: SweepJob, done: int | None = None, seconds: float = 240) -> None:
    """Until it has made so many runs, or is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and job.active:
        if done is not None and job.progress is not None and job.progress.done >= done:
            return
        time.sleep(0.05)


def test_it_opens_on_a_recorded_sweep():
    opened = page()
    sweep = load_sweep(FILE)
    assert opened.selectbox(key="sweep_shown").value == "presets"
    table = opened.dataframe[0].value
    assert len(table) == len(sweep.plan.cells)
    assert f"{len(sweep.plan.prompts)} prompts" in words(opened)
    assert "Most tokens per pass" in words(opened)


@pytest.mark.parametrize("part", ["By kind", "Curves", "Disparity", "Work shared"])
def test_every_picture_has_words_and_a_table(part):
    opened = page(sweep_part=part)
    chart = opened.get("plotly_chart")[0].proto
    assert chart.alt
    assert json.loads(chart.spec)["data"]
    assert len(opened.dataframe) >= 1


def test_the_link_chooses_p_and_number():
    opened = page(sweep_part="By kind", sweep_at="4", sweep_measure="accepted of drafted")
    assert opened.selectbox(key="sweep_at").value == 4
    title = json.loads(opened.get("plotly_chart")[0].proto.spec)["layout"]["xaxis"]["title"]["text"]
    assert title == "share of the guesses drafted"


def test_a_link_to_what_is_not_there_is_only_a_wrong_link():
    opened = page(sweep_part="Disparity", sweep_at="3", sweep_measure="beauty", sweep_shown="../../etc",
                  sweep_least_of="<b>", sweep_job="none", sweep_methods=["no such"], sweep_P=["5", "x"])  # fmt: skip
    assert opened.selectbox(key="sweep_shown").value == "presets"
    assert opened.get("plotly_chart")


def test_a_preset_that_gains_little_can_be_looked_at():
    opened = page(sweep_part="Disparity")
    assert any(button.label == "Read it with both models" for button in opened.button)
    opened.selectbox(key="sweep_least_of").set_value(opened.selectbox(key="sweep_least_of").options[1]).run()
    clean(opened)


def test_a_sweep_is_run_followed_and_found_again_by_its_link():
    opened = page(**SMALL)
    assert "48 runs: 12 prompts x 2 methods x 2 P." in words(opened)
    press(opened, "Run")
    job = job_of(opened)
    wait(job)
    opened.run()
    clean(opened)
    assert opened.error == []
    assert opened.selectbox(key="sweep_shown").value == MINE
    sweep = job.sweep()
    assert sweep is not None
    assert sweep.is_whole
    assert sweep.failures == ()
    assert len(opened.dataframe[0].value) == 4
    again = page(sweep_job=job.id, sweep_shown=MINE, sweep_part="Equal text")
    assert "12 of 12 texts that must be equal are equal" in words(again)


def test_what_was_run_before_a_stop_stays():
    opened = page(**LONG)
    press(opened, "Run")
    job = job_of(opened)
    wait(job, done=2)
    opened.run()
    assert any("runs done" in str(bar.proto.text) for bar in opened.get("progress"))
    press(opened, "Stop")
    wait(job)
    opened.run()
    clean(opened)
    sweep = job.sweep()
    assert sweep is not None
    assert 2 <= len(sweep.rows) < 60
    assert "what was run until then is shown" in words(opened)
    assert "Not finished" in words(opened)
    # Another server, which finds the file and goes on with it.
    del workshop().jobs[job.id]
    again = page(**LONG, sweep_job=job.id, sweep_shown=MINE)
    assert "what was run until then is shown" in words(again)
    press(again, "Run")
    going_on = job_of(again)
    assert going_on.id == job.id
    assert going_on.before == sweep
    wait(going_on, done=len(sweep.rows) + 1)
    going_on.stop()
    wait(going_on)
    more = going_on.sweep()
    assert more is not None
    assert len(more.rows) > len(sweep.rows)
    assert more.rows[: len(sweep.rows)] == sweep.rows


def test_a_damaged_results_file_of_the_server_is_one_sentence():
    folder = workshop().folder
    assert folder is not None
    folder.path.mkdir(parents=True, exist_ok=True)
    (folder.path / "0123456789abcdef.sweep.parquet").write_bytes(b"PAR1 broken PAR1")
    opened = page(sweep_job="0123456789abcdef", sweep_shown=MINE)
    assert len(opened.warning) == 1
    assert "press Run" in words(opened)
    for hostile in ("../0123456789abcdef", "0123456789ABCDEF/", "x" * 5000):
        assert page(sweep_job=hostile, sweep_shown=MINE).warning == []


def test_a_results_file_is_opened_and_shown():
    sweep = load_sweep(FILE)
    part = pack_sweep(replace(sweep, rows=sweep.rows[:24]))
    opened = page()
    opened.file_uploader(key="sweep_file").set_value(("night.parquet", part, "application/octet-stream")).run()
    clean(opened)
    assert opened.error == []
    assert opened.selectbox(key="sweep_shown").value == "night"
    assert "Not finished: 24" in words(opened)


@pytest.mark.parametrize("data", [b"", b"PAR1 nothing PAR1", FILE.read_bytes()[:-500] + b"PAR1", b"a,b\n1,2\n"])
def test_a_bad_file_is_one_sentence_and_what_was_shown_stays(data):
    opened = page()
    opened.file_uploader(key="sweep_file").set_value(("bad.parquet", data, "application/octet-stream")).run()
    clean(opened)
    assert len(opened.error) == 1
    assert "still shown" in opened.error[0].value
    assert opened.selectbox(key="sweep_shown").value == "presets"
    assert len(opened.dataframe[0].value) > 0


def test_prompts_of_a_file_are_understood_and_too_many_runs_refused():
    opened = page(sweep_prompts="a file of mine")
    press(opened, "Run")
    assert any("Choose a file of prompts" in e.value for e in opened.error)
    lines = "\n".join(json.dumps({"category": f"kind {n % 2}", "turns": [f"Say {n}"]}) for n in range(60))
    opened.file_uploader(key="sweep_prompts_file").set_value(("q.jsonl", lines.encode(), "text/plain")).run()
    clean(opened)
    assert "60 prompts of 2 kinds were understood" in words(opened)
    opened.number_input(key="sweep_seeds").set_value(20).run()
    press(opened, "Run")
    assert any(f"at most {MOST_RUNS:,}" in e.value for e in opened.error)
    assert "sweep_job" not in opened.query_params


def test_no_method_or_no_p_is_said():
    opened = page(sweep_part="Overview")
    opened.multiselect(key="sweep_methods").set_value([]).run()
    press(opened, "Run")
    assert any("at least one prompt, one method" in e.value for e in opened.error)


def test_equal_texts_are_proved_where_every_run_wrote_its_own():
    opened = page(sweep_part="Equal text", sweep_shown="presets each run alone")
    assert "36 of 36 texts that must be equal are equal, token for token; 36 of them were written" in words(opened)


@pytest.mark.parametrize(
    "part", ["Overview", "By kind", "Curves", "Disparity", "Equal text", "Work shared", "Failures"]
)
def test_names_of_strangers_are_letters_and_failures_are_told(part):
    hostile = "<script>alert(1)</script> **b** $x$ [l](javascript:1)"
    sweep = load_sweep(FILE)
    prompts = tuple(replace(prompt, name=hostile, kind=hostile, opening=hostile) for prompt in sweep.plan.prompts)
    rows = [replace(row, name=hostile, kind=hostile) for row in sweep.rows]
    counts = ("tokens", "passes", "drafted", "accepted", "examined", "overlap_places", "trees", "trees_grown")
    nothing = dict.fromkeys((*counts, "target_passes"), 0)
    rows[0] = replace(rows[0], **nothing, overlap=0.0, text="", error=hostile, obtained="failed", stop_reason="failed")
    file = pack_sweep(replace(sweep, plan=replace(sweep.plan, prompts=prompts), rows=tuple(rows)))
    opened = page(sweep_part=part)
    opened.file_uploader(key="sweep_file").set_value((f"{hostile}.parquet", file, "application/octet-stream")).run()
    clean(opened)
    assert opened.error == []
    assert opened.selectbox(key="sweep_shown").value.startswith("<script>")
    assert "<script>" not in " ".join(m.value for m in (*opened.markdown, *opened.caption))
    assert all("<script" not in chart.proto.spec.replace("\\u003c", "<") for chart in opened.get("plotly_chart"))
    if part == "Failures":
        assert "1 of 432 runs failed" in words(opened)
