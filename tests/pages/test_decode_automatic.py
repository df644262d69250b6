"""P and depth by hand or automatic: the choice is in the link, greys what it replaces, and is told with the run."""

from __future__ import annotations

import re
import time

from streamlit.testing.v1 import AppTest

from specviz.ui.jobs import workshop


def open_page(**query: str) -> AppTest:
    page = AppTest.from_string("import pages.decode as page\npage.render()\n", default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def job_in(page: AppTest) -> str:
    """The run that the link names."""
    found = page.query_params["run"]
    return found if isinstance(found, str) else found[0]


def test_by_hand_is_the_start_and_the_sliders_are_live():
    page = open_page()
    assert page.session_state["sizes"] == "by hand"
    assert not page.select_slider(key="P").disabled
    assert not page.number_input(key="depth").disabled


def test_automatic_is_in_the_link_and_keeps_what_was_set_by_hand():
    page = open_page(sizes="automatic", P="16", depth="3")
    assert not page.exception
    assert page.session_state["sizes"] == "automatic"
    assert page.select_slider(key="P").disabled
    assert page.number_input(key="depth").disabled
    assert (page.select_slider(key="P").value, page.number_input(key="depth").value) == (16, 3)


def test_an_automatic_run_says_what_was_chosen_and_how_fast_it_was():
    page = open_page(sizes="automatic", tokens="24", drafter="Chain", verifier="Token by token")
    next(button for button in page.button if button.label == "Run").click().run()
    job = workshop().jobs[job_in(page)]
    deadline = time.monotonic() + 60
    while job.active and time.monotonic() < deadline:
        time.sleep(0.05)
    page.run()
    assert not page.exception
    note = page.session_state["shelf"][page.session_state["source"]].note
    assert re.match(r"Chosen automatically: .+; \d+ tokens per second predicted, \d+ measured", note)
    assert note in [str(text.value) for text in page.text]
    assert "tokens per second" in {metric.label for metric in page.metric}
