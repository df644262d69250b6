"""A student walks the tour, does two tasks, and comes back by the link; a lecturer projects it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, overflow, settle

pytestmark = pytest.mark.browser
STEPS = 8


def bar(page):
    return page.locator(".st-key-tour_bar")


def task(page) -> str:
    return page.locator(".st-key-tour_task").inner_text()


def test_next_walks_all_steps_and_the_link_brings_them_back(browser, server):
    errors: list[str] = []
    page = open_page(browser, f"{server}/tour", errors=errors)
    assert "To do." in task(page)
    for _ in range(2):  # by keyboard: 0, 1, 2 guesses
        page.get_by_role("slider", name="Guesses per pass").press("ArrowRight")
        settle(page)
    page.locator(".st-key-tour_task").get_by_text("Done.").wait_for(timeout=20 * SECOND)
    for number in range(2, STEPS + 1):
        settle(page)
        page.get_by_role("button", name="Next").click()
        page.get_by_role("heading", level=1, name=re.compile(rf"^{number}\.")).wait_for(timeout=20 * SECOND)
        if number == 3:
            for _ in range(2):
                page.get_by_role("button", name="Draw 100").click()
                settle(page)
            page.locator(".st-key-tour_task").get_by_text("Done.").wait_for(timeout=20 * SECOND)
        assert_no_error_box(page)
    settle(page)
    assert re.search(r"tour_done=1(,|%2C)3", page.url)
    bar(page).get_by_role("button", name=re.compile("3 Coin")).click()
    page.get_by_role("heading", level=1, name=re.compile(r"^3\.")).wait_for(timeout=20 * SECOND)
    settle(page)
    link = page.url
    page.context.close()
    again = open_page(browser, link, errors=errors)
    assert again.locator("h1").inner_text().startswith("3.")
    assert "Done." in task(again)
    assert again.get_by_label("Draws", exact=True).input_value() == "201"
    done = bar(again).get_by_role("button", name=re.compile("check_circle")).all_inner_texts()
    assert [name.split()[-1] for name in done] == ["Why", "Coin"]
    assert errors == []
    again.context.close()


def test_a_weight_moves_the_rate_and_the_link(browser, server):
    """One press of a key on a weight of the draft: the rate and the link follow."""
    page = open_page(browser, f"{server}/tour?step=2")
    before = task(page)
    slider = page.get_by_role("slider", name="draft la")
    slider.press("ArrowRight")
    page.wait_for_url(re.compile("tour_q_la=31"), timeout=20 * SECOND)
    settle(page)
    assert task(page) != before
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (820, "light")])
def test_every_step_fits(browser, server, width, theme):
    """No step is wider than its window; on a projector the way on is seen without scrolling."""
    errors: list[str] = []
    page = open_page(browser, f"{server}/tour", width, theme, errors)
    for number in range(1, STEPS + 1):
        bar(page).get_by_role("button", name=re.compile(rf"\b{number} \w+$")).click()
        page.get_by_role("heading", level=1, name=re.compile(rf"^{number}\.")).wait_for(timeout=20 * SECOND)
        settle(page)
        assert_no_error_box(page)
        assert overflow(page) <= 0
        if width == 1440:
            box = page.locator(".st-key-tour_back").bounding_box()
            assert box["y"] + box["height"] <= 900
    assert errors == []
    page.context.close()
