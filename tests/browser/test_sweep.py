"""The Sweep page in a real browser: a sweep by clicking, its file opened again, a bad one refused."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, settle

pytestmark = pytest.mark.browser

ASKED = {
    "sweep_methods": ["Chain + Standard rule, token by token", "Exponential race, dynamic tree + Shared race"],
    "sweep_P": ["2", "8"], "tokens": "6", "depth": "3",
}  # fmt: skip


def open_file(page, path: Path) -> None:
    page.get_by_test_id("stPopover").get_by_role("button", name="Open a results file").click()
    page.locator('input[type="file"]').first.set_input_files(path)
    page.wait_for_timeout(4 * SECOND)
    settle(page)


def test_a_sweep_by_clicking(browser, server, tmp_path):
    """Run, follow, look at the disparity, take the results file away, open it again; a damaged one is one sentence."""
    page = open_page(browser, f"{server}/sweep?{urlencode(ASKED, doseq=True)}", still=True)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("48 of 48 runs done").or_(page.get_by_text("Most tokens per pass")).first.wait_for()
    page.get_by_text("2 methods, 4 cells").wait_for(timeout=240 * SECOND)
    settle(page)
    assert_no_error_box(page)
    page.get_by_role("tab", name="Disparity").click()
    settle(page)
    page.get_by_text("Which prompts gain least").wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Results file", exact=True).click()
    kept = tmp_path / "night.parquet"
    waiting.value.save_as(kept)
    other = open_page(browser, f"{server}/sweep", still=True)
    open_file(other, kept)
    assert_no_error_box(other)
    other.keyboard.press("Escape")
    other.get_by_text("2 methods, 4 cells").wait_for()
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(kept.read_bytes()[:-300] + b"PAR1")
    page.keyboard.press("Escape")
    open_file(page, damaged)
    page.get_by_text("was shown before is still shown").wait_for()
    page.get_by_text("Which prompts gain least").wait_for()
    other.context.close()
    page.context.close()


def test_the_prompt_that_gains_least_is_one_click_from_decode(browser, server):
    page = open_page(browser, f"{server}/sweep?sweep_part=Disparity", still=True)
    page.get_by_role("link", name="Decode it").click()
    page.wait_for_url("**/?*prompt=*", timeout=30 * SECOND)
    settle(page)
    assert_no_error_box(page)
    assert "P=64" in page.url
    page.context.close()
