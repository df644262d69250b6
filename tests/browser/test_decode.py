"""A visitor at the Decode page: run, stop, step, share, upload."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, run, upload, wait_for_end
from conftest import ROOT, SHOTS

pytestmark = pytest.mark.browser


def test_a_run_by_clicking(browser, server):
    """Choose nothing, press Run, watch it end, step, find it again by its link."""
    page = open_page(browser, f"{server}/?P=16&seed=5")
    run(page)
    wait_for_end(page)
    assert_no_error_box(page)
    assert "seed 5" in page.inner_text("body")
    page.locator(".player .tree .node").first.wait_for()
    page.get_by_label("Last pass").click()
    numbers = page.locator(".player .numbers").first.inner_text()
    total = int(re.search(r"pass (\d+) of \1\b", numbers).group(1))
    assert total > 1
    page.locator(".player .tree .node.closing").first.click()
    assert re.search("bonus|correction", page.locator(".player .inspector").first.inner_text())
    text = page.locator(".player .text").first.inner_text()
    link = page.url
    page.screenshot(path=SHOTS / "decode-own-run.png", full_page=True)
    page.context.close()
    again = open_page(browser, link)
    wait_for_end(again)
    assert "seed 5" in again.inner_text("body")
    assert again.locator(".player .text").first.inner_text() == text
    # The link without the run holds the settings: the same run can be made again.
    anew = open_page(browser, re.sub(r"[?&](run|source)=[^&]*", "", link.replace("?", "?x=1&")))
    run(anew)
    wait_for_end(anew)
    assert anew.locator(".player .text").first.inner_text() == text
    anew.context.close()
    again.context.close()


def test_p_and_depth_can_be_automatic(browser, server):
    page = open_page(browser, f"{server}/?tokens=32")
    page.get_by_test_id("stSidebar").get_by_role("radio", name="automatic").click()
    page.wait_for_url(re.compile("sizes=automatic"), timeout=20 * SECOND)
    run(page)
    wait_for_end(page)
    said = page.inner_text("body")
    assert re.search(r"Chosen automatically: .+; \d+ tokens per second predicted, \d+ measured", said)
    assert_no_error_box(page)
    page.screenshot(path=SHOTS / "decode-automatic.png", full_page=True)
    page.context.close()


def test_stop_keeps_what_was_decoded(browser, server):
    page = open_page(browser, f"{server}/?P=1024&depth=24&tokens=480&prompt=story+2&T=1.0")
    run(page)
    page.get_by_text(re.compile(r"Decoding: [1-9]\d* of 480")).wait_for(timeout=60 * SECOND)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("ended: stopped").wait_for(timeout=30 * SECOND)
    assert page.locator(".player .text button").count() > 0
    assert_no_error_box(page)
    page.context.close()


def test_the_link_of_a_lost_run_says_how_to_get_it_back(browser, server):
    page = open_page(browser, f"{server}/?run=0123456789&P=8")
    page.get_by_text("does not hold that run any more").wait_for()
    assert_no_error_box(page)
    page.context.close()


def test_an_own_prompt(browser, server):
    page = open_page(browser, f"{server}/")
    page.get_by_role("button", name="Try your prompt").click()
    box = page.get_by_label("Your prompt")
    box.wait_for()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_test_id("stAlertContentError").get_by_text("The prompt is empty").wait_for()
    box.fill("The cat and the <b>dog</b>")
    run(page)  # one click leaves the box and starts
    wait_for_end(page)
    assert "The cat and the <b>dog</b>" in page.locator(".player .text").first.inner_text()
    page.context.close()


def test_a_file_is_opened_and_replayed(browser, server):
    page = open_page(browser, f"{server}/")
    upload(page, ROOT / "assets" / "traces" / "sum.json.gz")
    page.get_by_text("race_tau_star with shared_race").wait_for(timeout=30 * SECOND)
    assert page.locator(".player .text").first.inner_text().startswith("Question: Anna")
    page.context.close()


def test_readme_screenshot(browser, server):
    """The picture of the README; renewed when RENEW_PICTURE is set."""
    page = open_page(browser, f"{server}/")
    page.wait_for_timeout(6 * SECOND)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "readme.png")
    assert (SHOTS / "readme.png").stat().st_size > 20_000
    if os.environ.get("RENEW_PICTURE"):
        shutil.copy(SHOTS / "readme.png", ROOT / "docs" / "decode.png")
    page.context.close()
