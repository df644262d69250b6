"""A visitor's own run goes on the shelf once: what was deleted there does not come back with the next click."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

import pages.decode
from specviz.engine.jobs import RunJob
from specviz.records import RunSettings
from specviz.ui.decode.choice import LIVE
from specviz.ui.jobs import workshop


@pytest.fixture(autouse=True)
def nothing_left_at_work():
    """A run that goes on after the last test would break the end of Python."""
    yield
    for job in list(workshop().jobs.values()):
        job.stop()
        job.over(60)


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


def decoding(tokens: int) -> RunJob:
    """A run that is over."""
    job = workshop().start(RunJob.of(RunSettings(capacity=2, max_new_tokens=tokens), "Once upon a time"))
    assert job.over(60)
    return job


def test_a_word_that_the_browser_sent_before_it_knew_of_the_run_is_no_choice():
    first = decoding(4)
    page = AppTest.from_string("import pages.decode as page\npage.render()\n", default_timeout=60)
    page.query_params["run"] = first.id
    page.run()
    before = page.session_state["source"]
    next(button for button in page.button if button.label == "Run").click()
    page.run()
    assert page.session_state["source"] != before
    page.session_state["source"] = before  # as a step of the player that was still playing says
    page.run()
    mine = page.session_state["source"]
    assert mine == LIVE or (mine.startswith("your run") and mine != before)


def test_a_link_that_the_browser_sent_before_it_knew_of_the_run_is_mended():
    page = AppTest.from_string("import pages.decode as page\npage.render()\n", default_timeout=60)
    page.run()
    next(button for button in page.button if button.label == "Run").click()
    page.run()
    run = page.query_params["run"]
    workshop().jobs[run].over(60)
    del page.query_params["run"]  # as it was before Run was pressed
    page.run()
    assert page.query_params["run"] == run
    assert page.session_state["source"].startswith(f"your run {run[:4]}")


def test_a_choice_made_later_is_a_choice(monkeypatch):
    monkeypatch.setattr("specviz.ui.decode.late.KNOWN_AFTER", 0.0)
    page = AppTest.from_string("import pages.decode as page\npage.render()\n", default_timeout=60)
    page.query_params["run"] = decoding(4).id
    page.run()
    before = page.session_state["source"]
    next(button for button in page.button if button.label == "Run").click()
    page.run()
    time.sleep(0.01)
    page.session_state["source"] = before
    page.run()
    assert page.session_state["source"] == before


def test_a_run_shelved_by_a_drawing_that_was_broken_off_is_shown():
    page = AppTest.from_string(
        "import pages.decode as page, streamlit as st\n"
        "if st.query_params.pop('late', ''): st.session_state['source'] = page.LIVE\n"
        "page.render()\n",
        default_timeout=60,
    )
    page.query_params["run"] = decoding(4).id
    page.run()
    own = page.session_state["source"]
    page.query_params["late"] = "yes"  # the browser still tells of the run under way
    page.run()
    assert page.session_state["source"] == own
