"""What every browser test does: open a page, wait until it stands still, look for error boxes."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from conftest import ROOT

sys.path.insert(0, str(ROOT))

from app import page_modules

SECOND = 1000  # milliseconds
SPECS = {module.PAGE.url: module.PAGE for module in page_modules()}
ALL_PAGES = list(SPECS)
LABORATORIES = [url for url, spec in SPECS.items() if spec.section == "Laboratory"]
BUSY = '[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-testid="stSpinner"]'


def open_page(
    browser: Any, address: str, width: int = 1440, theme: str = "light", errors: list | None = None, still: bool = False
) -> Any:
    """A settled page; what its scripts complain about or ask other servers for goes into `errors`.

    still: nothing moves by itself.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce" if still else None
    )
    page = context.new_page()
    if errors is not None:
        home = urlparse(address).hostname
        page.on("pageerror", lambda error: errors.append(str(error)))
        # Offline is offline: no font, picture or script comes from elsewhere.
        page.on("request", lambda r: urlparse(r.url).hostname in (home, None) or errors.append(f"asked {r.url}"))
    page.goto(address)
    page.wait_for_selector("h1", timeout=60 * SECOND)
    settle(page)
    return page


def settle(page: Any) -> None:
    """Wait until no script runs and nothing is redrawn."""
    page.wait_for_function(f"() => !document.querySelector({BUSY!r})", timeout=60 * SECOND)
    page.wait_for_timeout(800)


def assert_no_error_box(page: Any) -> None:
    """No traceback and no red box."""
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0


def overflow(page: Any) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def run(page: Any) -> None:
    """Press Run on the Decode page."""
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(re.compile("run="), timeout=30 * SECOND)


def wait_for_end(page: Any) -> None:
    """Until the visitor's own run is over and shown."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('.st-key-source input')].some(box => box.value.startsWith('your run'))",
        timeout=120 * SECOND,
    )
    settle(page)
    page.get_by_text(re.compile("ended: ")).first.wait_for(timeout=30 * SECOND)


def upload(page: Any, path: Path) -> None:
    """Open a file on the Decode page."""
    page.get_by_test_id("stPopover").get_by_role("button", name="Open a file").click()
    page.locator('input[type="file"]').set_input_files(path)
    page.wait_for_timeout(4 * SECOND)
    settle(page)
