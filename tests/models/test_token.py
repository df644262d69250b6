"""The hub's token goes to the hub and nowhere else, whatever a server answers and wherever things break."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from specviz.models.preflight.troubles import ModelError, explain, without_token

ROOT = Path(__file__).parents[2]
TOKEN = "hf_aVeryRecognisableToken0123456789"
STATUS = {"forbidden": 403, "locked": 401, "missing": 404, "broken": 500}


class Echo(BaseHTTPRequestHandler):
    """The worst of hubs: every answer is an error that repeats the request's own token in all its places."""

    heard: list[str]

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "none")
        self.heard.append(given)
        body = json.dumps({"error": f"bad token {given}"}).encode()
        self.send_response(next((code for word, code in STATUS.items() if word in self.path), 400))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Error-Message", f"you sent {given}")
        self.send_header("X-Request-Id", given)
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def hub():
    """Its address, and what it was told of a token."""
    heard: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Heard", (Echo,), {"heard": heard}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


ASKS = """
import logging, sys, time
logging.basicConfig(level=logging.INFO)
from specviz.cli import main
from specviz.engine.jobs import RunJob
from specviz.engine.load_job import LoadJob
from specviz.engine.scheduling import Workshop
from specviz.models.preflight.hub import ask_hub
from specviz.records import RunSettings

folder = sys.argv[1]
workshop = Workshop()
for word in ("forbidden", "locked", "missing", "broken", "other"):
    name = f"some-owner/{word}"
    try:
        ask_hub(name)
        raise SystemExit("it was there")
    except ValueError as error:
        print("asked:", error)
    main(["models", "--target", name, "--draft", "fable/draft", "--load"])
    job = workshop.start(LoadJob(name, "fable/draft"))
    while job.active:
        time.sleep(0.05)
    print("load:", job.error, job.steps, job.trouble)
    job = workshop.start(RunJob.of(RunSettings(target=name, max_new_tokens=2), "Once"))
    while job.active:
        time.sleep(0.05)
    print("run:", job.error)
main(["decode", "--prompt", "Once", "--max-new-tokens", "4", "--trace", f"{folder}/run.json.gz"])
main(["report", f"{folder}/run.json.gz", "--out", f"{folder}/run.html"])
main(["export", f"{folder}/run.json.gz", "--table", "passes"])
"""


def run(hub: str, home: Path, *arguments: str, code: str = ASKS, **variables: str) -> str:
    """All that a process says that is given this hub, this home and these variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    clean |= {"HF_ENDPOINT": hub, "HF_HOME": str(home), "SPECVIZ_JOB_FOLDER": str(home / "runs"), "SPECVIZ_LOG": "json"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=clean | variables, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:].replace(TOKEN, "(TOKEN)")
    return done.stdout + done.stderr


def test_the_token_is_in_no_message_record_log_or_file(hub, tmp_path):
    address, heard = hub
    said = run(address, tmp_path, str(tmp_path), HF_TOKEN=TOKEN)
    assert f"Bearer {TOKEN}" in heard  # it is used, so it could have been said
    assert "asked:" in said
    assert said.count("load:") == said.count("run:") == 5
    shown = [line for line in said.splitlines() if line.startswith(("asked:", "load:", "run:", "specviz:"))]
    assert TOKEN not in "\n".join(shown)
    assert TOKEN not in said, [line.replace(TOKEN, "(TOKEN)") for line in said.splitlines() if TOKEN in line][:5]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert tmp_path / "run.html" in files
    assert [path for path in files if TOKEN.encode() in unpacked(path)] == []


def unpacked(path: Path) -> bytes:
    import gzip

    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


ONCE = """
from specviz.models.preflight.hub import ask_hub
try:
    ask_hub("some-owner/missing")
except ValueError as error:
    print(error)
"""


def test_a_login_of_the_home_folder_is_not_used(hub, tmp_path):
    address, heard = hub
    (tmp_path / "token").write_text(TOKEN)
    run(address, tmp_path, code=ONCE)
    assert heard
    assert set(heard) == {"none"}
    run(address, tmp_path, code=ONCE, HF_TOKEN_PATH=str(tmp_path / "token"))  # a file that the environment names is
    assert heard[-1] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("variable", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
def test_an_error_that_repeats_the_token_is_said_without_it(monkeypatch, variable):
    monkeypatch.setenv(variable, f" {TOKEN}\n")
    for error in (RuntimeError(f"bad {TOKEN}"), ImportError(TOKEN), OSError(f"https://x/{TOKEN}/y")):
        assert TOKEN not in str(explain("a/b", error))
    assert TOKEN not in str(ModelError(f"{TOKEN} {TOKEN}"))
    assert without_token(f"a {TOKEN} b") == "a (token) b"
    monkeypatch.setenv(variable, "")
    assert without_token("a b") == "a b"


def test_a_strange_name_never_becomes_part_of_a_request(hub, tmp_path):
    """The hub hears of none of them, not even of their harmless halves."""
    address, heard = hub
    names = [
        "a/../../api/whoami-v2", "a/..", "../a", "a?x=1", "a#b", "a/b@main", "a%2f..%2fb", "https://evil.example/a",
        "//evil.example/a", "a\\b", "a b/c", "a/b.git", "a--b", "a/b/resolve/main/config.json", "日本/語",
        "a/b\r\nX: y", ".a/b", "-a/b", "a/b-", "a" * 97,
    ]  # fmt: skip
    code = f"""
from specviz.models.preflight.hub import ask_hub
from specviz.models.loading import source_of
for name in {names!r}:
    for ask in (ask_hub, source_of):
        try:
            ask(name)
            raise SystemExit(name)
        except ValueError as error:
            print(error)
"""
    said = run(address, tmp_path, code=code, HF_TOKEN=TOKEN)
    assert len([line for line in said.splitlines() if line.strip()]) >= 2 * len(names)
    assert heard == []
