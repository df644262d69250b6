"""What a visitor sees who uploads or pastes what they should not."""

from __future__ import annotations

import gzip
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlparse

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, settle, upload, wait_for_end
from conftest import ROOT, free_port, start_server

from specviz.records import DecodeTrace
from specviz.records.store import load_trace, save_trace, trace_to_dict

pytestmark = pytest.mark.browser
STORY = ROOT / "assets" / "traces" / "story.json.gz"
EVIL = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
WORDS = [
    "<img src=x onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "<svg onload=window.hacked=1>",
    "<a href='javascript:window.hacked=1'>a</a>",
    "[a](javascript:window.hacked=1)",
    "![i](http://127.0.0.2:9/i.png)",
    "$\\href{javascript:window.hacked=1}{x}$",
    "$$\\text{x}$$",
    "https://hostile.example/a",
    "www.hostile.example",
    "<iframe srcdoc='<script>top.hacked=1</script>'></iframe>",
    "<b onmouseover=window.hacked=1>b</b>",
    ":material/check: :red[x]",
    '"><img src=x onerror=window.hacked=1>',
]


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


class Watch:
    """What a page did that no words of a file may make it do."""

    def __init__(self, page) -> None:
        self.page, self.dialogs, self.asked = page, [], []
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda r: urlparse(r.url).hostname in ("127.0.0.1", None) or self.asked.append(r.url))

    def nothing_ran(self) -> None:
        assert self.page.evaluate("window.hacked") is None
        assert self.dialogs == []
        assert self.asked == []
        assert self.page.locator('a[href^="javascript" i], a[href*="hostile"], iframe[srcdoc]').count() == 0
        assert self.page.locator("img[src=x], svg[onload], [onerror], [onmouseover]").count() == 0
        assert self.page.locator('[data-testid="stMain"] .katex').count() == self.formulas
        assert self.page.locator('[data-testid="stException"]').count() == 0

    formulas = 0


def full_of_words() -> DecodeTrace:
    """Every text that a file may hold is markup, another one for every token; the methods are not known here."""
    trace = load_trace(STORY)
    made = replace(
        trace.provenance, target=WORDS[0], draft=WORDS[4], device=WORDS[5], dtype=WORDS[6], versions=((WORDS[1],
        WORDS[8]),),
        target_path=WORDS[9], draft_path=WORDS[3],
    )  # fmt: skip
    return replace(
        trace, texts={token: WORDS[place % len(WORDS)] for place, token in enumerate(trace.texts)}, note="".join(WORDS),
        text="".join(WORDS), prompt="".join(WORDS), provenance=made,
        settings=replace(trace.settings, target=WORDS[0], draft=WORDS[4], middle=WORDS[6]),
    )  # fmt: skip


def each_tab(page, watch: Watch) -> None:
    """Every tab of the page, those inside of tabs too."""
    for number in range(page.get_by_role("tab").count()):
        tab = page.get_by_role("tab").nth(number)
        if tab.is_visible():
            tab.click()
            settle(page)
            watch.nothing_ran()


@pytest.mark.parametrize("known", [True, False], ids=["known methods", "unknown methods"])
def test_no_page_runs_what_a_file_says(browser, server, tmp_path, known):
    """Uploaded on Decode under a hostile name, then seen on Decode, Traces and Probe, and in the report."""
    trace = full_of_words()
    if not known:
        trace = replace(trace, settings=replace(trace.settings, drafter=WORDS[0], verifier=WORDS[4]))
    path = tmp_path / "<img src=x onerror=window.hacked=1>[a](javascript:1)$x$ :red[y].json.gz"
    save_trace(trace, path)
    page = open_page(browser, server, still=True)
    watch = Watch(page)
    upload(page, path)
    assert "onerror" in page.locator(".player .text").first.inner_text()
    each_tab(page, watch)
    for place in ("Traces", "Probe", "Compare", "Models"):
        page.get_by_role("link", name=place, exact=True).first.click()
        page.wait_for_selector("h1")
        settle(page)
        watch.nothing_ran()
        if place == "Traces":
            each_tab(page, watch)
            with page.expect_download(timeout=30 * SECOND) as waiting:
                page.get_by_role("tab", name="Files").click()
                page.get_by_role("button", name="Report", exact=True).click()
            assert re.fullmatch(r"[A-Za-z0-9_-]+\.html", waiting.value.suggested_filename)
            report = tmp_path / "report.html"
            waiting.value.save_as(report)
    page.goto(report.as_uri())
    page.wait_for_timeout(2 * SECOND)
    watch.nothing_ran()
    page.context.close()


def test_lanes_coloured_text_and_a_check_run_nothing(browser):
    """The parts that are made of records which no visitor can open: shown by an app of their own."""
    port = free_port()
    process = start_server(port, "tests/browser/hostile_parts.py", test_words="\x1f".join(WORDS))
    try:
        page = open_page(browser, f"http://127.0.0.1:{port}", still=True)
        watch = Watch(page)
        page.locator(".heat .token").first.wait_for(timeout=60 * SECOND)
        page.locator(".js-plotly-plot").nth(2).wait_for(timeout=60 * SECOND)
        settle(page)
        watch.nothing_ran()
        for token in (2, 5, 9):
            page.locator(".heat .text .token").nth(token).hover()
        page.locator(".heat .text .token").nth(3).click()
        watch.nothing_ran()
        assert "onerror" in page.locator(".heat").inner_text()
        assert "onerror" in page.locator(".js-plotly-plot").nth(1).inner_text()
        page.context.close()
    finally:
        process.terminate()
        process.wait(timeout=20)


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


NAMES = (
    "run",
    "source",
    "prompt",
    "target",
    "draft",
    "middle",
    "pair",
    "step",
    "pass",
    "drafter",
    "verifier",
    "P",
    "traces_run",
)


@pytest.mark.parametrize("url", ["", "compare", "probe", "tour", "models", "traces", "races"])
def test_a_hostile_link_is_only_a_wrong_link(browser, server, url):
    page = open_page(browser, f"{server}/{url}")
    watch = Watch(page)
    for words in (EVIL, WORDS[4], WORDS[5]):
        page.goto(f"{server}/{url}?{urlencode(dict.fromkeys(NAMES, words))}")
        page.wait_for_selector("h1", timeout=60 * SECOND)
        settle(page)
        watch.formulas = page.locator('[data-testid="stMain"] .katex').count()
        watch.nothing_ran()
        assert_no_error_box(page)
    page.context.close()


def test_names_of_models_in_a_link_are_letters(browser, server):
    """Another pair, whose names are markup: Models says that they are none, and Load says why."""
    page = open_page(browser, f"{server}/models")
    watch = Watch(page)
    for words in WORDS[:7]:
        names = {"pair": "Another pair", "target": words, "draft": words}
        page.goto(f"{server}/models?{urlencode(names)}")
        page.wait_for_selector("h1", timeout=60 * SECOND)
        settle(page)
        page.get_by_role("button", name="Load", exact=True).click()
        page.wait_for_timeout(2 * SECOND)
        settle(page)
        watch.nothing_ran()
    page.context.close()
