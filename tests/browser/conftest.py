"""A real Chromium and a real server; skipped, with the reason, where there is no browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOTS = Path(__file__).parent / "shots"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str | None:
    """The browser on the path, if any."""
    return next((p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser():
    """Chromium under playwright."""
    path = chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have a browser: .ci/run installs chromium.")
        pytest.skip("no chromium or google-chrome on the path")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(port: int, app: str = "app.py", **settings: str) -> subprocess.Popen:
    """The app as the README opens it, once it answers.  settings: of the server, in its environment."""
    command = [
        sys.executable, "-m", "streamlit", "run", app, "--server.headless", "true", "--server.port", str(port),
        "--server.fileWatcherType", "none", "--server.address", "127.0.0.1",
    ]  # fmt: skip
    environment = os.environ | {f"SPECVIZ_{name.upper()}": value for name, value in settings.items()}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return process
        except OSError:
            time.sleep(0.1)
    process.kill()
    pytest.fail("the server did not start")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The app on a free port."""
    port = free_port()
    process = start_server(port)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=20)
