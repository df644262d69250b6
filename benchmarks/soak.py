"""Many browsers for half an hour: stepping, running, stopping, switching pages; what was lost and how long it took."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from benchmarks.browsing import Server, launch, opened, server
from benchmarks.explorer import step

PAGES = ("compare", "probe", "tour", "limits", "races", "transport", "rejections", "models", "traces", "sweep")
LOST = "[data-testid=stConnectionStatus], [data-testid=stException]"
OVER = re.compile("ended: ")


@dataclass
class Seen:
    """Seconds of each kind of action, troubles in words, and the server's memory now and then."""

    spent: dict[str, list[float]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def time(self, kind: str, action: Callable[[], Any]) -> None:
        """Clock an action; one that fails is a trouble."""
        began = time.perf_counter()
        try:
            action()
        except Exception as error:  # whatever it was, the other browsers go on
            self.troubles.append(f"{kind}: {str(error).splitlines()[0][:120]}")
        else:
            self.spent.setdefault(kind, []).append(time.perf_counter() - began)


def _step(page: Any, seen: Seen) -> None:
    if page.locator(".player .tree .node").count():
        took = step(page) / 1000
        seen.spent.setdefault("step", []).append(took)


def _run(page: Any, seen: Seen, chance: Random) -> None:
    """Press Run and wait for the first tokens; then let it run, or stop it."""
    button = page.get_by_role("button", name="Run", exact=True)
    if not button.count() or not button.is_enabled():
        return
    before = page.url

    def first_tokens() -> None:
        button.click()
        page.wait_for_function("before => location.href !== before", arg=before, timeout=60_000)
        page.get_by_text(re.compile(r"Decoding: [1-9]\d* of|ended: ")).first.wait_for(timeout=120_000)

    seen.time("wait for a run", first_tokens)
    if chance.random() < 0.5:
        stop = page.get_by_role("button", name="Stop", exact=True)
        if stop.is_enabled():
            stop.click()
    seen.time("until the run is over", lambda: page.get_by_text(OVER).first.wait_for(timeout=180_000))


def _switch(page: Any, address: str, seen: Seen, chance: Random) -> None:
    url = chance.choice(PAGES)

    def there_and_back() -> None:
        page.goto(f"{address}/{url}")
        page.wait_for_selector("h1", timeout=120_000)
        page.goto(f"{address}/?P=16&tokens={chance.choice((32, 96, 240))}&seed={chance.randrange(1000)}")
        page.wait_for_selector(".player .tree .node", timeout=120_000)

    seen.time("another page and back", there_and_back)


def soak(one: Server, browser: Any, browsers: int, minutes: float) -> Seen:
    """One action of one browser after another, while what was started goes on in all."""
    seen, chance = Seen(), Random(3)
    pages = [opened(browser, f"{one.address}/?P=16&tokens=240&seed={i}")[0] for i in range(browsers)]
    for page in pages:
        page.on("pageerror", lambda error: seen.troubles.append(f"script: {str(error)[:120]}"))
    began, noted = time.perf_counter(), -60.0
    while (spent := time.perf_counter() - began) < 60 * minutes:
        if spent - noted >= 60:
            noted = spent
            seen.memory.append((spent / 60, one.resident))
            print(f"minute {spent / 60:.0f}: {one.resident:.0f} MB, {len(seen.troubles)} troubles", flush=True)
        page = chance.choice(pages)
        kind = chance.random()
        if kind < 0.7:
            _step(page, seen)
        elif kind < 0.85:
            _run(page, seen, chance)
        else:
            _switch(page, one.address, seen, chance)
        if page.locator(LOST).count():
            seen.troubles.append("a session was lost or an error shown")
            page.reload()
    seen.memory.append((minutes, one.resident))
    return seen


def report(quick: bool, browsers: int = 20) -> Iterator[str]:
    """Tables of times and memory."""
    from playwright.sync_api import sync_playwright

    minutes = 1.0 if quick else 30.0
    with sync_playwright() as playwright, server() as one:
        seen = soak(one, launch(playwright), browsers, minutes)
    lost = sum("session" in said for said in seen.troubles)
    yield (
        f"{browsers} browsers for {minutes:.0f} minutes on one server of the same machine. Sessions lost or error "
        f"boxes: {lost}; other troubles: {len(seen.troubles) - lost}."
    )
    yield ""
    yield "| what a browser did | times | p50, s | p95, s | longest, s |"
    yield "|---|---|---|---|---|"
    for kind, times in seen.spent.items():
        middle, high = np.percentile(times, [50, 95])
        yield f"| {kind} | {len(times)} | {middle:.2f} | {high:.2f} | {max(times):.2f} |"
    yield ""
    middle_of = seen.memory[len(seen.memory) // 2]
    marks = (("start", seen.memory[0]), ("middle", middle_of), ("end", seen.memory[-1]))
    yield "Server's resident memory: " + ", ".join(f"{mb:.0f} MB at the {name}" for name, (_, mb) in marks) + "."
    for said in sorted(set(seen.troubles)):
        yield f"- {seen.troubles.count(said)} times: {json.dumps(said)}"
