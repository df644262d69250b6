"""Whatever is typed or pasted: it becomes tokens and letters on the screen, or one sentence says why not."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from functools import cache

import pytest
from fuzzing import any_json, any_text, cases, is_one_sentence
from hypothesis import event, example, given
from hypothesis import strategies as st

from specviz.engine.decode import Run, finish
from specviz.engine.probe.prompts import MAX_CHARACTERS, MAX_PROMPTS, Prompts, read_file, read_prompts
from specviz.figures.labels import lettered, short, visible
from specviz.figures.player.payload import player_payload
from specviz.figures.run.report import json_block, report_html
from specviz.models.pair import Pair, load_pair
from specviz.records import RunSettings
from specviz.records.export import export_json, safe_cell
from specviz.records.store import parse_trace, trace_bytes
from specviz.ui.traces.files import file_name
from specviz.ui.words import LATE, MARKS, plain

HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
PIECES = (
    "Once upon a time", "<|endoftext|>", "<script>alert(1)</script>", "$$", "$\\href{javascript:alert(1)}{x}$",
    "![](http:",
    "//evil.example/x.png)", "[x](javascript:alert(1))", ":material/check:", ":red[x]", "www.evil.example", "me@x.yz",
    "https://evil.example", "\u202e", "\u200d", "\x00", "\x1b[31m", "\r\n", "\u2028", "\u0301" * 40,
    "\U0001f469\u200d\U0001f680",
    "=cmd|' /C calc'!A0", "%{x}", "{{payload}}", "</script>", "]]>", "<!--", "`", "**", "1. ", "- ", "# ", "|a|",
    "&lt;",
    "\ud83d", "\ue000", "\U000fffff", "\ufffe", "---", " " * 30, "\t", "\\", "\u3000", "a" * 60,
)  # fmt: skip


def prompts() -> st.SearchStrategy[str]:
    """Letters of all planes between pieces that mean something to some program on the way."""
    return st.lists(any_text(12) | st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)


@cache
def pair() -> Pair:
    """Not a fixture: what a failing test prints is the prompt alone."""
    return load_pair("fable/target", "fable/draft", "cpu", "float32")


@cases(300)
@given(prompt=prompts())
@example(prompt="\ud800")
@example(prompt="\x00" * 300)
@example(prompt="<|endoftext|>" * 40)
def test_a_prompt_is_tokens_that_give_it_back_or_one_sentence(prompt):
    ids, said = [], ""
    try:
        ids = pair().encode(prompt)
    except ValueError as error:
        said = str(error)
    event("refused" if said else "read")
    if said:
        assert is_one_sentence(said), said
        return
    assert ids[0] in pair().stop_ids  # the tokenizer begins every text with this one
    assert all(0 <= token < pair().target.vocabulary for token in ids)
    whole = prompt.encode("utf-8", "replace").decode()
    assert pair().tokenizer.decode(ids[1:], clean_up_tokenization_spaces=False) == whole
    texts = pair().texts(set(ids))
    assert all(not unicodedata.category(c).startswith("Cs") for text in texts.values() for c in text)


@cases(300)
@given(prompts(), st.integers(2, 70))
@example("\u2028", 14)
@example("  a  ", 3)
@example("0" + " " * 30, 3)
@example("1. a", 60)
def test_text_is_only_letters_wherever_it_is_shown(text, limit):
    shown = visible(text)
    assert not any(unicodedata.category(letter) in HIDDEN for letter in shown)
    assert shown
    assert len(short(text, limit)) <= limit
    assert short(text, limit) == (shown if len(shown) <= limit else short(shown, limit))
    label = lettered(text, limit)
    assert not set(label) & set("<>$")
    assert re.sub(r"&(lt|gt|amp|#36);", "", label).count("&") == 0
    assert html.unescape(label) == short(text, limit)
    markdown = plain(text)
    unescaped = re.sub(r"\\[\\`*_{}\[\]()<>#+\-!|~$:^=&@/.]", "", markdown)
    assert not MARKS.search(unescaped)
    assert not re.match(r"\d+[.)]", markdown)
    assert LATE.sub("", re.sub(r"\\(.)", r"\1", markdown)) == re.sub(r"\\(.)", r"\1", markdown)
    cell = safe_cell(text)
    assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@"))
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in cell)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", file_name(text))
    block = json_block({"t": text})
    assert block.isascii()
    assert not set(block) & set("<>&")
    assert json.loads(block) == {"t": text}


@st.composite
def prompt_files(draw: st.DrawFn) -> bytes:
    """Plain text, JSON lines of any shape, other encodings, and binary."""
    how = draw(st.sampled_from(("text", "lines", "objects", "bytes", "utf-16")))
    if how == "bytes":
        return draw(st.binary(max_size=300))
    if how in ("text", "utf-16"):
        text = "\n".join(draw(st.lists(prompts() | st.just("---"), max_size=6)))
        return text.encode("utf-16" if how == "utf-16" else "utf-8", "replace")
    objects = st.dictionaries(
        st.sampled_from(("turns", "prompt", "text", "category", "question_id")), any_json(6), max_size=5
    )
    lines = draw(st.lists(any_json(6) if how == "lines" else objects, max_size=6))
    return "\n".join(["{}", *map(json.dumps, lines)]).encode()


@cases(200)
@given(prompt_files())
@example(b'{"prompt": "a", "question_id": 1' + b"0" * 5000 + b"}")
@example(b'{"prompt":' + b"[" * 20_000)
@example(b'{"prompt": "a", "category": "\\ud800$x$"}')
def test_a_file_of_prompts_is_understood_or_refused(data):
    found, said = Prompts((), ()), ""
    try:
        found = read_file(data)
    except ValueError as error:
        said = visible(str(error))
    event("refused" if said else "understood")
    if said:
        assert is_one_sentence(said), said
        return
    assert 1 <= len(found.kept) <= MAX_PROMPTS
    for prompt in found.kept:
        assert 1 <= len(prompt.text) <= MAX_CHARACTERS
        (prompt.name + prompt.kind + prompt.text).encode()
    assert all(is_one_sentence(visible(note)) for note in found.notes), found.notes


@cases(4, most=300)
@given(prompt=prompts().filter(lambda text: 0 < len(text.strip()) < 300))
@example(prompt="<script>alert(1)</script>$\\href{javascript:alert(1)}{x}$ \ud83d \U0001f469\u200d\U0001f680 \x00")
def test_a_prompt_decodes_saves_and_is_shown(prompt):
    trace = finish(Run(pair(), RunSettings(max_new_tokens=6, temperature=2.0, capacity=8), prompt))
    again = parse_trace(trace_bytes(trace))
    assert again.emitted == trace.emitted
    assert "<" not in json_block(player_payload(again))
    assert "<script>alert" not in report_html(again, prompt)
    json.loads(export_json(again))


LONG = {
    "emoji": "\U0001f469\u200d\U0001f680" * 900_000,
    "markup": "<img src=x onerror=alert(1)>" * 380_000,
    "marks": "$[`*_:" * 1_700_000,
    "control": "\x00\x1b\u202e" * 2_000_000,
    "accents": "e" + "\u0301" * 5_000_000,
    "spaces": "a" + " " * 10_000_000,
    "lines": "a\n" * 5_000_000,
}  # ten megabytes each


@pytest.mark.parametrize("kind", LONG)
def test_ten_megabytes_are_refused_or_cut(kind):
    """None of these looks at more than a few letters, else the whole file would take minutes."""
    text = LONG[kind]
    with pytest.raises(ValueError, match=r"characters"):
        pair().encode(text)
    with pytest.raises(ValueError, match=r"characters"):
        read_prompts(text + "a")
    with pytest.raises(ValueError, match=r"MB"):
        read_file(text.encode())
    assert len(short(text)) <= 14
    assert len(html.unescape(lettered(text))) <= 60
