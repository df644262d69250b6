"""Events: one line each, nothing secret in them, nothing that breaks a line."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specviz import logs
from specviz.logs import LONGEST, as_json, as_text, event, visitor
from specviz.policy import policy

ROOT = Path(__file__).parents[1]
WHEN = "2026-01-02T03:04:05.678Z"
HOSTILE = st.text(st.characters(exclude_categories=()), max_size=400)


@pytest.fixture
def wanted(monkeypatch):
    """Set the form of the log, and forget it afterwards."""

    def want(form: str) -> None:
        monkeypatch.setenv("SPECVIZ_LOG", form)
        policy.cache_clear()
        logs._logger.cache_clear()

    yield want
    monkeypatch.undo()
    policy.cache_clear()
    logs._logger.cache_clear()


def test_text_is_one_line_of_names_and_values(wanted, capsys):
    wanted("text")
    event("job ended", id="a1", outcome="failed", seconds=1.23456, error="It broke\noff.", trouble=None)
    line = capsys.readouterr().err
    assert line.endswith('Z job ended id=a1 outcome=failed seconds=1.235 error="It broke\\noff."\n')


def test_json_is_one_object_with_numbers_as_numbers(wanted, capsys):
    wanted("json")
    event("pair loaded", name="fable", seconds=0.5, mb=11, again=False)
    found = json.loads(capsys.readouterr().err)
    assert found.pop("time").endswith("Z")
    assert found == {"event": "pair loaded", "name": "fable", "seconds": 0.5, "mb": 11, "again": False}


def test_off_is_silent(wanted, capsys):
    wanted("off")
    event("server started")
    assert capsys.readouterr() == ("", "")


def test_no_line_is_written_twice_however_the_rest_of_the_process_logs(wanted, capsys):
    wanted("text")
    root, loud = logging.getLogger(), logging.StreamHandler(sys.stderr)
    root.addHandler(loud)
    try:
        event("server started")
        event("server ended")
    finally:
        root.removeHandler(loud)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_streamlits_own_log_is_left_alone():
    code = (
        "import logging, streamlit.logger as own\nfrom specviz.logs import event\n"
        "before = list(own.get_logger('streamlit').handlers)\nevent('x')\n"
        "assert own.get_logger('streamlit').handlers == before and not logging.getLogger().handlers"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True).returncode == 0


def test_a_log_that_cannot_be_written_stops_nothing(wanted, monkeypatch):
    class Closed:
        def write(self, _):
            raise BrokenPipeError

    wanted("text")
    monkeypatch.setattr(sys, "stderr", Closed())
    monkeypatch.setattr(logging, "raiseExceptions", False)
    event("job started", id="a1")


@given(HOSTILE)
def test_no_value_breaks_a_line_or_reaches_the_terminal_raw(text):
    for form in (as_text, as_json):
        line = form(WHEN, {"event": "job ended", "error": text})
        assert line.isascii()
        assert line.isprintable()
        assert "\n" not in line


@given(HOSTILE)
def test_json_gives_back_what_was_said_up_to_its_length(text):
    found = json.loads(as_json(WHEN, {"event": "x", "said": text}))["said"]
    assert len(found) <= LONGEST
    if len(text) <= LONGEST and "hf_" not in text:
        assert found == text


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_does_not_know_are_texts(number):
    assert json.loads(as_json(WHEN, {"event": "x", "n": number}))["n"] == str(number)


def test_the_token_of_the_hub_is_blotted_out(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "secret-of-mine")
    error = "401 for https://user:secret-of-mine@huggingface.co with hf_abcdefghijklmnop"
    line = as_json(WHEN, {"event": "x", "error": error})
    assert "secret-of-mine" not in line
    assert "hf_abc" not in line


def test_a_browser_is_told_apart_but_not_named():
    name = "3f2c9a1e-aaaa-bbbb-cccc-0123456789ab"
    assert visitor(name) == visitor(name) != visitor(f"{name}x")
    assert len(visitor(name)) == 8
    code = f"from specviz.logs import visitor; print(visitor({name!r}))"
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert other.stdout.strip() != visitor(name)  # the key belongs to one process


def test_the_names_of_a_line_are_its_own():
    with pytest.raises(TypeError):
        as_json(WHEN, {"event": "x", "time": "now"})
