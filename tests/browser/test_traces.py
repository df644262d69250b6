"""The Traces page by clicking, and the report as a file in a browser without a network."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, overflow, settle
from conftest import ROOT, SHOTS

from specviz.figures.run.report import report_html
from specviz.records.store import load_trace, save_trace

pytestmark = pytest.mark.browser
STORY = ROOT / "assets" / "traces" / "story.json.gz"
EVIL = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=2>"


def hostile():
    """The recorded story, every text of it markup."""
    trace = load_trace(STORY)
    return replace(trace, texts=dict.fromkeys(trace.texts, EVIL), prompt=EVIL, text=EVIL, note=EVIL)


def note_request(url: str, path: Path, said: list[str]) -> None:
    """Anything but the file itself, and pictures that the page made of itself."""
    if url != path.as_uri() and not url.startswith(("blob:", "data:")):
        said.append(url)


def open_report(browser, path: Path, theme: str, said: list[str]):
    """A report as a file, in a browser without a network; what it asks for or complains about goes into `said`."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme, offline=True)
    page = context.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: note_request(request.url, path, said))
    page.goto(path.as_uri())
    page.locator(".player .tree .node").first.wait_for()
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_report_replays_the_run_without_a_network(browser, tmp_path, theme):
    path = tmp_path / "report.html"
    trace = load_trace(STORY)
    path.write_text(report_html(trace, "story"), encoding="utf-8")
    said: list[str] = []
    page = open_report(browser, path, theme, said)
    page.locator(".player .transport [data-go=first]").click()
    page.keyboard.press("ArrowRight")
    page.locator(".player .numbers").get_by_text(f"2 of {len(trace.iterations)}").wait_for(timeout=10 * SECOND)
    page.locator(".player .tree .node").nth(2).click()
    assert "target probability" in page.locator(".player .inspector").inner_text()
    for button, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download(timeout=20 * SECOND) as waiting:
            page.get_by_role("button", name=button).click()
        assert start in Path(waiting.value.path()).read_bytes()[:200]
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 20, 24)"
    assert dark == (theme == "dark")
    for width in (1440, 820):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        assert overflow(page) <= 0
        page.screenshot(path=SHOTS / f"report-{width}-{theme}.png", full_page=True)
    assert said == []
    page.context.close()


def test_hostile_words_are_inert_in_the_report(browser, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(report_html(hostile(), EVIL), encoding="utf-8")
    said: list[str] = []
    page = open_report(browser, path, "light", said)
    page.wait_for_timeout(SECOND)
    assert page.evaluate("window.hacked") is None
    assert "onerror" in page.locator(".player .text").inner_text()
    assert EVIL in page.locator("h1").inner_text()
    assert page.locator("img").count() == 0
    # Even a script that got in would not run: the policy knows one script by its hash.
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.hacked = 3';"
        " document.body.append(s); }"
    )
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in text for text in said)
    page.context.close()


def saved(page, button: str) -> bytes:
    """What the visitor gets who presses a button."""
    with page.expect_download(timeout=20 * SECOND) as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def test_every_file_and_picture_is_saved_by_a_click(browser, server):
    page = open_page(browser, f"{server}/traces?traces_run=sum")
    assert saved(page, "Run") == (ROOT / "assets" / "traces" / "sum.json.gz").read_bytes()
    assert saved(page, "Report").startswith(b"<!doctype html>")
    assert json.loads(saved(page, "JSON"))["metrics"]["speculative_decoding"]["num_spec_steps"] > 0
    assert saved(page, "CSV per pass").startswith(b"iteration,context_len,per_step_drafted")
    assert saved(page, "CSV per node").startswith(b"iteration,node,parent")
    page.get_by_text("The same numbers as a table, and files").click()
    settle(page)  # while it slides open, a button may move away between the press and the release of the mouse
    assert saved(page, "SVG").startswith(b"<svg")
    assert saved(page, "PNG").startswith(b"\x89PNG")
    assert b"plotly" in saved(page, "HTML")[:5_000_000].lower()
    assert saved(page, "CSV").startswith(b"accepted tokens,sum")
    assert_no_error_box(page)
    page.context.close()


def test_files_are_put_in_compared_renamed_and_deleted(browser, server, tmp_path):
    save_trace(hostile(), tmp_path / "evil.json.gz")
    (tmp_path / "half.json.gz").write_bytes(STORY.read_bytes()[:5000])
    page = open_page(browser, f"{server}/traces")
    page.locator('input[type="file"]').set_input_files([tmp_path / "half.json.gz", tmp_path / "evil.json.gz", STORY])
    page.get_by_text("This file is cut off").wait_for(timeout=30 * SECOND)
    cards = page.locator('[class*="st-key-traces_card_"]')
    cards.nth(4).wait_for(timeout=30 * SECOND)
    settle(page)
    assert cards.count() == 5  # three recorded, two of the three files
    assert page.locator(".stMain img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert "traces_run=story+%282%29" in page.url or "traces_run=story%20(2)" in page.url
    page.get_by_role("tab", name="Compare").click()
    settle(page)
    page.get_by_text("They are the same run, digit by digit.").wait_for(timeout=10 * SECOND)
    cards.nth(3).locator('[data-testid="stPopover"] button').first.click()
    page.get_by_label("Name", exact=True).fill("markup")
    page.get_by_label("Name", exact=True).press("Enter")
    page.get_by_role("button", name="Rename", exact=True).click()
    cards.nth(3).get_by_text("markup", exact=True).wait_for(timeout=10 * SECOND)
    settle(page)
    page.locator('[class*="st-key-traces_delete_3"] button').first.click()
    page.get_by_text("markup was deleted.").wait_for(timeout=10 * SECOND)
    settle(page)
    assert cards.count() == 4
    page.get_by_role("button", name="Undo", exact=True).click()
    cards.nth(4).wait_for(timeout=10 * SECOND)
    settle(page)
    page.screenshot(path=SHOTS / "traces-own.png", full_page=True)
    page.context.close()


def test_a_check_by_clicking_and_a_run_that_is_opened(browser, server):
    page = open_page(browser, f"{server}/traces?traces_run=sum&traces_part=Check")
    page.get_by_role("button", name=re.compile("Check: decode")).click()
    page.get_by_text(re.compile("Identical: all|The same \\d+ trees")).wait_for(timeout=120 * SECOND)
    page.screenshot(path=SHOTS / "traces-check.png")
    page.locator('[class*="st-key-traces_card_1"] a').click()
    page.wait_for_url(re.compile("source=code"), timeout=20 * SECOND)
    page.locator(".player .tree .node").first.wait_for(timeout=30 * SECOND)
    page.context.close()
