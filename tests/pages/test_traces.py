"""The Traces page: gallery, shelf, files from strangers, comparison, and the link that replays a run bit for bit."""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from specviz.engine.decode import Run, finish
from specviz.models.pair import load_pair
from specviz.records import RunSettings, Seconds
from specviz.records.replay import first_difference, same_run
from specviz.records.store import load_trace, trace_bytes
from specviz.ui.tables import safe_csv
from specviz.ui.traces.check import verdict
from specviz.ui.traces.compare import number_rows
from specviz.ui.traces.gallery import Entry, escaped, method_title
from specviz.ui.traces.link import link_query

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
TRACES = {p.name.partition(".")[0]: p for p in sorted((ROOT / "assets" / "traces").glob("*.json.gz"))}
EVIL = "<img src=x onerror=alert(1)> **b** :red[x] $y$ [z](http://w)"


def open_page(shelf: dict | None = None, **query: str) -> AppTest:
    page = AppTest.from_string("import pages.traces as page\npage.render()\n", default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    if shelf is not None:
        page.session_state["shelf"] = shelf
    return page.run()


def assert_clean(page: AppTest) -> None:
    assert [str(e.value) for e in page.exception] == []
    assert [str(e.value) for e in page.error] == []


def words(page: AppTest) -> str:
    kinds = ("markdown", "caption", "text", "warning", "success", "info")
    return " ".join(str(part.value) for kind in kinds for part in page.get(kind))


def story():
    return load_trace(TRACES["story"])


def test_recorded_runs_have_cards_and_one_can_be_chosen():
    page = open_page()
    assert_clean(page)
    assert page.selectbox(key="traces_run").options == ["story", "code", "sum"]
    assert f"{story().block_efficiency:.2f}" in words(page)
    page.button(key="traces_choose_1").click().run()
    assert_clean(page)
    assert page.selectbox(key="traces_run").value == "code"
    assert page.button(key="traces_choose_1").disabled
    assert len(page.get("download_button")) >= 7


@pytest.mark.parametrize("part", ["Files", "Compare", "Check", "Fields"])
@pytest.mark.parametrize("run", TRACES)
def test_each_section_of_each_run_opens_by_its_link(part, run):
    page = open_page(traces_run=run, traces_part=part)
    assert_clean(page)
    assert page.selectbox(key="traces_run").value == run
    if part in ("Files", "Compare"):
        assert all(chart.proto.alt for chart in page.get("plotly_chart"))


def test_the_visitors_runs_can_be_renamed_deleted_and_brought_back():
    page = open_page({"first": story(), "second": load_trace(TRACES["sum"])})
    assert_clean(page)
    page.text_input(key="traces_name_3_first").set_value("story").run()  # the name of a recorded run is taken
    page.button(key="traces_rename_3").click().run()
    assert list(page.session_state["shelf"]) == ["story (2)", "second"]
    assert page.selectbox(key="traces_run").value == "story (2)"
    page.button(key="traces_delete_3").click().run()
    assert list(page.session_state["shelf"]) == ["second"]
    assert page.selectbox(key="traces_run").value in page.selectbox(key="traces_run").options
    page.button(key="traces_undo").click().run()
    assert list(page.session_state["shelf"]) == ["story (2)", "second"]
    assert_clean(page)


RECEIVE = """
from types import SimpleNamespace as File
import streamlit as st
from specviz.ui.traces.gallery import receive
from specviz.ui.shelf import shelf
st.session_state["said"] = [
    receive(File(name=name, size=len(data), getvalue=lambda data=data: data))
    for name, data in st.session_state["files"]
]
st.session_state["names"] = list(shelf())
"""


def test_good_files_are_kept_and_each_bad_one_gets_its_sentence():
    good = TRACES["sum"].read_bytes()
    older = json.loads(gzip.decompress(good)) | {"schema": 999}
    files = [
        ("mine.json.gz", good), ("empty.json", b""), ("mine.json.gz", good), ("new.json", json.dumps(older).encode()),
        ("half.json.gz", good[:9000]), ("large.json", b" " * (33 << 20)), ("\u202e\n.json.gz", good),
        ("story.gz", good),
    ]  # fmt: skip
    page = AppTest.from_string(RECEIVE, default_timeout=60)
    page.session_state["files"] = files
    page.run()
    said = page.session_state["said"]
    assert [bool(text) for text in said] == [False, True, False, True, True, True, False, False]
    assert "newer" in said[3]
    assert "larger than 32 MB" in said[5]
    assert all(
        text.endswith("Nothing else was changed.") or "nothing else was changed." in text for text in said if text
    )
    assert page.session_state["names"] == ["mine", "mine (2)", "<0x202E>", "story (2)"]


def test_a_run_whose_every_word_is_hostile_is_shown_as_letters():
    trace = story()
    evil = replace(
        trace, prompt=EVIL, text=EVIL, texts=dict.fromkeys(trace.texts, EVIL), note=EVIL,
        settings=replace(trace.settings, drafter=EVIL, verifier=EVIL, target=EVIL),
        provenance=replace(trace.provenance, target=EVIL, versions=((EVIL, EVIL),)),
    )  # fmt: skip
    for part in ("Files", "Compare", "Check"):
        page = open_page({EVIL: evil}, traces_run=EVIL, traces_part=part)
        assert_clean(page)
        assert page.selectbox(key="traces_run").value == EVIL
        spoken = [str(piece.value) for kind in ("markdown", "caption") for piece in page.get(kind)]
        assert not any("**b**" in text or ":red[" in text or "](http" in text for text in spoken)
    assert escaped(":red[x]") == "\\:\u2060red\\[x\\]"
    assert "(not known here)" in method_title("magic", "token")


def test_two_runs_are_set_side_by_side():
    one = Entry("story", story(), True, 1)
    other = Entry("sum", load_trace(TRACES["sum"]), True, 1)
    rows = {row["number"]: row for row in number_rows(one, other)}
    assert rows["tokens"]["story"] == 96
    assert rows["tokens per pass"]["difference"] == pytest.approx(
        other.trace.block_efficiency - one.trace.block_efficiency, abs=1e-3
    )
    page = open_page({"again": replace(story())}, traces_run="story", traces_part="Compare", traces_with="again")
    assert "They are the same run, digit by digit." in words(page)
    seeded = replace(story(), settings=replace(story().settings, seed=8), iterations=story().iterations[:4])
    page = open_page({"short": seeded}, traces_run="story", traces_part="Compare", traces_with="short")
    assert "Settings that differ: seed (7 / 8)." in words(page)
    assert "agree on all" in words(page)
    assert "too few for an interval" in words(page)


def test_the_sentence_of_a_check():
    trace = story()
    assert verdict(trace, trace)[0]
    passes = len(trace.iterations)
    assert f"Identical: all {passes} trees" in verdict(trace, trace)[1]
    items = list(trace.iterations)
    items[7] = replace(items[7], emitted=(*items[7].emitted[:-1], 5))
    same, text = verdict(trace, replace(trace, iterations=tuple(items)))
    assert not same
    assert text.startswith(f"In pass 8 of {passes} they part: another token was written.")


CONTROLS = """
import streamlit as st
from specviz.ui.controls import settings_controls
st.session_state["found"] = settings_controls()
"""


def opened(trace) -> tuple[RunSettings, str]:
    """Settings and prompt that the Decode page's controls read from the link of a run."""
    page = AppTest.from_string(CONTROLS, default_timeout=60)
    for key, value in link_query(trace).items():
        page.query_params[key] = str(value)
    page.run()
    found = page.session_state["found"]
    assert found.reason == ""
    return found.settings, found.prompt


def test_a_link_gives_back_every_setting():
    trace = story()
    assert opened(trace) == (trace.settings, trace.prompt)
    special = replace(trace.settings, drafter="chain", verifier="relaxed(epsilon=0.2)", capacity=8, seed=123, depth=5)
    assert opened(replace(trace, settings=special))[0] == special
    for chat in (False, True):
        asked = replace(special, target="Qwen/Qwen3-1.7B", draft="Qwen/Qwen3-0.6B", chat=chat)
        assert opened(replace(trace, settings=asked))[0] == asked


def test_the_chat_message_is_offered_only_with_a_template():
    page = AppTest.from_string(CONTROLS, default_timeout=60).run()
    assert not page.checkbox
    page.selectbox(key="pair").set_value("Pythia 410M with 70M").run()
    assert not page.checkbox
    page.selectbox(key="pair").set_value("Qwen3 1.7B with 0.6B").run()
    assert page.checkbox(key="chat").value
    assert page.session_state["found"].settings.chat
    page.checkbox(key="chat").uncheck().run()
    assert not page.session_state["found"].settings.chat
    page.select_slider(key="P").set_value(16).run()
    assert not page.session_state["found"].settings.chat


def test_a_link_made_before_chat_messages_is_no_chat_message():
    page = AppTest.from_string(CONTROLS, default_timeout=60)
    for key, value in {"pair": "Qwen3 1.7B with 0.6B", "P": "16", "T": "0.5"}.items():
        page.query_params[key] = value
    page.run()
    assert not page.session_state["found"].settings.chat
    page.checkbox(key="chat").check().run()
    assert page.session_state["found"].settings.chat


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"capacity": 33}, "P = 33"), ({"top_k": 5}, "top-k"), ({"target": "elsewhere"}, "models"), ({}, "preset")],
)
def test_what_no_control_can_say_has_no_link(change, reason):
    trace = replace(story(), settings=replace(story().settings, **change))
    trace = trace if change else replace(trace, prompt="my own words")
    with pytest.raises(ValueError, match=reason):
        link_query(trace)


def without_seconds(trace):
    items = tuple(replace(item, seconds=Seconds(0.0, 0.0, 0.0)) for item in trace.iterations)
    return replace(trace, iterations=items)


def test_a_link_replays_a_run_bit_for_bit():
    """Twice from the link's settings: equal bytes; and the recorded run, as far as another machine's digits allow."""
    recorded = story()
    settings, prompt = opened(recorded)
    pair = load_pair(settings.target, settings.draft)
    one, two = (finish(Run(pair, settings, prompt)) for _ in range(2))
    assert same_run(one, two)
    assert trace_bytes(without_seconds(one)) == trace_bytes(without_seconds(two))
    found = first_difference(recorded, one)
    assert found is None or found.part == "numbers"


def test_no_cell_of_a_csv_is_a_formula():
    frame = pd.DataFrame({"=cmd": ["=1+1", " ok", "-2", "a\nb"], "x": [-1.5, 2.0, 3.0, 4.0]})
    lines = safe_csv(frame).decode().splitlines()
    assert lines[0] == "'=cmd,x"
    assert lines[1:] == ["'=1+1,-1.5", " ok,2.0", "'-2,3.0", r"a\nb,4.0"]
