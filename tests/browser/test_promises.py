"""Promises of docs/explorer.md that no other browser test keeps."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import open_page, run, settle, wait_for_end

pytestmark = pytest.mark.browser


def test_controls_go_into_the_link_and_come_back(browser, server):
    """Depth and length by typing, the strategy by choosing; a reload keeps them."""
    page = open_page(browser, f"{server}/")
    for label, value in (("Depth", "5"), ("Tokens", "24"), ("Seed", "77")):
        box = page.get_by_test_id("stSidebar").get_by_label(label, exact=True)
        box.fill(value)
        box.press("Enter")
        settle(page)
    for part in ("depth=5", "tokens=24", "seed=77"):
        assert part in page.url
    page.reload()
    page.wait_for_selector("h1")
    settle(page)
    assert page.get_by_test_id("stSidebar").get_by_label("Depth", exact=True).input_value() == "5"
    run(page)
    wait_for_end(page)
    assert "depth 5" in page.inner_text("body")
    assert "seed 77" in page.inner_text("body")
    page.context.close()


def test_arrival_times_under_both_models_stand_at_the_guesses(browser, server):
    page = open_page(browser, f"{server}/?source=sum", still=True)
    page.locator(".player .arrivals input").first.check()
    shown = page.locator(".player .tree .arrival").all_text_contents()
    assert any(text.startswith("draft") for text in shown)
    assert any(text.startswith("target") for text in shown)
    page.context.close()


def test_what_is_invisible_is_drawn(browser, server):
    """A space at the head of a token, a line end in the text."""
    page = open_page(browser, f"{server}/?source=code", still=True)
    assert "\u23ce" in page.locator(".player .text").first.inner_text()
    story = open_page(browser, f"{server}/?source=story", still=True)
    assert any("\u2423" in text for text in story.locator(".player .tree .label").all_text_contents())
    story.context.close()
    page.context.close()


def test_rates_carry_intervals_and_counts(browser, server):
    """The rate by depth of a run, and differences of methods."""
    page = open_page(browser, f"{server}/?decode_part=This+run+in+figures", still=True)
    body = page.inner_text("body")
    assert re.search(r"95\s?%", body)
    assert re.search(r"\d+ passes", body)
    paired = open_page(browser, f"{server}/compare?compare_part=Paired+differences", still=True)
    body = paired.inner_text("body")
    assert re.search(r"95\s?%", body)
    assert re.search(r"n = \d+|\d+ (seeds|units|prompts)", body)
    paired.context.close()
    page.context.close()
