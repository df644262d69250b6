"""Many browsers for half an hour: stepping, running, stopping, switching pages; what was lost and how long it took."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.browsing import FLAGS, Server, chromium, server
from benchmarks.explorer import STEP
from benchmarks.sockets import visit

PAGES = ("Compare", "Probe", "Tour", "Limits", "Races", "Transport", "Rejections", "Models", "Traces", "Sweep")
LOST = {"session lost": "[data-testid=stConnectionStatus]", "error box": "[data-testid=stException]"}
PICTURES = Path(tempfile.gettempdir()) / "specviz-soak"
# The run of the link is over when it lies on the shelf; text of the run before may still stand there for a moment.
OVER = """() => {
    const id = (new URL(location.href)).searchParams.get('run') || '-', name = 'your run ' + id.slice(0, 4);
    return [...document.querySelectorAll('.st-key-source input')].some(box => box.value.startsWith(name));
}"""
BEGUN = f"() => /Decoding: [1-9]/.test(document.body.innerText) || ({OVER})()"
OTHER = "before => document.querySelector('h1') && document.querySelector('h1').innerText !== before"
TREE = ".player .tree .node"
PAUSE = 8.0  # mean seconds that a person looks at what came
MINUTE = 60.0
CLICKS = 12  # how often Stop is pressed by somebody whose browser does not get to it


@dataclass
class Seen:
    """Seconds of each kind of action, troubles in words, and the server's memory (minute, MB) now and then."""

    spent: dict[str, list[float]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def note(self, kind: str, seconds: float) -> None:
        """One more action."""
        self.spent.setdefault(kind, []).append(seconds)

    async def clock(self, kind: str, action: Awaitable[Any]) -> None:
        """Clock an action; RuntimeError, with its kind, for one that fails."""
        began = time.perf_counter()
        try:
            await action
        except Exception as error:  # raised again, with what was being done
            raise RuntimeError(f"{kind}: {error}") from error
        self.note(kind, time.perf_counter() - began)


class Person:
    """Somebody at one browser, with cookies of their own."""

    def __init__(self, page: Any, address: str, seen: Seen, number: int) -> None:
        self.page, self.address, self.seen, self.chance = page, address, seen, Random(number)
        page.on("pageerror", lambda error: seen.troubles.append(f"script: {str(error)[:120]}"))

    async def come(self) -> None:
        """Open the link of the lecture."""
        await self.page.goto(f"{self.address}/?P=16&tokens=240&seed={self.chance.randrange(1000)}")
        await self.page.wait_for_selector(TREE, timeout=120_000)

    async def stay(self, until: float) -> None:
        """Do something and look at it, again and again."""
        while time.perf_counter() < until:
            await asyncio.sleep(self.chance.uniform(0, 2 * PAUSE))
            try:
                await self.act(self.chance.random())
            except Exception as error:  # whatever it was, the other browsers go on
                await self.tell(str(error).splitlines()[0][:120])
            for kind, mark in LOST.items():
                if await self.page.locator(mark).count():
                    await self.tell(kind)
                    await self.come()

    async def tell(self, trouble: str) -> None:
        """Note a trouble, with a picture of what stood on the page, for whoever looks for the cause."""
        self.seen.troubles.append(trouble)
        PICTURES.mkdir(exist_ok=True)
        with suppress(Exception):  # a page that cannot even be pictured is noted all the same
            await self.page.screenshot(path=PICTURES / f"{len(self.seen.troubles):03}.png", timeout=20_000)
        print(f"trouble {len(self.seen.troubles)}: {trouble} at {self.page.url}", flush=True)

    async def act(self, kind: float) -> None:
        """Step, run, or another page and back.  kind: a number between 0 and 1."""
        if kind < 0.7:
            await self.step()
        elif kind < 0.85:
            await self.run()
        else:
            await self.seen.clock("another page", self.switch(self.chance.choice(PAGES)))
            await self.seen.clock("back to the tree", self.back())

    async def step(self) -> None:
        """To the next pass, or to the first one where there is no next."""
        player = self.page.locator(".player").first
        if await player.locator("[data-go=next]").is_disabled():
            await player.locator("[data-go=first]").click()
        else:
            self.seen.note("step", await player.evaluate(STEP, "next") / 1000)

    async def run(self) -> None:
        """Press Run, wait for the first tokens, then let it run, or stop it."""
        button = self.page.get_by_role("button", name="Run", exact=True)
        if not await button.is_enabled():
            return
        await self.seen.clock("wait for a run", self._first_tokens(button))
        # Streamlit shows a button of that name too, at the top, while it draws.
        stop = self.page.get_by_test_id("stSidebar").get_by_role("button", name="Stop", exact=True)
        if self.chance.random() < 0.5 and await stop.is_enabled():
            await self.seen.clock("stop", self._stopped(stop))
        else:
            await self.seen.clock("until the run is over", self.page.wait_for_function(OVER, timeout=180_000))

    async def switch(self, name: str) -> None:
        """By the row of pages at the top, until the title is another."""
        before = await self.page.locator("h1").first.inner_text()
        await self._follow(name)
        await self.page.wait_for_function(OTHER, arg=before, timeout=120_000)

    async def back(self) -> None:
        """To the page with the tree."""
        await self._follow("Decode")
        await self.page.wait_for_selector(TREE, timeout=120_000)

    async def _follow(self, name: str) -> None:
        await self.page.get_by_role("link", name=name, exact=True).first.click(timeout=60_000)

    async def _first_tokens(self, button: Any) -> None:
        before = self.page.url
        await button.click()
        await self.page.wait_for_function("before => location.href !== before", arg=before, timeout=60_000)
        await self.page.wait_for_function(BEGUN, timeout=120_000)

    async def _stopped(self, button: Any) -> None:
        from playwright.async_api import TimeoutError as TooLate

        # A run that is over before the click takes the button away, which is no trouble; on a busy machine the browser
        # may need longer than this to press it, and whoever wants to stop presses again.
        for _ in range(CLICKS):
            with suppress(TooLate):
                await button.click(timeout=5_000)
                break
            if await self.page.evaluate(OVER):
                return
        else:
            raise TooLate("The browser did not get to press Stop.")
        await self.page.wait_for_function(OVER, timeout=60_000)


async def soak(one: Server, people: int, minutes: float, sockets: int, more_minutes: float) -> tuple[Seen, Seen]:
    """People at browsers for so many minutes; then as many websockets beside them for some more: what each part saw."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        seen = Seen()
        there = [Person(await _page(browser), one.address, seen, number) for number in range(people)]
        for person in there:
            await person.come()
        await _together(one, there, seen, minutes, [])
        more = Seen()
        for person in there:
            person.seen = more
        until, asked = time.perf_counter() + MINUTE * more_minutes, more.spent.setdefault("page for a socket", [])
        visits = [visit(one.address, number, until, 20.0, asked, more.troubles) for number in range(sockets)]
        await _together(one, there, more, more_minutes, visits)
        await browser.close()
    return seen, more


async def _together(one: Server, there: list[Person], seen: Seen, minutes: float, others: list[Any]) -> None:
    until = time.perf_counter() + MINUTE * minutes
    watch = asyncio.create_task(_watch(one, seen))
    await asyncio.gather(*(person.stay(until) for person in there), *others)
    watch.cancel()
    seen.memory.append((minutes, one.resident))


async def _watch(one: Server, seen: Seen) -> None:
    """Memory, every minute."""
    minute = 0
    while True:
        seen.memory.append((minute, one.resident))
        print(f"minute {minute}: {one.resident:.0f} MB, troubles {dict(Counter(seen.troubles))}", flush=True)
        await asyncio.sleep(MINUTE)
        minute += 1


async def _page(browser: Any) -> Any:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    return await context.new_page()


def report(quick: bool, people: int = 20, sockets: int = 80) -> Iterator[str]:
    """Tables of times and memory."""
    minutes, more_minutes = (1.0, 0.5) if quick else (30.0, 5.0)
    with server("serve.py") as one:
        seen, more = asyncio.run(soak(one, people, minutes, sockets, more_minutes))
    yield (
        f"{people} browsers for {minutes:g} minutes on one server of the same machine; each looks for {PAUSE:g} s on "
        "average, then steps (70 in 100), runs 240 tokens at P = 16 and stops half of the runs (15), or goes to "
        f"another page and back (15). {_lost(seen)} Times are of actions that came to an end: those that timed out are "
        "troubles and in no percentile; a step is cut at 5 s."
    )
    yield ""
    yield from _table(seen)
    yield ""
    middle = seen.memory[len(seen.memory) // 2]
    marks = (("start", seen.memory[0]), ("middle", middle), ("end", seen.memory[-1]))
    yield "Server's resident memory: " + ", ".join(f"{mb:.0f} MB at the {name}" for name, (_, mb) in marks) + "."
    yield ""
    yield (
        f"Then {more_minutes:g} minutes more with {sockets} websockets beside them, so {people + sockets} sessions; "
        f"each asks for its page every 20 s on average. {_lost(more)} Memory at the end: {more.memory[-1][1]:.0f} MB."
    )
    yield ""
    yield from _table(more)
    for said in sorted({*seen.troubles, *more.troubles}):
        yield f"- {(seen.troubles + more.troubles).count(said)} times: {json.dumps(said)}"


def _lost(seen: Seen) -> str:
    count = Counter(seen.troubles)
    lost = ", ".join(f"{kind}: {count[kind]}" for kind in LOST)
    return f"Troubles: {lost}, others: {len(seen.troubles) - sum(count[kind] for kind in LOST)}."


def _table(seen: Seen) -> Iterator[str]:
    yield "| what a visitor did | times | p50, s | p95, s | longest, s |"
    yield "|---|---|---|---|---|"
    for kind, times in seen.spent.items():
        if times:
            middle, high = np.percentile(times, [50, 95])
            yield f"| {kind} | {len(times)} | {middle:.2f} | {high:.2f} | {max(times):.2f} |"
