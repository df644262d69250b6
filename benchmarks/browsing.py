"""A server and browsers for the benchmarks of pages: the app as the README opens it, Chromium on the same machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
OWN = "() => [...document.querySelectorAll('.st-key-source input')].some(box => box.value.startsWith('your run'))"


@dataclass(frozen=True)
class Server:
    """address: where it answers.  process: of the system."""

    address: str
    process: subprocess.Popen[bytes]

    @property
    def resident(self) -> float:
        """Megabytes in memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def server(app: str = "app.py", **settings: str) -> Iterator[Server]:
    """The app on a free port.  settings: of the server, in its environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {f"SPECVIZ_{name.upper()}": value for name, value in settings.items()}
    # The server's own words, tracebacks above all, for whoever looks for the cause of a trouble.
    log = (Path(tempfile.gettempdir()) / "specviz-server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", app, "--server.headless", "true", "--server.port", str(port),
         "--server.fileWatcherType", "none", "--server.address", "127.0.0.1"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log,
        start_new_session=True,  # for the system it is one of two groups then, not one process among many browsers
    )  # fmt: skip
    found = Server(f"http://127.0.0.1:{port}", process)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{found.address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.wait()
        log.close()


def chromium() -> str | None:
    """Where the browser is."""
    return which("chromium") or which("google-chrome")


def launch(playwright: Any) -> Any:
    """Chromium."""
    return playwright.chromium.launch(executable_path=chromium(), args=FLAGS)


def opened(browser: Any, address: str) -> tuple[Any, float]:
    """A page with its tree drawn, and the seconds that took."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(".player .tree .node", timeout=120_000)
    return page, time.perf_counter() - began
