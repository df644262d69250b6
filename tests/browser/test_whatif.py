"""A visitor asks what if: moves P, reads what was lost, tries a rule, shares the link, looks at the run's figures."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, settle
from conftest import SHOTS

pytestmark = pytest.mark.browser


def metric(page, label: str) -> str:
    """The value of the panel's metric; the page's own strip has other names."""
    box = page.locator("[data-testid=stMetric]").filter(has=page.get_by_text(label, exact=True))
    return box.locator("[data-testid=stMetricValue]").inner_text()


def test_a_guess_is_lost_with_a_smaller_p_and_comes_back(browser, server):
    page = open_page(browser, f"{server}/?source=story&whatif_P=8")
    page.get_by_text("would not have been guessed").wait_for(timeout=60 * SECOND)
    assert metric(page, "drafted") == "8"
    accepted = int(metric(page, "accepted"))
    slider = page.get_by_role("slider", name="Capacity P").last
    slider.focus()
    for _ in range(20):
        if metric(page, "drafted") == "32":
            break
        slider.press("ArrowRight")
        settle(page)
    assert metric(page, "drafted") == "32"
    assert int(metric(page, "accepted")) > accepted
    page.get_by_text("nothing changes").wait_for()
    slider.press("ArrowRight")
    page.get_by_text("The stored rows do not tell").first.wait_for()
    assert "whatif_P=40" in page.url
    assert_no_error_box(page)
    page.screenshot(path=SHOTS / "whatif-open.png", full_page=True)
    page.context.close()


def test_another_pass_and_another_rule(browser, server):
    page = open_page(browser, f"{server}/?source=code&whatif_rule=K-SEQ")
    page.get_by_text(re.compile(r"Pass 1 of \d+, asked again")).wait_for(timeout=60 * SECOND)
    page.get_by_label("Last pass").first.click()
    page.get_by_text(re.compile(r"Pass (\d+) of \1, asked again")).wait_for(timeout=30 * SECOND)
    assert page.get_by_text(re.compile(r"With K-SEQ|The stored rows do not tell")).count() == 1
    assert_no_error_box(page)
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (820, "dark")])
def test_the_figures_of_a_run_fit_the_window(browser, server, width, scheme):
    page = open_page(browser, f"{server}/?source=story&decode_part=This+run+in+figures", width, scheme)
    for name in ("Guesses kept", "Along the text", "Tokens per pass", "Time", "Chances"):
        page.get_by_role("tab", name=name).click()
        settle(page)
        page.locator(".js-plotly-plot:visible").first.wait_for(timeout=30 * SECOND)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
    assert_no_error_box(page)
    page.context.close()
