"""What an accessibility checker (axe-core) says about every page, in both themes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import ALL_PAGES, open_page

pytestmark = pytest.mark.browser

# Findings inside Streamlit's own widgets that a page cannot change, each with the reason.
NOT_OURS: dict[str, str] = {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("url", ALL_PAGES)
def test_axe_finds_nothing(browser, server, url, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = open_page(browser, f"{server}/{url}", theme=theme, still=True)
    page.wait_for_timeout(2500)
    found = axe.Axe().run(page).response["violations"]
    ours = [
        f"{v['id']} ({v['impact']}): {v['help']}; {len(v['nodes'])} x, first {v['nodes'][0]['html'][:160]}"
        for v in found
        if v["id"] not in NOT_OURS
    ]
    assert ours == []
    page.context.close()
