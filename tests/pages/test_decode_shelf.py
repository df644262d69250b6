"""A visitor's own run goes on the shelf once: what was deleted there does not come back with the next click."""

from __future__ import annotations

import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

import pages.decode
from specviz.engine.jobs import RunJob
from specviz.records import RunSettings
from specviz.ui.decode.choice import LIVE
from specviz.ui.jobs import workshop

ROOT = Path(__file__).parents[2]


def test_a_deleted_run_stays_deleted():
    job = workshop().start(RunJob.of(RunSettings(capacity=2, max_new_tokens=4), "Once upon a time"))
    deadline = time.monotonic() + 60
    while job.active and time.monotonic() < deadline:
        time.sleep(0.05)
    page = AppTest.from_string("import pages.decode as page\npage.render()\n", default_timeout=60)
    page.query_params["run"] = job.id
    page.run()
    assert [name.startswith(f"your run {job.id[:4]}: Once") for name in page.session_state["shelf"]] == [True]
    assert page.selectbox(key="source").value.startswith("your run")
    page.session_state["shelf"].clear()
    page.run()
    assert list(page.session_state["shelf"]) == []
    assert not page.exception


def test_a_run_that_ends_while_the_page_is_drawn_is_shown(monkeypatch):
    settings = RunSettings(capacity=16, max_new_tokens=400)
    job = workshop().start(RunJob.of(settings, "Once upon a time"))
    deadline = time.monotonic() + 60
    while not job.tokens and job.active and time.monotonic() < deadline:
        time.sleep(0.01)
    page = AppTest.from_string("import pages.decode as page\npage.render()\n", default_timeout=60)
    page.query_params["run"] = job.id
    page.session_state["source"] = LIVE
    controls = pages.decode.settings_controls

    def slow_controls():
        job.stop()
        assert job.over(60)
        return controls()

    monkeypatch.setattr(pages.decode, "settings_controls", slow_controls)
    page.run()
    assert not page.exception
    assert page.selectbox(key="source").value.startswith("your run")
