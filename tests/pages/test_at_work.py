"""Who is at work: the numbers of a server in words, and its jobs without anybody's text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from specviz.records.server import JobAtWork, PairInMemory, ServerStatus
from specviz.ui.models.at_work import duration, jobs_now, memory, row, since_start

NOW = ServerStatus(
    running=1, waiting=40, finished=1234, failed=1, stopped=4, orphans=2, passes=56789, passes_per_second=6.54,
    tokens=999, wait_p50=None, wait_p95=4.04, kept_mb=1.5, spilled=7, resident_mb=901.0,
    pairs=(PairInMemory("fable/target", "x*[b](javascript:1)*", 11.9),), uptime=7500.0,
)  # fmt: skip


def panel() -> None:
    import streamlit as st

    from specviz.ui.models.at_work import at_work_panel

    status = st.session_state["status"]
    at_work_panel(lambda: status)


def shown(status: ServerStatus) -> AppTest:
    page = AppTest.from_function(panel, default_timeout=30)
    page.session_state["status"] = status
    return page.run()


def test_every_number_has_its_words_and_a_definition():
    for numbers in (jobs_now(NOW), since_start(NOW), memory(NOW)):
        for value, meaning in numbers.values():
            assert value
            assert meaning.endswith(".")
    assert jobs_now(NOW)["usual wait"][0] == "-"
    assert jobs_now(NOW)["long wait"][0] == "4.0 s"
    assert since_start(NOW)["finished"][0] == "1,234"
    assert memory(NOW)["memory"][0] == "901 MB"


def test_the_panel_shows_them():
    page = shown(NOW)
    assert not page.exception
    values = {metric.label: metric.value for metric in page.metric}
    assert values["at work"] == "1"
    assert values["up for"] == "2 h 5 min"
    assert any("Nobody is at work" in str(caption.value) for caption in page.caption)


def test_a_name_of_a_model_is_letters_only():
    assert "[b](javascript" not in memory(NOW)["pairs"][1]


def test_the_table_is_of_those_at_work_and_stays_small():
    jobs = (JobAtWork("Run", "Working", 0, 12.4, 30), *(JobAtWork("Run", "Waiting", n, 3.0, 0) for n in range(1, 41)))
    page = shown(replace(NOW, at_work=jobs))
    table = page.dataframe[0].value
    assert len(table) == 30
    assert list(table.iloc[0]) == ["Run", "Working", "at work", "12 s", 30]
    assert any("and 11 more in the queue" in str(caption.value) for caption in page.caption)


def test_a_row_holds_nothing_that_a_visitor_wrote():
    assert set(row(JobAtWork("Run", "Working", 3, 1.0, 0))) == {"job", "stage", "place", "since", "passes"}
    assert row(JobAtWork("Run", "Working", 3, 1.0, 0))["place"] == "3"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0 s"), (59.9, "59 s"), (60.0, "1 min 0 s"), (3599.0, "59 min 59 s"), (8040.0, "2 h 14 min"),
     (86400.0 * 3 + 4 * 3600 + 59, "3 d 4 h")],
)  # fmt: skip
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_the_tab_of_the_models_page_reads_the_scheduler_of_this_server():
    page = AppTest.from_string("import pages.models as page\npage.render()\n", default_timeout=60)
    page.query_params["models_part"] = "Who is at work"
    page.run()
    assert not page.exception
    assert {"at work", "waiting", "passes per second"} <= {metric.label for metric in page.metric}
