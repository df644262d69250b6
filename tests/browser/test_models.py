"""The Models page in a real browser: check, load, fail, take the example, and go on to Decode with the pair."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, overflow, settle
from conftest import SHOTS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (820, "dark")])
def test_the_page_fits(browser, server, width, theme):
    errors: list[str] = []
    page = open_page(browser, f"{server}/models?pair=Llama+3.1+8B+with+3.2+1B", width, theme, errors)
    assert_no_error_box(page)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"models-gated-{width}-{theme}.png", full_page=True)
    assert overflow(page) <= 0
    assert "login needed" in page.inner_text("body")
    assert errors == []
    page.context.close()


def test_load_fail_recover_and_decode(browser, server):
    page = open_page(browser, f"{server}/models?models_dtype=float32")
    page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_text("s in all").wait_for(timeout=60 * SECOND)
    settle(page)
    assert "In memory: fable/target with fable/draft, on cpu in float32." in page.inner_text("body")
    page.get_by_role("button", name="No such name").click()
    page.get_by_text("neither a folder here nor an id").wait_for(timeout=20 * SECOND)
    settle(page)
    page.get_by_role("button", name="Load", exact=True).click()
    box = page.locator('[data-testid="stAlertContentError"]')
    box.wait_for(timeout=30 * SECOND)
    assert "still in memory" in box.inner_text()
    settle(page)
    page.screenshot(path=SHOTS / "models-failed.png")
    page.locator(".st-key-models_failed_NAME button").first.click()
    box.wait_for(state="detached", timeout=20 * SECOND)
    settle(page)
    page.get_by_role("link", name="Decode with it").click()
    page.get_by_text("Watch a draft tree").wait_for(timeout=30 * SECOND)
    settle(page)
    assert page.locator(".st-key-pair input").input_value() == "Embedded pair, distilled draft"
    page.context.close()


def test_the_curve_is_seen_after_a_load(browser, server):
    errors: list[str] = []
    page = open_page(browser, f"{server}/models?models_dtype=float32&pair=Embedded+pair%2C+plainly+trained+draft",
                     errors=errors)  # fmt: skip
    page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_text("s in all").or_(page.get_by_text("nothing had to be loaded")).wait_for(timeout=60 * SECOND)
    settle(page)
    page.get_by_role("button", name="See what a pass costs").click()
    page.locator(".st-key-chart-models-costs .scatterlayer .trace").first.wait_for(timeout=20 * SECOND)
    settle(page)
    assert "Run here: the target on" in page.inner_text("body")
    assert page.locator(".st-key-chart-models-costs").get_by_text("a draft pass").count() > 0
    assert overflow(page) <= 0
    assert_no_error_box(page)
    page.screenshot(path=SHOTS / "models-costs.png", full_page=True)
    assert errors == []
    page.context.close()


def test_a_curated_choice_is_the_choice_of_every_page(browser, server):
    page = open_page(browser, f"{server}/models?models_part=Curated+pairs&models_family=Pythia")
    page.get_by_role("button", name="Put it into the fields").click()
    page.wait_for_url("**pair=Pythia**", timeout=20 * SECOND)
    settle(page)
    page.get_by_role("link", name="Decode").first.click()
    page.get_by_text("Watch a draft tree").wait_for(timeout=30 * SECOND)
    settle(page)
    assert page.locator(".st-key-pair input").input_value() == "Pythia 6.9B with 70M"
    page.context.close()


def test_a_hostile_name_in_the_link_is_only_letters(browser, server):
    evil = "!%5Bx%5D(http://127.0.0.1:9/evil.png)%3Cimg src=x onerror=window.hacked=1%3E"
    asked: list[str] = []
    page = open_page(browser, f"{server}/models")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}/models?pair=Another+pair&target={evil}&draft=fable/draft")
    page.get_by_text("There is no folder").wait_for(timeout=30 * SECOND)
    settle(page)
    assert page.evaluate("window.hacked") is None
    assert not [url for url in asked if "evil" in url and "127.0.0.1:9" in url.split("?")[0]]
    page.context.close()
