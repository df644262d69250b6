"""A server that is killed, and what a visitor finds afterwards; a queue with places, and runs that survive a reload."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_support import SECOND, assert_no_error_box, open_page, run, wait_for_end
from conftest import SHOTS, free_port, start_server

pytestmark = pytest.mark.browser
ENDED = re.compile("ended: (length|end of text|context full)")
LONG = "P=512&depth=12&tokens=320&prompt=story+2&T=1.0&seed=3"


def text_of(page) -> str:
    return page.locator(".player .text").first.inner_text()


def test_a_run_of_a_killed_server_is_found_by_its_link_and_goes_on_to_the_same_text(browser, tmp_path):
    port = free_port()
    folder = str(tmp_path / "runs")
    first = start_server(port, job_folder=folder)
    page = open_page(browser, f"http://127.0.0.1:{port}/?{LONG}")
    run(page)
    page.get_by_text(re.compile(r"Decoding: [1-9]\d* of 320")).wait_for(timeout=60 * SECOND)
    link = page.url
    first.kill()
    first.wait()
    page.context.close()
    second = start_server(port, job_folder=folder)
    try:
        found = open_page(browser, link)
        wait_for_end(found)
        found.get_by_text("ended: interrupted").first.wait_for(timeout=20 * SECOND)
        assert "The server ended before this run did" in found.inner_text("body")
        assert_no_error_box(found)
        found.screenshot(path=SHOTS / "decode-interrupted.png", full_page=True)
        found.get_by_role("button", name="Continue this run").click()
        found.get_by_text(ENDED).first.wait_for(timeout=90 * SECOND)
        found.wait_for_timeout(SECOND)
        found.get_by_label("Last pass").first.click()
        continued = text_of(found)
        assert found.get_by_role("button", name="Continue this run").count() == 0
        found.context.close()
        anew = open_page(browser, f"http://127.0.0.1:{port}/?{LONG}")
        run(anew)
        wait_for_end(anew)
        anew.get_by_label("Last pass").first.click()
        assert text_of(anew) == continued
        anew.context.close()
    finally:
        second.terminate()
        second.wait(timeout=20)


def test_in_a_full_server_a_run_has_a_place_and_a_short_one_is_not_stuck(browser, tmp_path):
    port = free_port()
    server = start_server(port, job_folder=str(tmp_path / "runs"), jobs="1", visitor_jobs="1")
    address = f"http://127.0.0.1:{port}"
    try:
        first, second = (open_page(browser, f"{address}/?{LONG}") for _ in range(2))
        run(first)
        first.get_by_text(re.compile(r"Decoding: [1-9]")).wait_for(timeout=60 * SECOND)
        run(second)
        second.get_by_text("Place 1 in the queue, you are next").wait_for(timeout=20 * SECOND)
        second.screenshot(path=SHOTS / "decode-queue.png", full_page=True)
        reloaded = second.url
        second.goto(reloaded)  # a reload of the page: the job is found again by its link
        second.get_by_text("Place 1 in the queue").wait_for(timeout=30 * SECOND)
        first.get_by_role("button", name="Stop", exact=True).click()
        first.get_by_text("ended: stopped").first.wait_for(timeout=30 * SECOND)
        second.get_by_text(re.compile(r"Decoding: [1-9]|ended: ")).first.wait_for(timeout=60 * SECOND)
        for page in (first, second):
            assert_no_error_box(page)
            page.context.close()
    finally:
        server.terminate()
        server.wait(timeout=20)
