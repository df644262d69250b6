"""What if and the run's figures: every control answers, odd runs are met with a sentence, links restore the panel."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from specviz.records import DecodeTrace
from specviz.records.store import load_trace

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

SCRIPT = """
import streamlit as st
from specviz.ui.decode.{module} import {panel}
{panel}(st.session_state["trace"], {chosen})
"""
FIGURES = ("Guesses kept", "Along the text", "Tokens per pass", "Time", "Chances")


def recorded(name: str) -> DecodeTrace:
    return load_trace(ROOT / "assets" / "traces" / f"{name}.json.gz")


def show(module: str, trace: DecodeTrace, chosen: object = None, **query: str) -> AppTest:
    panel = {"whatif": "whatif_panel", "panels": "run_panels"}[module]
    page = AppTest.from_string(SCRIPT.format(module=module, panel=panel, chosen=repr(chosen)), default_timeout=60)
    page.session_state["trace"] = trace
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    return checked(page)


def checked(page: AppTest) -> AppTest:
    assert [str(e.value) for e in (*page.exception, *page.error)] == []
    return page


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_unchanged_settings_show_the_recorded_numbers():
    trace = recorded("story")
    page = show("whatif", trace, {"iteration": 3, "node": None})
    item = trace.iterations[3]
    shown = metrics(page)
    assert (shown["drafted"], shown["accepted"]) == (str(item.tree.size), str(item.verdict.accepted))
    assert shown["emitted"] == str(len(item.emitted))
    assert any("nothing changes" in text.value for text in page.markdown)


def test_a_smaller_p_takes_the_guess_away_and_says_so():
    page = show("whatif", recorded("story"), {"iteration": 0, "node": None})
    before = int(metrics(page)["accepted"])
    checked(page.select_slider(key="whatif_P").set_value(8).run())
    assert metrics(page)["drafted"] == "8"
    assert int(metrics(page)["accepted"]) < before
    assert any("would not have been guessed" in text.value for text in page.markdown)


def test_the_link_restores_the_question():
    page = show("whatif", recorded("code"), {"iteration": 3}, whatif_P="8", whatif_k="2", whatif_rule="K-SEQ")
    assert page.select_slider(key="whatif_P").value == 8
    assert page.number_input(key="whatif_k").value == 2
    assert page.selectbox(key="whatif_rule").value == "K-SEQ"


def test_what_is_not_stored_is_said_and_the_ladder_stays():
    page = show("whatif", recorded("story"), {"iteration": 2}, whatif_P="64")
    assert "The stored rows do not tell" in page.warning[0].value
    assert "press Run" in page.warning[0].value
    ladder = page.dataframe[0].value.iloc[0].to_dict()
    assert ladder["P = 64"] == "open"
    assert ladder["P = 32"] != "open"


@pytest.mark.parametrize("name", ["story", "sum", "code"])
def test_every_rule_that_fits_answers_or_says_why_not(name):
    page = show("whatif", recorded(name), {"iteration": 1})
    rules = page.selectbox(key="whatif_rule").options
    assert len(rules) >= 2
    for rule in rules:
        checked(page.selectbox(key="whatif_rule").set_value(rule).run())
        assert page.metric or "The stored rows do not tell" in page.warning[0].value


def test_another_run_starts_from_its_own_settings():
    page = show("whatif", recorded("story"), {"iteration": 0}, whatif_P="8")
    page.session_state["trace"] = recorded("sum")
    checked(page.run())
    assert page.select_slider(key="whatif_P").value == 16
    assert page.number_input(key="whatif_depth").value == 6
    assert not page.warning


@pytest.mark.parametrize("chosen", [None, {}, {"iteration": None}, {"iteration": 10_000}, {"iteration": -3}])
def test_any_choice_in_the_player_is_met(chosen):
    assert metrics(show("whatif", recorded("sum"), chosen))


@pytest.mark.parametrize(
    "query", [{"whatif_P": "-1"}, {"whatif_P": "x"}, {"whatif_k": "999"}, {"whatif_depth": ""}, {"whatif_rule": "<b>"}]
)
def test_a_hostile_link_changes_nothing(query):
    assert metrics(show("whatif", recorded("story"), {"iteration": 0}, **query))["drafted"] == "32"


def test_token_text_is_never_markup():
    trace = recorded("story")
    texts = dict.fromkeys(trace.texts, "**bold** <b> $x$ [a](http://b)")
    page = show("whatif", replace(trace, texts=texts), {"iteration": 0}, whatif_P="8")
    told = next(text.value for text in page.markdown if "would have been lost" in text.value)
    assert "**bold**" not in told
    assert "<b>" not in told
    assert r"\<b\>" in told


@pytest.mark.parametrize("module", ["whatif", "panels"])
def test_a_run_without_a_pass_gets_a_sentence(module):
    page = show(module, replace(recorded("story"), iterations=()), "x" if module == "panels" else None)
    assert "no pass yet" in page.info[0].value


def test_a_method_from_elsewhere_gets_a_sentence():
    trace = recorded("story")
    page = show("whatif", replace(trace, settings=replace(trace.settings, drafter="someone_elses")))
    assert "someone" in page.info[0].value


@pytest.mark.parametrize("name", ["story", "sum", "code"])
@pytest.mark.parametrize("part", FIGURES)
def test_every_figure_opens(name, part):
    page = show("panels", recorded(name), f"your run <{name}>", decode_run_part=part)
    assert page.get("plotly_chart") or (name == "sum" and "no chance of their own" in page.info[0].value)


@pytest.mark.parametrize("part", FIGURES)
def test_a_run_of_one_pass_has_its_figures(part):
    trace = recorded("story")
    one = replace(trace, iterations=trace.iterations[:1])
    assert show("panels", one, "one", decode_run_part=part).get("plotly_chart")
