"""A server for strangers in a real browser: embedded models only, small runs, no files; its token is on no page."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import ALL_PAGES, SECOND, assert_no_error_box, open_page, settle, wait_for_end
from conftest import free_port, start_server

pytestmark = pytest.mark.browser
TOKEN = "hf_aTokenThatNobodyShallSee0123"
NO_FILES = "This server opens no files of its visitors."


@pytest.fixture(scope="module")
def private():
    """Its address."""
    before = os.environ.get("HF_TOKEN")
    os.environ["HF_TOKEN"] = TOKEN
    port = free_port()
    running = start_server(
        port, models="embedded", capacity="64", depth="16", new_tokens="100", prompt="200", uploads="false", jobs="2"
    )
    if before is None:
        del os.environ["HF_TOKEN"]
    else:
        os.environ["HF_TOKEN"] = before
    yield f"http://127.0.0.1:{port}"
    running.terminate()
    running.wait(timeout=20)


def test_no_page_has_a_control_for_files_or_tells_the_token(browser, private):
    for url in ALL_PAGES:
        page = open_page(browser, f"{private}/{url}?traces_part=Files&probe_source=a+text+of+mine")
        assert_no_error_box(page)
        assert page.locator('input[type="file"]').count() == 0
        assert TOKEN not in page.content()
        if url in ("", "decode", "traces", "probe"):
            assert page.get_by_text(NO_FILES).first.is_visible()
        page.context.close()


def test_a_link_beyond_the_limits_is_cut_and_its_run_is_done(browser, private):
    page = open_page(browser, f"{private}/?P=1024&tokens=400&depth=60&pair=Qwen3+4B+with+0.6B")
    told = ("P = 1,024; at most 64", "tokens: 400; at most 100", "depth 60; at most 16", "not load Qwen3 4B with 0.6B")
    for words in told:
        assert page.get_by_text(words).first.is_visible(), words
    for given in ("P=64", "tokens=100", "depth=16"):  # the link that is handed on says what will be done
        assert re.search(rf"[?&]{given}(&|$)", page.url), page.url
    page.get_by_role("button", name="Run", exact=True).click()
    wait_for_end(page)
    assert_no_error_box(page)
    page.context.close()


def test_another_model_is_refused_with_what_to_do(browser, private):
    page = open_page(browser, f"{private}/models?pair=Another+pair&target=%2Fetc%2Fpasswd&draft=fable%2Fdraft")
    page.get_by_text("Not loaded on this server.").first.wait_for(timeout=20 * SECOND)
    assert page.get_by_text("Whoever runs this server has chosen what it loads").first.is_visible()
    page.get_by_role("button", name="Load", exact=True).click()
    settle(page)
    assert page.get_by_text("does not load these models").first.is_visible()
    assert page.locator('[data-testid="stException"]').count() == 0
    page.context.close()
