"""How long a stop takes: from the click to an idle server and page, at P = 64, at a random moment of the run."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np

from benchmarks.browsing import OWN, launch, opened, server
from specviz.engine.jobs import RunJob
from specviz.engine.scheduling import Workshop
from specviz.policy import Policy
from specviz.presets import preset_prompts
from specviz.records import RunSettings

PROMPTS = [prompt for _, prompt in preset_prompts()]
QUERY = "P=64&depth=8&tokens=480&T=1.0&prompt=story+2"


def in_process(count: int) -> list[float]:
    """Milliseconds from `stop` to the end of the job, its file saved."""
    shop, chance, spent = Workshop(Policy(job_folder="")), Random(1), []
    for number in range(count):
        settings = RunSettings(capacity=64, max_new_tokens=480, temperature=1.0, seed=number + 1)
        job = shop.start(RunJob.of(settings, PROMPTS[number % len(PROMPTS)]))
        while job.active and job.tokens < 2:
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.3))
        began = time.perf_counter()
        job.stop()
        job.over(60)
        spent.append(1000 * (time.perf_counter() - began))
    return spent


def in_browser(browser: Any, count: int) -> list[float]:
    """Milliseconds from the click on Stop to the page saying that the run is over."""
    spent, chance = [], Random(2)
    with server() as one:
        page, _ = opened(browser, f"{one.address}/?{QUERY}")
        for number in itertools.count():
            if len(spent) == count:
                break
            page.goto(f"{one.address}/?{QUERY}&seed={number + 1}")
            page.wait_for_selector(".player .tree .node", timeout=120_000)
            page.get_by_role("button", name="Run", exact=True).click()
            begun = f"() => /Decoding: [1-9]/.test(document.body.innerText) || ({OWN})()"
            page.wait_for_function(begun, timeout=60_000)
            page.wait_for_timeout(chance.uniform(0, 300))
            if page.evaluate(OWN):  # over already
                continue
            began = time.perf_counter()
            page.get_by_role("button", name="Stop", exact=True).click()
            page.get_by_text(re.compile("ended: ")).first.wait_for(timeout=60_000)
            if page.get_by_text("ended: stopped").count():  # else the text was over before the click
                spent.append(1000 * (time.perf_counter() - began))
    return spent


def report(quick: bool) -> Iterator[str]:
    """A table with both."""
    from playwright.sync_api import sync_playwright

    count = 3 if quick else 50
    inside = in_process(count)
    with sync_playwright() as playwright:
        seen = in_browser(launch(playwright), count)
    yield f"{count} runs each, P = 64, depth 8, stopped at a random moment of their first third of a second."
    yield ""
    yield "| from | to | p50, ms | p95, ms | longest, ms |"
    yield "|---|---|---|---|---|"
    rows = (("stop", "job over, models free", inside), ("click on Stop", "page says that the run is over", seen))
    for start, end, times in rows:
        middle, high = np.percentile(times, [50, 95])
        yield f"| {start} | {end} | {middle:.0f} | {high:.0f} | {max(times):.0f} |"
