"""Every page at two widths and both themes, and a run made by clicking."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from conftest import ROOT, SHOTS

from specviz.records.store import load_trace, save_trace

pytestmark = pytest.mark.browser
LABORATORIES = ("races", "limits", "transport", "rejections")
PAGES = {"": "decode"} | {name: name for name in LABORATORIES}
SECOND = 1000


def open_page(browser, address: str, width: int = 1440, theme: str = "light", errors: list | None = None):
    """A settled page; whatever its scripts complain about goes into `errors`."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    if errors is not None:
        page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.wait_for_selector("h1", timeout=60 * SECOND)
    settle(page)
    return page


def settle(page) -> None:
    """Wait until no script runs and nothing is redrawn."""
    page.wait_for_function(
        '() => !document.querySelector(\'[data-testid="stStatusWidget"], [data-testid="stSkeleton"]\')',
        timeout=60 * SECOND,
    )
    page.wait_for_timeout(800)


def assert_no_error_box(page) -> None:
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 820])
@pytest.mark.parametrize("url", PAGES)
def test_page_opens(browser, server, url, width, theme):
    errors: list[str] = []
    page = open_page(browser, f"{server}/{url}", width, theme, errors)
    assert_no_error_box(page)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{PAGES[url]}-{width}-{theme}.png", full_page=True)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    assert errors == []
    page.context.close()


def test_a_run_by_clicking(browser, server):
    """Choose nothing, press Run, watch it end, step, find it again by its link."""
    page = open_page(browser, f"{server}/?P=16&seed=5")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(re.compile("run="), timeout=30 * SECOND)
    page.get_by_text(re.compile("P = 16, ")).first.wait_for(timeout=120 * SECOND)
    settle(page)
    assert_no_error_box(page)
    assert "seed 5" in page.inner_text("body")
    page.locator(".player .tree .node").first.wait_for()
    page.get_by_label("Last pass").click()
    numbers = page.locator(".player .numbers").inner_text()
    total = int(re.search(r"pass (\d+) of \1\b", numbers).group(1))
    assert total > 1
    page.locator(".player .tree .node.closing").click()
    assert re.search("bonus|correction", page.locator(".player .inspector").inner_text())
    link = page.url
    page.screenshot(path=SHOTS / "decode-own-run.png", full_page=True)
    page.context.close()
    again = open_page(browser, link)
    again.get_by_text(re.compile("P = 16, ")).first.wait_for(timeout=30 * SECOND)
    assert "seed 5" in again.inner_text("body")
    again.context.close()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (820, "dark")])
@pytest.mark.parametrize("url", LABORATORIES)
def test_every_tab_of_a_laboratory_opens(browser, server, url, width, theme):
    """Each tab is drawn without an error and fits its page; a long picture of it is kept."""
    errors: list[str] = []
    page = open_page(browser, f"{server}/{url}", width, theme, errors)
    page.set_viewport_size({"width": width, "height": 2200})
    tabs = page.get_by_role("tab")
    assert tabs.count() > 1
    for number in range(tabs.count()):
        tabs.nth(number).click()
        settle(page)
        assert_no_error_box(page)
        page.screenshot(path=SHOTS / f"{url}-{number}-{width}-{theme}.png")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0
    assert errors == []
    page.context.close()


@pytest.mark.parametrize("url", LABORATORIES)
def test_a_surprising_case_is_in_the_link(browser, server, url):
    """Each case sets its controls, and opening its link again gives the same page."""
    page = open_page(browser, f"{server}/{url}")
    cases = page.locator(f'[class*="st-key-{url}_preset_"] button')
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


def test_the_keyboard_steps_and_walks_the_tree(browser, server):
    page = open_page(browser, server)
    page.locator(".player .transport [data-go=first]").click()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(3 * SECOND)
    assert page.locator(".player .numbers").inner_text().startswith("pass 2 of")
    root = page.locator(".player .tree .node").first
    root.focus()
    page.keyboard.press("ArrowRight")
    label = page.locator(".player .tree .node:focus").get_attribute("aria-label")
    assert "depth 1" in label
    page.context.close()


def test_hostile_token_text_is_only_text(browser, server, tmp_path):
    """A trace whose tokens are markup is drawn as letters."""
    trace = load_trace(ROOT / "assets" / "traces" / "story.json.gz")
    evil = "<img src=x onerror=window.hacked=1>"
    changed = replace(trace, texts=dict.fromkeys(trace.texts, evil), note=evil, text=evil, prompt=evil)
    save_trace(changed, tmp_path / "evil.json.gz")
    page = open_page(browser, server)
    page.get_by_text("a file", exact=True).click()
    page.locator('input[type="file"]').set_input_files(tmp_path / "evil.json.gz")
    page.wait_for_timeout(4 * SECOND)
    assert "onerror" in page.locator(".player .text").inner_text()
    assert page.locator(".player img, .stMarkdown img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert_no_error_box(page)
    page.context.close()


def test_readme_screenshot(browser, server):
    """The picture of the README; renewed when SPECVIZ_RENEW is set."""
    page = open_page(browser, f"{server}/")
    page.wait_for_timeout(6 * SECOND)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "readme.png")
    assert (SHOTS / "readme.png").stat().st_size > 20_000
    if os.environ.get("SPECVIZ_RENEW"):
        shutil.copy(SHOTS / "readme.png", ROOT / "docs" / "decode.png")
    page.context.close()
