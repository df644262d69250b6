"""A visitor's own run goes on the shelf once: what was deleted there does not come back with the next click."""

from __future__ import annotations

import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import pages.decode
from specviz.engine.jobs import RunJob
from specviz.records import RunSettings
from specviz.ui.decode.shown import LIVE, SHOWN, chosen_by_visitor
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
    assert shown(page).startswith("your run")
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
    assert shown(page).startswith("your run")


def decoding(tokens: int) -> RunJob:
    """A run that is over."""
    job = workshop().start(RunJob.of(RunSettings(capacity=2, max_new_tokens=tokens), "Once upon a time"))
    assert job.over(60)
    return job


def opened(**query: str) -> AppTest:
    page = AppTest.from_string("import pages.decode as page\npage.render()\n", default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def shown(page: AppTest) -> str:
    """What the control says is what the page shows."""
    (control,) = (box for box in page.selectbox if box.label == "Shown run")
    assert control.value == page.session_state["source"]
    return control.value


def test_a_late_choice_and_a_late_link_do_not_hide_the_run_that_has_begun():
    first = decoding(4)
    page = opened(run=first.id)
    before, turn = shown(page), page.session_state["source_turn"]
    next(button for button in page.button if button.label == "Run").click().run()
    own = f"your run {page.query_params['run'][:4]}"
    assert shown(page) == LIVE or shown(page).startswith(own)
    # As a step of the player says that was still playing: the link and the control of the page before.
    page.query_params["run"] = first.id
    page.session_state[f"source_{turn}"] = before
    page.run()
    assert shown(page) == LIVE or shown(page).startswith(own)
    assert page.query_params["run"] != first.id


def test_a_late_word_of_a_control_that_is_gone_changes_nothing():
    st.session_state.clear()
    st.session_state[SHOWN] = "code"
    chosen_by_visitor()
    assert st.session_state[SHOWN] == "code"
    st.session_state.clear()


def test_a_choice_of_the_visitor_is_kept_and_stands_in_the_link():
    page = opened(run=decoding(4).id)
    (control,) = (box for box in page.selectbox if box.label == "Shown run")
    control.select("code").run()
    assert shown(page) == "code"
    assert page.query_params["source"] == "code"
    page.run()
    assert shown(page) == "code"


@pytest.mark.parametrize(
    ("linked", "expected"), [("code", "code"), ("your run that is lost", "your run"), ("", "your")]
)
def test_a_link_decides_what_a_newcomer_sees(linked, expected):
    page = opened(run=decoding(4).id, source=linked)
    assert shown(page).startswith(expected)
