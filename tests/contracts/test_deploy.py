"""What runs SpecViz for others: the image's steps, what goes into it, its health check, the compose file, the Space."""

from __future__ import annotations

import http.server
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from dockerfile import command, copies, environment, ignored, instructions, of_kind

from specviz.policy import Policy

ROOT = Path(__file__).parents[2]
STEPS = instructions(ROOT / "Dockerfile")
PATTERNS = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVERS = ("specviz", "cuda")


def context() -> list[str]:
    """What the builder would be sent: the files of the repository that .dockerignore lets through."""
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    )
    names = [name for name in tracked.stdout.decode().splitlines() if (ROOT / name).is_file()]
    return [name for name in names if not ignored(name, PATTERNS)]


def test_every_copied_path_is_there_and_let_through():
    sent = context()
    for sources, _ in copies(STEPS):
        for source in sources:
            assert any(name == source or name.startswith(source) for name in sent), source


@pytest.mark.parametrize(
    "path",
    [".git/config", ".env", ".streamlit/secrets.toml", "specviz.toml", "tests/conftest.py", "training/renew.sh",
     "specviz/__pycache__/policy.cpython-311.pyc", "deploy/Caddyfile", "compose.yaml", "model.safetensors"],
)  # fmt: skip
def test_nothing_else_goes_into_the_image(path):
    assert ignored(path, PATTERNS)


def test_the_user_is_not_root_and_keeps_its_number():
    user, group = of_kind(STEPS, "USER")[-1].split(":")
    assert user == group
    assert int(user) >= 1000
    assert any(f"useradd --uid {user} " in words for words in of_kind(STEPS, "RUN"))
    kinds = [kind for kind, _ in STEPS]
    assert max(at for at, kind in enumerate(kinds) if kind in ("RUN", "COPY")) < kinds.index("USER")


def test_what_is_kept_lies_in_the_volumes():
    volumes, named = command(of_kind(STEPS, "VOLUME")[0]), environment(STEPS)
    assert {named["SPECVIZ_JOB_FOLDER"], named["HF_HOME"]} == set(volumes)
    made = " ".join(of_kind(STEPS, "RUN"))
    assert all(volume in made for volume in volumes)  # else a new volume would belong to root


