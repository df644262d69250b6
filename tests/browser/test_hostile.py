"""What a visitor sees who uploads or pastes what they should not."""

from __future__ import annotations

import gzip
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, settle, upload, wait_for_end
from conftest import ROOT

from specviz.records.store import load_trace, save_trace, trace_to_dict

pytestmark = pytest.mark.browser
STORY = ROOT / "assets" / "traces" / "story.json.gz"
EVIL = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"


def test_token_text_is_only_text(browser, server, tmp_path):
    """A trace whose tokens, prompt, note and names are markup is drawn as letters, on every tab."""
    trace = load_trace(STORY)
    source = replace(trace.provenance, target=EVIL, draft=EVIL)
    changed = replace(
        trace, texts=dict.fromkeys(trace.texts, EVIL), note=EVIL, text=EVIL, prompt=EVIL, provenance=source
    )
    path = tmp_path / f"{EVIL[:20].replace('/', '')}.json.gz"
    save_trace(changed, path)
    page = open_page(browser, server)
    upload(page, path)
    assert "onerror" in page.locator(".player .text").first.inner_text()
    tabs = page.get_by_role("tab")
    for number in range(tabs.count()):
        tabs.nth(number).click()
        settle(page)
        assert page.evaluate("window.hacked") is None
        assert page.locator(".player img, .stMarkdown img").count() == 0
        assert_no_error_box(page)
    page.context.close()


def broken(kind: str) -> bytes:
    """A file that must be refused."""
    values = trace_to_dict(load_trace(STORY))
    if kind == "from schema 999":
        values["schema"] = 999
    if kind == "with a million nodes":
        tree = values["iterations"][0]["tree"]
        tree |= {"token": [0] * 1_000_001, "parent": [-1, *[0] * 1_000_000], "rank": [0] * 1_000_001}
        tree["draft_prob"] = [1.0] * 1_000_001
    if kind == "of 50 MB":
        return b"{" + b" " * (50 << 20)
    data = gzip.compress(json.dumps(values).encode())
    return data[: len(data) // 2] if kind == "cut off" else data


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("from schema 999", "schema 999, newer than"),
        ("with a million nodes", "damaged|more than|too "),
        ("of 50 MB", "must be 32|exceed|larger"),
        ("cut off", "cut off"),
    ],
)
def test_a_bad_file_is_one_sentence(browser, server, tmp_path, kind, sentence):
    """The run that was shown is still there."""
    path = tmp_path / "bad.json.gz"
    path.write_bytes(broken(kind))
    page = open_page(browser, server, still=True)
    text = page.locator(".player .text").first.inner_text()
    upload(page, path)
    page.get_by_text(re.compile(sentence)).first.wait_for(timeout=20 * SECOND)
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator(".player .text").first.inner_text() == text
    page.context.close()


@pytest.mark.parametrize("prompt", [EVIL, "\u202e\u0007\ud7ff\U0001f600" * 8, "a " * 9000])
def test_a_hostile_prompt_runs_or_is_refused_in_one_sentence(browser, server, prompt):
    page = open_page(browser, f"{server}/?tokens=8&P=8")
    page.get_by_role("button", name="Try your prompt").click()
    box = page.get_by_label("Your prompt")
    box.fill(prompt)
    box.press("Control+Enter")
    settle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    if len(prompt) > 10_000:
        page.get_by_text("shorten it").first.wait_for(timeout=60 * SECOND)
    else:
        wait_for_end(page)
    assert page.evaluate("window.hacked") is None
    assert page.locator('[data-testid="stException"]').count() == 0
    page.context.close()


@pytest.mark.parametrize("url", ["", "compare", "probe", "tour", "models", "traces", "races"])
def test_a_hostile_link_is_only_a_wrong_link(browser, server, url):
    page = open_page(
        browser, f"{server}/{url}?run={EVIL}&source={EVIL}&prompt={EVIL}&target={EVIL}&pair={EVIL}&step={EVIL}"
    )
    assert page.evaluate("window.hacked") is None
    assert_no_error_box(page)
    page.context.close()
