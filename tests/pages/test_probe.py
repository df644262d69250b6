"""The Probe page: its controls colour the same reading, bad input is one sentence, and its jobs end on the page."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from specviz.engine.probe.prompts import MAX_BYTES
from specviz.engine.scheduling import Stage
from specviz.presets import PRESETS
from specviz.records.advice_store import load_advice
from specviz.records.reading_store import load_reading
from specviz.ui.jobs import workshop
from specviz.ui.probe.advice import _verdict, decode_query

FOLDER = Path(__file__).parents[2] / "assets" / "probe"


def page(**query: str | list[str]) -> AppTest:
    opened = AppTest.from_string("import pages.probe as page\npage.render()\n", default_timeout=60)
    for key, value in query.items():
        opened.query_params[key] = value
    opened.run()
    clean(opened)
    return opened


def clean(opened: AppTest) -> None:
    assert [str(e.value) for e in opened.exception] == []


def heat(opened: AppTest) -> dict:
    return json.loads(next(e for e in opened.get("bidi_component") if "tokens" in e.proto.json).proto.json)


def words(opened: AppTest) -> str:
    kinds = ("info", "warning", "success", "error", "caption", "markdown", "html")
    return " ".join(str(getattr(e, "value", "") or getattr(e.proto, "body", "")) for k in kinds for e in opened.get(k))


def finish(opened: AppTest, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while any(job.active for job in workshop().jobs.values()) and time.monotonic() < end:
        time.sleep(0.05)
    opened.run()
    clean(opened)


def press(opened: AppTest, label: str) -> None:
    next(button for button in opened.button if button.label == label).click().run()
    clean(opened)


def test_it_opens_on_the_recorded_story():
    opened = page()
    reading = load_reading(FOLDER / "reading_story.json.gz")
    data = heat(opened)
    assert len(data["tokens"]) == reading.places
    assert data["measure"] == "acceptance rate"
    assert len(data["spans"][0]["items"]) == 5
    assert {m.label for m in opened.metric} >= {"acceptance rate", "tokens read"}
    assert opened.get("plotly_chart")[0].proto.alt


def test_the_link_chooses_text_measure_thresholds_and_temperature():
    opened = page(probe_source="recorded: code", probe_measure="rank", probe_cut_rank=["2", "10"], probe_T="1.0")
    data = heat(opened)
    assert data["measure"] == "rank"
    for token in data["tokens"]:
        rank = token["c"]["r"]
        assert token["k"] == ("good" if rank <= 2 else "middle" if rank <= 10 else "poor")


def test_outcomes_are_those_of_the_run():
    data = heat(page(probe_measure="outcome"))
    reading = load_reading(FOLDER / "reading_story.json.gz")
    assert [t["k"] for t in data["tokens"]] == [name or "given" for name in reading.outcomes[1:]]


def test_a_text_of_ones_own_is_read():
    opened = page(probe_source="a text of mine")
    assert "press Read" in words(opened)
    next(b for b in opened.button if b.label == "Read").click().run()
    assert len(opened.error) == 1
    opened.text_area(key="probe_text").set_value("The <b>cat</b> sat\n<script>alert(1)</script> on the mat.").run()
    press(opened, "Read")
    finish(opened)
    shown = "".join(token["t"] for token in heat(opened)["tokens"]).replace("\u2423", " ")
    assert "<script>alert(1)</script>" in shown
    opened.selectbox(key="probe_measure").set_value("outcome").run()
    assert "no guess was made" in words(opened)


def test_the_pair_writes_on_and_the_run_is_kept():
    opened = page(probe_source="a text of mine", probe_write="12", probe_measure="outcome")
    opened.text_area(key="probe_text").set_value("Once upon a time").run()
    press(opened, "Read")
    finish(opened)
    kinds = [token["k"] for token in heat(opened)["tokens"]]
    assert sum(kind != "given" for kind in kinds) == 12
    assert list(opened.session_state["shelf"]) == ["probe"]
    opened.run()
    assert list(opened.session_state["shelf"]) == ["probe"]
    opened.selectbox(key="probe_source").set_value("my latest run").run()
    next(b for b in opened.button if b.label == "Read").click().run()
    assert len(opened.error) == 0


def test_without_a_run_there_is_a_way_to_one():
    opened = page(probe_source="my latest run")
    assert "Decode page first" in words(opened)
    next(b for b in opened.button if b.label == "Read").click().run()
    assert "Decode page first" in str(opened.error[0].value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"\x00\x01\x02", "binary"), (b"\xff\x80", "not text in UTF-8"), (b"x" * (MAX_BYTES + 1), "at most 1 MB"),
     (b"", "empty")],
)  # fmt: skip
def test_a_bad_file_is_one_sentence(data, sentence):
    opened = page(probe_source="a text of mine")
    opened.file_uploader(key="probe_file").set_value(("a.txt", data, "text/plain")).run()
    clean(opened)
    assert sentence in words(opened)
    next(b for b in opened.button if b.label == "Read").click().run()
    assert sentence in str(opened.error[0].value).replace("\\", "")  # Markdown signs are escaped


def test_kinds_are_compared_on_recorded_prompts():
    opened = page(probe_part="Many prompts")
    assert "gains least" in words(opened)
    chart = json.loads(opened.get("plotly_chart")[0].proto.spec)
    assert {trace["type"] for trace in chart["data"]} == {"scatter"}
    assert len(chart["data"]) == 4
    frame = opened.dataframe[1].value if len(opened.dataframe) > 2 else opened.dataframe[0].value
    assert set(frame["kind"]) == set(PRESETS)


def test_prompts_of_ones_own_are_run_and_bad_lines_named():
    link = {"drafter": "Chain", "verifier": "Standard rule, token by token", "P": "2", "tokens": "8"}
    opened = page(probe_part="Many prompts", probe_prompts_from="prompts of mine", **link)
    lines = ['{"category": "<b>x</b>", "turns": ["Once"]}', "{broken", '{"category": "y", "prompt": "One \\ud800 day"}']
    opened.text_area(key="probe_prompts").set_value("\n".join(lines)).run()
    assert "Line 2 is not JSON" in words(opened)
    assert "2 prompts of 2 kinds" in words(opened)
    press(opened, "Run them")
    finish(opened)
    said = words(opened)
    assert "gains least" in said
    assert "<b>x" not in said.replace("<b>story", "")


def test_an_uploaded_file_of_prompts_is_read():
    opened = page(probe_part="Many prompts", probe_prompts_from="prompts of mine")
    data = b'{"question_id": 1, "category": "writing", "turns": ["a", "b"]}\n[1]\n'
    opened.file_uploader(key="probe_prompts_file").set_value(("q.jsonl", data, "text/plain")).run()
    clean(opened)
    assert "1 prompts of 1 kinds" in words(opened)
    assert "No prompt" not in words(opened)


def test_recorded_advice_leads_to_the_decode_page():
    opened = page(probe_part="Advice")
    advice = load_advice(FOLDER / "advice.json.gz")
    said = words(opened)
    assert f"predicted {advice.gain(advice.best):.2f} times" in said or "Nothing that was tried" in said
    assert {m.label for m in opened.metric} >= {"predicted speed-up", "measured speed-up", "cost ratio"}
    assert len(opened.get("plotly_chart")) == 2


def test_advice_for_a_chat_model_is_for_the_text_that_decode_runs(monkeypatch):
    """The message is offered, it is in the settings of the job, and the door to Decode carries it."""
    opened = page(probe_part="Advice", probe_advice_for="a prompt, measured now")
    assert not opened.checkbox
    opened.selectbox(key="pair").set_value("Qwen3 1.7B with 0.6B").run()
    clean(opened)
    assert opened.checkbox(key="chat").value
    made = []

    def start(job):
        made.append(job)
        workshop().jobs[job.id] = job
        job.stage = Stage.DONE
        return job

    monkeypatch.setattr(workshop(), "start", start)
    press(opened, "Measure")
    assert made[0].settings.chat
    advice = load_advice(FOLDER / "advice.json.gz")
    assert "chat" not in decode_query(advice)
    assert decode_query(advice)["pair"] == "Embedded pair, distilled draft"
    for chat in (False, True):
        asked = replace(advice.settings, target="Qwen/Qwen3-1.7B", draft="Qwen/Qwen3-0.6B", chat=chat)
        assert decode_query(replace(advice, settings=asked))["chat"] == str(chat).lower()


def test_advice_is_measured_stopped_and_kept():
    opened = page(probe_part="Advice", probe_advice_for="a prompt, measured now", probe_advice_tokens="16")
    assert "press Measure" in words(opened)
    press(opened, "Measure")
    job = next(reversed(workshop().jobs.values()))
    end = time.monotonic() + 60
    while job.active and job.advice() is None and time.monotonic() < end:
        time.sleep(0.02)
    job.stop()
    finish(opened)
    assert "it was not run to check" in words(opened) or "Nothing that was tried" in words(opened)


def test_what_the_verdict_says_follows_from_the_numbers():
    from specviz.theory import Estimate

    advice = load_advice(FOLDER / "advice.json.gz")
    fast = replace(advice, plain_seconds=1.0)
    assert _verdict(fast, Estimate(1.4, 1.2, 1.6, 0.95, 8))[0].startswith("Use **")
    assert _verdict(fast, Estimate(1.1, 0.9, 1.3, 0.95, 8))[0].startswith("Perhaps.")
    assert _verdict(fast, Estimate(0.8, 0.7, 0.9, 0.95, 8))[0].startswith("Do not draft here.")
    said, good = _verdict(replace(advice, plain_seconds=1e-6), None)
    assert said.startswith("Nothing that was tried beats plain decoding")
    assert not good
