"""Every page and every tab of it, at two widths and in both themes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import ALL_PAGES, assert_no_error_box, open_page, overflow, settle
from conftest import SHOTS

pytestmark = pytest.mark.browser


# Findings inside Streamlit's own widgets that a page cannot change.
NOT_OURS = {"presentation-role-conflict": "its file uploader gives a role to an element that it also names"}


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (820, "light")])
@pytest.mark.parametrize("url", ALL_PAGES)
def test_a_page_and_its_tabs_open(browser, server, url, width, theme):
    """No error, nothing from another server, nothing cut off, and nothing that axe-core finds; then tab after tab."""
    errors: list[str] = []
    page = open_page(browser, f"{server}/{url}", width, theme, errors, still=True)
    page.wait_for_timeout(2000)
    assert_no_error_box(page)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{url}-{width}-{theme}.png", full_page=True)
    assert overflow(page) <= 0
    assert errors == []
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = [v for v in axe.Axe().run(page).response["violations"] if v["id"] not in NOT_OURS]
    assert [f"{v['id']}: {v['help']}; {len(v['nodes'])} x {v['nodes'][0]['html'][:160]}" for v in found] == []
    page.set_viewport_size({"width": width, "height": 2200})
    for number, tab in enumerate(page.get_by_role("tab").all()):
        tab.click()
        settle(page)
        assert_no_error_box(page)
        page.screenshot(path=SHOTS / f"{url}-{number}-{width}-{theme}.png")
        assert overflow(page) <= 0
    assert errors == []
    page.context.close()


def test_the_theme_can_change_under_a_visitor(browser, server):
    """Colours follow, the chosen pass stays."""
    page = open_page(browser, f"{server}/", still=True)
    page.get_by_label("Last pass").click()
    settle(page)
    numbers = page.locator(".player .numbers").inner_text()
    before = page.locator(".player").first.evaluate("e => getComputedStyle(e).color")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(2000)
    after = page.locator(".player").first.evaluate("e => getComputedStyle(e).color")
    assert before != after
    assert page.locator(".player .numbers").inner_text() == numbers
    page.context.close()


def test_every_page_is_one_click_away(browser, server):
    """The row at the top leads to each page, and settings that pages share come along."""
    page = open_page(browser, f"{server}/?P=8&seed=9")
    for url in ALL_PAGES:
        link = page.get_by_test_id("stTopNavLink").filter(has=page.locator(f'xpath=self::*[contains(@href, "/{url}")]'))
        if url != "decode":
            link.first.click()
            page.wait_for_url(f"**/{url}*", timeout=30_000)
            settle(page)
            assert_no_error_box(page)
    page.go_back()
    settle(page)
    assert_no_error_box(page)
    page.context.close()