def test_torch_is_of_the_release_that_requirements_name():
    run = next(words for words in of_kind(STEPS, "RUN") if "TORCH_INDEX" in words)
    wanted = subprocess.run(
        ["bash", "-c", re.search(r"\$\((.+?)\)", run)[1]], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert re.fullmatch(r"torch==[\d.]+\n", wanted.stdout)
    assert of_kind(STEPS, "ARG") == ["TORCH_INDEX=https://download.pytorch.org/whl/cpu"]


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """The app as COPY puts it into the image, and nothing else."""
    folder = tmp_path_factory.mktemp("image")
    sent = context()
    for sources, destination in copies(STEPS):
        for name in sent:
            for source in sources:
                if name == source or (source.endswith("/") and name.startswith(source)):
                    inside = name.removeprefix(source) if source.endswith("/") else Path(name).name
                    target = folder / destination / inside
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / name, target)
    folder.parent.chmod(0o755)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def container(image, tmp_path_factory) -> Iterator[dict[str, str]]:
    """The image's command in what COPY put there, with its own ENV, on a free port; yields the environment."""
    data = tmp_path_factory.mktemp("data")
    settings = {name: value.replace("/data", str(data)) for name, value in environment(STEPS).items()}
    settings |= {"STREAMLIT_SERVER_PORT": str(free_port()), "SPECVIZ_METRICS": "on", "HOME": str(data)}
    settings |= {"STREAMLIT_SERVER_ADDRESS": "127.0.0.1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with (data / "log").open("w") as log:
        process = subprocess.Popen(
            command(of_kind(STEPS, "CMD")[0]), cwd=image, env=settings, stdout=subprocess.DEVNULL, stderr=log
        )
    try:
        for _ in range(240):
            if healthy(image, settings).returncode == 0:
                break
            assert process.poll() is None, (data / "log").read_text()
            time.sleep(0.25)
        yield settings | {"LOG": str(data / "log")}
    finally:
        process.terminate()
        process.wait(timeout=20)


def healthy(folder: Path, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The image's own health check."""
    words = command(of_kind(STEPS, "HEALTHCHECK")[0])
    return subprocess.run(
        [sys.executable, *words[1:]], cwd=folder, env=settings, check=False, capture_output=True, text=True
    )


def test_the_image_answers_its_health_check(image, container):
    assert healthy(image, container).stdout.endswith(": ok\n")


def test_the_image_tells_its_numbers(container):
    with urllib.request.urlopen(f"http://127.0.0.1:{container['STREAMLIT_SERVER_PORT']}/metrics", timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = answer.read().decode()
    assert 'specviz_jobs{state="running"} 0\n' in text
    assert re.search(r"^specviz_uptime_seconds [\d.]+$", text, re.MULTILINE)


def test_the_first_line_of_its_log_says_that_it_started(container):
    assert '"event": "server started"' in Path(container["LOG"]).read_text()


@pytest.mark.parametrize(
    ("body", "status", "base"), [(b"ok", 200, ""), (b"ok", 200, "/team/a/"), (b"no", 200, ""), (b"ok", 503, "")]
)
def test_the_health_check_knows_its_own_server(body, status, base):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            right = self.path == f"{base.rstrip('/')}/_stcore/health"
            self.send_response(status if right else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = {"STREAMLIT_SERVER_PORT": str(server.server_port), "STREAMLIT_SERVER_BASE_URL_PATH": base}
        # A proxy of the environment must not be asked: it would not find this container.
        found = healthy(ROOT, settings | {"http_proxy": "http://127.0.0.1:9"})
        server.shutdown()
    assert (found.returncode == 0) == (body == b"ok" and status == 200)


def test_no_server_is_not_healthy():
    found = healthy(ROOT, {"STREAMLIT_SERVER_PORT": str(free_port())})
    assert (found.returncode, found.stderr) == (1, "")


@pytest.mark.parametrize("name", SERVERS)
def test_a_container_may_do_little(name):
    service = COMPOSE["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.parametrize("name", SERVERS)
def test_what_is_kept_outlives_a_container(name):
    mounted = {volume.split(":")[0]: volume.split(":")[1] for volume in COMPOSE["services"][name]["volumes"]}
    assert set(mounted.values()) == set(command(of_kind(STEPS, "VOLUME")[0]))
    assert set(mounted) <= set(COMPOSE["volumes"])


def test_compose_hands_on_every_setting_and_no_other():
    known = {f"SPECVIZ_{name.upper()}" for name in Policy.__dataclass_fields__}
    image = {key for key in environment(STEPS) if key.startswith("SPECVIZ_")}
    for name in SERVERS:
        own = {key for key in COMPOSE["services"][name]["environment"] if key.startswith("SPECVIZ_")}
        assert own == known - {"SPECVIZ_JOB_FOLDER"}  # that one is a volume's place inside the image
    assert image <= known


@pytest.mark.parametrize("name", SERVERS)
def test_no_secret_is_empty_where_none_is_given(name):
    # An empty secret of cookies would be a known one; a key without a value is left out where nothing is set.
    assert COMPOSE["services"][name]["environment"]["STREAMLIT_SERVER_COOKIE_SECRET"] is None
    assert COMPOSE["services"][name]["environment"]["HF_TOKEN"] is None


def test_the_space_shows_the_port_of_the_image():
    front = (ROOT / "deploy" / "space" / "README.md").read_text().split("---\n")[1]
    space = yaml.safe_load(front)
    assert space["sdk"] == "docker"
    assert str(space["app_port"]) == environment(STEPS)["STREAMLIT_SERVER_PORT"] == of_kind(STEPS, "EXPOSE")[0]


def test_the_proxy_hides_the_numbers_and_keeps_a_browser_with_its_server():
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "@private path */metrics */metrics/" in caddy
    assert "lb_policy cookie" in caddy
