"""The Compare page: recorded comparisons, a live one, and the losslessness check, without a browser."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(Path(__file__).parents[2]))

from specviz.engine.compare.comparison import Method
from specviz.records.comparison import load_comparison
from specviz.ui.compare.shown import CASES, FOLDER, MINE, cases
from specviz.ui.jobs import workshop

PARTS = ("One clock", "Paired differences", "Losslessness check")
SMALL = {"compare_n": "2", "tokens": "8", "compare_seeds": "2", "compare_shown": MINE}


def open_page(**query: str) -> AppTest:
    """The page by itself, as app.py would render it."""
    page = AppTest.from_string("import pages.compare as page\npage.render()\n", default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def clean(page) -> None:
    assert [str(e.value) for e in (*page.exception, *page.error)] == []


def until_done(page, name: str):
    """The page again and again until its job is over, as the timer of a browser would ask for it."""
    number = page.session_state[name]
    deadline = time.monotonic() + 120
    while workshop().jobs[number].active and time.monotonic() < deadline:
        time.sleep(0.05)
    page.run()
    clean(page)


def infos(page) -> str:
    return " ".join(str(info.value) for info in page.info)


@pytest.mark.parametrize("name", CASES)
def test_each_case_was_recorded_with_the_controls_that_it_sets(name):
    """Run all after a case repeats its recording: methods, sizes, prompt, seed and seeds."""
    label, methods = CASES[name]
    record = load_comparison(FOLDER / name.replace(" ", "_").replace(",", ""))
    page = open_page(**{key: str(value) for key, value in cases()[label].items()})
    clean(page)
    assert page.session_state["compare_shown"] == name
    for text, trace in zip(methods, record.lanes[1:], strict=True):
        s, method = trace.settings, Method.parse(text)
        drafter = s.drafter
        assert (drafter, s.capacity, s.drafts) == (method.drafter, method.capacity, method.drafts)
        assert s.verifier in (method.verifier, f"{method.verifier}(epsilon=0.1)")
    first = record.lanes[1]
    assert (first.settings.temperature, first.settings.seed, first.settings.max_new_tokens) == (0.7, 16, 64)
    assert page.code[0].value == first.prompt
    assert len(record.units[0]) == cases()[label]["compare_seeds"]
    assert record.lanes[0].settings.capacity == 0


def test_lanes_of_the_recorded_comparison_have_a_table_twin():
    page = open_page()
    clean(page)
    rows = next(d.value for d in page.dataframe if "tokens per pass" in d.value)
    assert rows["lane"].tolist() == ["Plain", "A", "B", "C"]
    assert (rows["tokens per pass, low"] <= rows["tokens per pass"]).all()
    passes = next(d.value for d in page.dataframe if "drafted" in d.value)
    assert passes["written"].sum() == 4 * 64


def test_the_reference_can_be_another_lane():
    page = open_page(compare_part="Paired differences", compare_against="Plain")
    clean(page)
    rows = next(d.value for d in page.dataframe if "verdict" in d.value)
    assert set(rows["minus"]) == {"Plain"}
    assert (rows["verdict"] == "better").any()
    assert set(rows["runs"]) == {8}


def test_only_verifiers_that_fit_are_offered_and_a_wrong_one_is_replaced():
    page = open_page(compare_a_drafter="Chain", compare_a_verifier="Block verification")
    assert page.selectbox(key="compare_a_verifier").value == "Block verification"
    page.selectbox(key="compare_a_drafter").set_value("Best first").run()
    clean(page)
    offered = page.selectbox(key="compare_a_verifier")
    assert "Block verification" not in offered.options
    assert offered.value in offered.options


def test_an_own_comparison_runs_and_its_lane_goes_to_the_shelf():
    page = open_page(**SMALL)
    assert "press Run all" in infos(page)
    next(b for b in page.button if b.label == "Run all").click().run()
    until_done(page, "compare_job")
    rows = next(d.value for d in page.dataframe if "tokens per pass" in d.value)
    assert rows["lane"].tolist() == ["Plain", "A", "B"]
    assert rows["runs"].tolist() == [2, 2, 2]
    page.button(key="compare_open_1").click().run()
    clean(page)
    (name,) = page.session_state["shelf"]
    assert name.startswith("A: Chain")
    assert page.session_state["source"] == name


def test_one_seed_has_no_paired_difference_and_says_what_to_do():
    page = open_page(**SMALL | {"compare_seeds": "1", "compare_part": "Paired differences"})
    next(b for b in page.button if b.label == "Run all").click().run()
    until_done(page, "compare_job")
    assert "at least two seeds" in infos(page)


def test_an_empty_prompt_is_one_sentence():
    page = open_page(prompt="your own")
    clean(page)
    assert any("prompt is empty" in str(c.value) for c in page.caption)
    next(b for b in page.button if b.label == "Run all").click().run()
    assert any("prompt is empty" in str(e.value) for e in page.error)


def test_recorded_checks_say_what_they_should():
    page = open_page(compare_part="Losslessness check")
    clean(page)
    assert "no sign of a deviation" in str(page.success[0].value)
    page = open_page(compare_part="Losslessness check", compare_check="wrong: replaced from p")
    assert "caught" in str(page.warning[0].value)
    rows = next(d.value for d in page.dataframe if "came" in d.value)
    assert rows["came"].sum() == 2000


def test_a_check_drawn_now_catches_the_bug():
    query = {"compare_check": "draw now", "compare_check_N": "500", "T": "1.0", "compare_check_depth": "1"}
    query["compare_check_method"] = "wrong on purpose: every guess kept"
    page = open_page(compare_part="Losslessness check", **query)
    assert "press Draw" in infos(page)
    next(b for b in page.button if b.label == "Draw").click().run()
    until_done(page, "compare_check_job")
    assert "caught" in str(page.warning[0].value)


@pytest.mark.parametrize("part", PARTS)
def test_a_hostile_link_changes_nothing(part):
    keys = ("n", "a_drafter", "a_verifier", "a_P", "a_k", "shown", "against", "clock", "seeds", "check", "check_N")
    hostile = {f"compare_{key}": "<img src=x onerror=alert(1)>" for key in keys}
    clean(open_page(compare_part=part, **hostile))
