"""Any text is a prompt: it decodes, saves, loads and draws."""

from __future__ import annotations

import json

import pytest

from specviz.engine.decode import Run, finish
from specviz.figures.player.payload import player_payload
from specviz.models.pair import ModelError, load_pair
from specviz.policy import NotAllowedError
from specviz.records import RunSettings
from specviz.records.store import parse_trace, trace_bytes


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft", "cpu", "float32")


@pytest.mark.parametrize(
    "prompt",
    [
        "\U0001f600\U0001f600 \u202e reversed \x00\x01",
        "<|endoftext|>",
        "\ud800 lone",
        "<script>alert(1)</script>",
        "日本語",
    ],
    ids=["emoji and control", "end of text", "lone surrogate", "markup", "other script"],
)
def test_any_text_is_a_prompt(pair, prompt):
    settings = RunSettings(max_new_tokens=16, temperature=2.0, capacity=64, top_p=0.9, top_k=50)
    trace = finish(Run(pair, settings, prompt))
    again = parse_trace(trace_bytes(trace))
    assert again.emitted == trace.emitted
    json.dumps(player_payload(again), allow_nan=False)


@pytest.mark.parametrize(
    "prompt", ["", " \n ", "a" * 700, "x" * 10**6], ids=["nothing", "blank", "too long", "far too long"]
)
def test_what_cannot_be_read_is_said(pair, prompt):
    with pytest.raises((ModelError, NotAllowedError), match=r"empty|shorten it"):
        Run(pair, RunSettings(), prompt)
