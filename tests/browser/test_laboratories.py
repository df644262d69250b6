"""The laboratories: surprising cases in the link, and a study by clicking."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import LABORATORIES, SECOND, assert_no_error_box, open_page, settle
from conftest import SHOTS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("url", LABORATORIES)
def test_a_surprising_case_is_in_the_link(browser, server, url):
    """Each case sets its controls, and opening its link again gives the same page."""
    page = open_page(browser, f"{server}/{url}")
    cases = page.locator(f'[class*="st-key-{url}_preset_"] button')
    assert cases.count() > 0
    for number in range(cases.count()):
        cases.nth(number).click()
        before = _controls(page)
        page.reload()
        page.wait_for_selector("h1", timeout=60 * SECOND)
        assert _controls(page) == before, cases.nth(number).inner_text()
    page.context.close()


def _controls(page) -> tuple[str, ...]:
    """The open tab and what the controls at the side show, once that stands still."""
    shown: tuple[str, ...] = ()
    for _ in range(20):
        settle(page)
        tab = page.locator('[role=tab][aria-selected="true"]').inner_text()
        values = page.eval_on_selector_all('[data-testid="stSidebar"] input', "boxes => boxes.map(box => box.value)")
        now = (tab, page.locator('[data-testid="stSidebar"]').inner_text(), *values)
        if now == shown:
            return now
        shown = now
    raise AssertionError("the controls never stood still")


def test_a_study_by_clicking(browser, server):
    """Measure a prompt on the Limits page, stop it, and read off what was measured until then."""
    page = open_page(browser, f"{server}/limits?limits_study=a+prompt%2C+measured+now&prompt=story+2")
    page.get_by_text("press Measure").wait_for()
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_text(re.compile(r"Measuring .*P = (8|64|1024)")).wait_for(timeout=120 * SECOND)
    page.get_by_text(re.compile(r"Measuring .*P = (64|1024)")).wait_for(timeout=120 * SECOND)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Read off at P").wait_for(timeout=60 * SECOND)
    settle(page)
    assert_no_error_box(page)
    page.screenshot(path=SHOTS / "limits-own-study.png")
    page.context.close()
