"""The Compare page in a real browser: the shared scrubber, a case, a comparison and a check made by clicking."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import browser_support as support

pytestmark = pytest.mark.browser
SECOND = 1000


def open_page(browser, address: str, width: int = 1440, theme: str = "light"):
    """A settled page, and what its scripts complained about."""
    errors: list[str] = []
    return support.open_page(browser, address, width, theme, errors), errors


def clean(page, errors: list[str]) -> None:
    assert errors == []
    support.assert_no_error_box(page)
    assert support.overflow(page) <= 0


def counts(page) -> list[int]:
    """Tokens that each lane says it has written."""
    return [int(re.match(r"\d+", text)[0]) for text in page.locator(".lanes .count").all_inner_texts()]


def visible_tokens(page) -> list[int]:
    return page.eval_on_selector_all(
        ".board", "boards => [...boards[0].querySelectorAll('.lanes .text')].map("
        "text => [...text.querySelectorAll('.token')].filter("
        "token => getComputedStyle(token).visibility === 'visible').length)",
    )  # fmt: skip


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (820, "dark")])
def test_one_slider_moves_all_lanes(browser, server, width, theme):
    page, errors = open_page(browser, f"{server}/compare", width, theme)
    page.locator(".lanes .lane").nth(3).wait_for()
    assert counts(page) == visible_tokens(page) == [64, 64, 64, 64]
    assert page.locator(".token.apart").count() >= 4
    assert "first differ at token" in page.locator(".sentences").inner_text()
    slider = page.get_by_label("Moment on the shared clock")
    slider.focus()
    page.keyboard.press("Home")
    assert counts(page) == visible_tokens(page) == [0, 0, 0, 0]
    page.keyboard.press("ArrowRight")  # the first pass that ends, of whichever lane
    first = counts(page)
    assert sum(first) == max(first) > 0
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    later = counts(page)
    assert later == visible_tokens(page)
    assert all(b >= a for a, b in zip(first, later, strict=True))
    assert sum(later) > sum(first)
    page.locator(".lanes .clock").nth(1).click(position={"x": 40, "y": 20})
    assert "drafted" in page.locator(".readout").inner_text()
    clean(page, errors)
    page.context.close()


def test_playing_goes_to_the_end_and_passes_are_a_clock_too(browser, server):
    page, errors = open_page(browser, f"{server}/compare")
    page.locator(".lanes .lane").nth(3).wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(700)
    assert sum(counts(page)) < 256
    page.wait_for_function("() => [...document.querySelectorAll('*')].some(e => e.shadowRoot?.querySelector("
                           "'.play')?.textContent.includes('Play'))", timeout=20 * SECOND)  # fmt: skip
    assert counts(page) == [64, 64, 64, 64]
    page.locator(".st-key-compare_clock").get_by_text("target passes").click()
    support.settle(page)
    assert page.locator(".moment").inner_text() == "64 passes"
    slider = page.get_by_label("Moment on the shared clock")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert counts(page)[0] == 1  # plain decoding writes one token a pass
    clean(page, errors)
    page.context.close()


def test_a_case_shows_one_text_in_every_p(browser, server):
    page, errors = open_page(browser, f"{server}/compare")
    page.get_by_role("button", name="One text, whatever P").click()
    support.settle(page)
    page.get_by_text(re.compile("Plain, A, B and C wrote the same 64 tokens")).wait_for(timeout=20 * SECOND)
    assert len(set(page.locator(".lanes .text").evaluate_all(
        "boxes => boxes.map(box => [...box.querySelectorAll('.token')].map(t => t.firstChild.textContent).join(''))"
    ))) == 1  # fmt: skip
    assert page.locator(".token.apart").count() == 0
    assert "compare_shown=" in page.url
    clean(page, errors)
    page.context.close()


def test_a_comparison_and_its_run_on_decode(browser, server):
    page, errors = open_page(browser, f"{server}/compare?compare_n=2&tokens=16&compare_seeds=2")
    page.get_by_role("button", name="Run all").click()
    page.get_by_text(re.compile("Numbers at the right: 2 seeds")).wait_for(timeout=120 * SECOND)
    support.settle(page)
    assert counts(page) == [16, 16, 16]
    page.get_by_role("tab", name="Paired differences").click()
    page.get_by_text("n = 2 runs each").wait_for(timeout=20 * SECOND)
    page.get_by_role("tab", name="One clock").click()
    support.settle(page)
    clean(page, errors)
    page.locator(".st-key-compare_open_1 button").first.click()
    page.wait_for_url(re.compile("/(\\?|$)|decode"), timeout=20 * SECOND)
    page.locator(".player").first.wait_for(timeout=30 * SECOND)
    assert "A: Chain" in page.inner_text("body") or "A: Chain" in "".join(
        page.eval_on_selector_all("input", "boxes => boxes.map(box => box.value)")
    )
    page.context.close()


def test_a_wrong_method_is_caught_by_clicking(browser, server):
    address = f"{server}/compare?compare_part=Losslessness+check&compare_check=draw+now&compare_check_depth=1"
    page, errors = open_page(browser, f"{address}&compare_check_method=wrong+on+purpose%3A+replaced+from+p&T=1.0")
    page.get_by_role("button", name="Draw", exact=True).click()
    page.get_by_text("the check caught it").wait_for(timeout=120 * SECOND)
    support.settle(page)
    clean(page, errors)
    page.context.close()
