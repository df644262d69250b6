"""The Probe page in a real browser: tokens by pointer and keyboard, a text of one's own, prompts, and advice."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, settle
from conftest import SHOTS

pytestmark = pytest.mark.browser


def card(page) -> str:
    return page.locator(".heat .card").inner_text()


def choose(page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option).click()
    settle(page)


def test_tokens_are_chosen_by_pointer_and_keyboard(browser, server):
    errors: list[str] = []
    page = open_page(browser, f"{server}/probe", errors=errors)
    tokens = page.locator(".heat .text .token")
    tokens.first.wait_for()
    assert "draft probability q" in card(page)
    tokens.nth(5).hover()
    assert "Token 7 of the text" in card(page)
    tokens.nth(5).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "Token 9 of the text" in card(page)
    below = page.locator(".heat .token:focus").bounding_box()
    page.keyboard.press("ArrowDown")
    assert page.locator(".heat .token:focus").bounding_box()["y"] > below["y"]
    page.keyboard.press("End")
    assert f"Token {tokens.count() + 1} of the text" in card(page)
    assert "acceptance rate" in page.locator(".heat .token:focus").get_attribute("aria-label")
    span = page.locator(".heat .spans button").first
    span.click()
    assert page.locator(".heat .token.inspan").count() == 8
    assert page.locator('.heat .spans button[aria-pressed="true"]').count() == 1
    before = page.locator(".heat .token.poor").count()
    choose(page, "Colour by", "rank")
    assert "rank" in page.locator(".heat .legend").inner_text()
    assert page.locator(".heat .token.poor").count() != before
    assert page.locator(".heat .token.inspan").count() == 8  # the chosen span stays
    assert "probe_measure=rank" in page.url
    assert_no_error_box(page)
    assert errors == []
    page.context.close()


def test_a_hostile_text_is_read_and_only_text(browser, server):
    page = open_page(browser, f"{server}/probe?probe_source=a+text+of+mine", theme="dark")
    evil = "The cat said <img src=x onerror=window.hacked=1> and sat\non the mat."
    page.get_by_label("Your text").fill(evil)
    page.get_by_label("Your text").press("Control+Enter")
    settle(page)
    page.get_by_role("button", name="Read", exact=True).click()
    page.locator(".heat .text .token").first.wait_for(timeout=60 * SECOND)
    settle(page)
    assert "onerror" in page.locator(".heat .text").inner_text().replace("\n", "")
    assert page.locator(".heat img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert_no_error_box(page)
    page.screenshot(path=SHOTS / "probe-own-text.png")
    page.context.close()


def test_a_file_of_prompts_is_run_and_stopped(browser, server, tmp_path):
    """Bad lines are named; after Stop the prompts that were finished are shown by kind."""
    lines = [f'{{"question_id": {i}, "category": "{kind}", "turns": ["{text}"]}}'
             for i, (kind, text) in enumerate([("story", "Once upon a time"), ("code", "def f(x):")] * 12)]  # fmt: skip
    path = tmp_path / "prompts.jsonl"
    path.write_text("\n".join([lines[0], "{broken", *lines[1:]]))
    page = open_page(
        browser, f"{server}/probe?probe_part=Many+prompts&probe_prompts_from=prompts+of+mine&P=4&depth=3&tokens=48"
    )
    page.locator('input[type="file"]').set_input_files(path)
    page.get_by_text("Line 2 is not JSON").wait_for()
    page.get_by_text("24 prompts of 2 kinds").wait_for()
    page.get_by_role("button", name="Run them", exact=True).click()
    page.get_by_text(re.compile(r"([3-9]|\d\d) of 24 prompts done")).wait_for(timeout=90 * SECOND)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text(re.compile("gains least")).wait_for(timeout=30 * SECOND)
    settle(page)
    assert_no_error_box(page)
    page.locator(".js-plotly-plot").wait_for(timeout=30 * SECOND)
    page.screenshot(path=SHOTS / "probe-own-prompts.png")
    page.context.close()


def test_advice_opens_decode_with_its_settings(browser, server):
    page = open_page(browser, f"{server}/probe?probe_part=Advice", 820, "dark")
    page.get_by_text("What a pass costs here").wait_for()
    assert "model, not measurement" in page.locator(".js-plotly-plot").first.inner_text()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    page.get_by_role("link", name="Open Decode with these settings").click()
    page.wait_for_url(re.compile("drafter="), timeout=30 * SECOND)
    settle(page)
    assert "P=" in page.url
    assert_no_error_box(page)
    page.context.close()
