"""Measure the page budgets in a real browser and write the table of docs/budgets.md.

    OMP_NUM_THREADS=1 python -m benchmarks.explorer [BROWSERS]

The server is the app as the README opens it, on the embedded pair; the browser is Chromium on the same machine.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.browsing import OWN, ROOT, launch, opened, server
from specviz.engine.decode import Run
from specviz.engine.jobs import StudyJob
from specviz.engine.scheduling import Workshop
from specviz.figures.player.payload import player_payload
from specviz.presets import preset_prompts
from specviz.records import RunSettings
from specviz.records.store import save_trace

COLD = 5  # servers that are started for the first visit's figure
PROMPT = preset_prompts()[0][1]
NUMBERS = 'root.querySelector(".numbers").innerText'
Row = tuple[str, str, str]


STEP = f"""(root, way) => new Promise(done => {{
    const before = {NUMBERS}, began = performance.now();
    root.querySelector(`.transport [data-go=${{way}}]`).click();
    const look = () => {NUMBERS} !== before ? done(performance.now() - began)
        : performance.now() - began > 5000 ? done(5000) : requestAnimationFrame(look);
    look();
}})"""  # milliseconds from the key to the next pass standing there, measured inside the page


def step(page: Any, way: str = "next") -> float:
    """Milliseconds of one step to the next pass, or to the previous one."""
    return float(page.locator(".player").first.evaluate(STEP, way))


def _cold(browser: Any) -> float:
    """Seconds until the first visitor of a new server sees the tree."""
    with server() as one:
        return opened(browser, one.address)[1]


def browser_rows(playwright: Any, browsers: int) -> Iterator[Row]:
    """First page, steps, and many browsers while one decodes."""
    browser = launch(playwright)
    cold = [_cold(browser) for _ in range(COLD)]
    words = f"{np.median(cold):.1f} s ({min(cold):.1f} to {max(cold):.1f})"
    yield f"first page with its tree, first visit of a new server (median of {COLD})", "3 s", words
    with server() as one:
        address = one.address
        page, _ = opened(browser, address)
        again = [opened(browser, address) for _ in range(3)]
        yield "the same, later visitors (median of 3)", "3 s", f"{np.median([s for _, s in again]):.1f} s"
        for other, _ in again:
            other.context.close()
        page.context.close()
        yield from trace_rows(browser, address)
        yield from crowd_rows(browser, address, browsers)
    browser.close()


def trace_rows(browser: Any, address: str) -> Iterator[Row]:
    """Steps through a run of P = 64."""
    page, _ = opened(browser, f"{address}/?P=64&tokens=96&seed=3")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function(OWN, timeout=120_000)
    page.wait_for_timeout(3000)
    page.locator(".player .transport [data-go=first]").first.click()
    page.wait_for_timeout(1500)
    times, asked = [], []
    for number in range(2, 14):
        began = time.perf_counter()
        times.append(step(page))
        page.get_by_text(re.compile(rf"^Pass {number} of \d+, asked again")).first.wait_for(timeout=20_000)
        asked.append(time.perf_counter() - began)
        page.wait_for_timeout(500)
    yield "step to another pass, P = 64, click to picture (median of 12)", "150 ms", f"{np.median(times):.0f} ms"
    yield (
        'the same until "what if" has followed on the server, 250 ms of it waiting for a rest (median of 12)',
        "-",
        f"{np.median(asked):.1f} s",
    )
    page.context.close()


def crowd_rows(browser: Any, address: str, browsers: int) -> Iterator[Row]:
    """Each browser steps once a round while the first one decodes; back again, for some runs have few passes."""
    decoding, _ = opened(browser, f"{address}/?P=64&tokens=480&prompt=code+1")
    pages = [opened(browser, f"{address}/?source={('story', 'code', 'sum')[i % 3]}")[0] for i in range(browsers)]
    decoding.get_by_role("button", name="Run", exact=True).click()
    times: list[float] = []
    began = time.perf_counter()
    for way in ["next"] * 5 + ["previous"] * 5:
        for page in pages:
            times.append(step(page, way))
    spent = time.perf_counter() - began
    lost = sum(page.locator("[data-testid=stConnectionStatus]").count() for page in pages)
    lost += sum(page.locator(".player .tree .node").count() == 0 for page in pages)
    low, high = np.percentile(times, [50, 95])
    yield (
        f"{browsers} browsers stepping while one decodes: {len(times)} steps in {spent:.0f} s, p50 / p95",
        "p95 1 s",
        f"{low:.0f} / {high:.0f} ms",
    )
    yield "sessions lost in that", "0", str(lost)


def engine_rows() -> Iterator[Row]:
    """Payloads, one run with its full record, and the study of the Limits page."""
    pair = Workshop().pair("fable/target", "fable/draft")
    for capacity, budget in ((64, "20 KiB a pass"), (1024, "200 KiB, 20 ms")):
        settings = RunSettings(capacity=capacity, depth=8 if capacity == 64 else 12, max_new_tokens=32)
        run = Run(pair, settings, PROMPT)
        list(run)
        trace = run.trace()
        spent, sizes = [], []
        for number in range(len(trace.iterations)):
            began = time.perf_counter()
            text = json.dumps(player_payload(trace, number, number + 1)["iterations"])
            spent.append(1000 * (time.perf_counter() - began))
            sizes.append(len(text) / 1024)
        yield (
            f"payload of one pass, P = {capacity}: build and JSON, size (medians of {len(sizes)})",
            budget,
            f"{np.median(spent):.1f} ms, {np.median(sizes):.0f} KiB",
        )
    settings = RunSettings(capacity=32, max_new_tokens=64)
    list(Run(pair, settings, PROMPT))
    began = time.perf_counter()
    run = Run(pair, settings, PROMPT)
    first = 0.0
    for number, _ in enumerate(run):
        first = time.perf_counter() - began if number == 0 else first
    spent_all = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        save_trace(run.trace(), Path(folder) / "run.json.gz")
    yield "64-token run, P = 32, full record: first tokens, all", "1 s, 10 s", f"{first:.2f} s, {spent_all:.2f} s"
    yield study_row()


def study_row() -> Row:
    """E[X] against P, live."""
    job = StudyJob(
        "fable/target", "fable/draft", settings=RunSettings(temperature=1.0, depth=24, drafts=8, max_new_tokens=40),
        prompts=[("own", PROMPT)], capacities=[8, 64, 1024], nested=[2**i for i in range(11)],
    )  # fmt: skip
    shop = Workshop()
    shop.pair("fable/target", "fable/draft")
    began = time.perf_counter()
    shop.start(job)
    while job.active:
        time.sleep(0.1)
    return "E[X] at 11 values of P to 1,024, 5 strategies, live", "30 s", f"{time.perf_counter() - began:.0f} s"


def main(browsers: int = 20) -> None:
    """Write the table."""
    from playwright.sync_api import sync_playwright

    rows = list(engine_rows())
    with sync_playwright() as playwright:
        rows += browser_rows(playwright, browsers)
    lines = [
        "# Page budgets",
        "",
        f"Made by `python -m benchmarks.explorer` on {os.cpu_count()} cores ({platform.machine()}), no accelerator, "
        "the embedded pair, Chromium with software graphics on the same machine.",
        "",
        "| what | budget | measured |",
        "|---|---|---|",
        *(f"| {what} | {budget} | {measured} |" for what, budget, measured in rows),
        "",
    ]
    (ROOT / "docs" / "budgets.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
