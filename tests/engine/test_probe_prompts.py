"""Prompts from strangers: what is kept, and one clear sentence for what is not."""

from __future__ import annotations

import json

import pytest

from specviz.engine.probe.prompts import MAX_CHARACTERS, MAX_PROMPTS, read_file, read_prompts


def line(**values) -> str:
    return json.dumps(values)


def test_one_prompt_a_line():
    found = read_prompts("first\n\n second \n")
    assert [p.text for p in found.kept] == ["first", " second"]
    assert {p.kind for p in found.kept} == {"own"}
    assert found.notes == ()


def test_a_rule_parts_longer_prompts():
    found = read_prompts("def f(x):\n    return 1\n---\nOnce\nupon\n --- \n\n---\nlast")
    assert [p.text for p in found.kept] == ["def f(x):\n    return 1", "Once\nupon", "last"]


def test_json_lines_of_a_benchmark():
    text = "\n".join(
        [line(question_id=81, category="writing", turns=["one", "two"]), line(prompt="p"), line(text="t", category="x")]
    )
    found = read_prompts(text)
    assert [(p.name, p.kind, p.text) for p in found.kept] == [
        ("81", "writing", "one"),
        ("2", "own", "p"),
        ("3", "x", "t"),
    ]


def test_bad_lines_are_named_and_the_others_kept():
    text = "\n".join([line(prompt="good"), "{broken", "[1, 2]", line(turns=[]), line(turns=[7]), "[" * 100_000])
    found = read_prompts(text)
    assert [p.text for p in found.kept] == ["good"]
    said = " ".join(found.notes)
    assert "Line 2 is not JSON" in said
    assert "Line 3 is not an object" in said
    assert "Line 4 has neither turns nor a prompt" in said
    assert "Line 6" in said


def test_many_bad_lines_are_counted():
    found = read_prompts("\n".join([line(prompt="good"), *["{"] * 20]))
    assert len(found.notes) == 6
    assert found.notes[-1] == "And 15 more of this sort."


def test_caps_are_said():
    found = read_prompts("\n".join(["x" * (MAX_CHARACTERS + 1), *["y"] * MAX_PROMPTS]))
    assert len(found.kept) == MAX_PROMPTS
    assert len(found.kept[0].text) == MAX_CHARACTERS
    assert f"the first {MAX_PROMPTS} are kept" in found.notes[0]
    assert "was cut" in found.notes[1]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no prompt yet"),
        (b"\x00\x01binary", "binary"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"\x80\x81", "not text in UTF-8"),
        (b"x" * (10 << 20), "10.0 MB; at most 1 MB"),
        (b"{}\n{", "No prompt was found. Line 1 has neither"),
        (b"---\n---\n", "No prompt was found"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(data, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        read_file(data)
    assert "\n" not in str(caught.value)


def test_marks_of_order_and_halves_of_characters():
    assert read_file("\ufeffOnce".encode()).kept[0].text == "Once"
    assert read_file("Once".encode("utf-16")).kept[0].text == "Once"
    kept = read_file(b'{"prompt": "a \\ud800 b", "category": "\\udfff"}').kept[0]
    assert (kept.text, kept.kind) == ("a ? b", "?")
