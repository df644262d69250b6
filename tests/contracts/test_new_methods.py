"""The walk of CONTRIBUTING.md: a new method is one file, and everything else finds it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = re.findall(r"`(specviz/\w+/\w+\.py)`:\n\n```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.S)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The product with the two files of the guide, and nothing else, added."""
    folder = tmp_path_factory.mktemp("walk")
    for part in ("specviz", "pages", "tests", ".streamlit"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "assets").symlink_to(ROOT / "assets")
    for name, text in FILES:
        assert not (folder / name).exists()
        (folder / name).write_text(text)
    return folder


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_guide_has_both_files():
    assert [name for name, _ in FILES] == ["specviz/verification/half_and_half.py", "specviz/drafting/second_best.py"]


def test_the_command_line_finds_them(copy):
    listing = json.loads(run(copy, "-m", "specviz", "methods", "--json"))
    assert "second_best" in [d["name"] for d in listing["drafters"]]
    assert "half_and_half" in [v["name"] for v in listing["verifiers"]]
    law = ["-m", "specviz", "law", "--drafter", "static_wor", "--verifier", "half_and_half(looks=0.25)", "--json"]
    assert json.loads(run(copy, *law))["largest_deviation"] == 0
    law = ["-m", "specviz", "law", "--drafter", "second_best", "--verifier", "sample_and_look", "--json"]
    assert json.loads(run(copy, *law))["largest_deviation"] == 0


def test_the_page_offers_them_with_a_control(copy):
    code = (
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_string('import pages.decode as page\\npage.render()', default_timeout=60)\n"
        "page.query_params['verifier'] = 'Half and half'\n"
        "page.query_params['drafter'] = 'Chain'\n"
        "page.run()\n"
        "assert not page.exception, page.exception\n"
        "assert 'Second best' in page.selectbox(key='drafter').options\n"
        "assert page.slider(key='half_and_half_looks').value == 0.5\n"
    )
    run(copy, "-c", code)


def test_the_law_tests_find_them(copy):
    """They pass for both; the suite as a whole still asks for a mutant of the new rule."""
    pairs = ("chain-half_and_half", "static_wor-half_and_half", "second_best-sample_and_look", "second_best-half")
    which = " or ".join(pairs)
    report = run(copy, "-m", "pytest", "tests/laws", "-q", "-k", which, "-p", "no:cacheprovider")
    assert int(re.search(r"(\d+) passed", report)[1]) == 7
    mutants = [
        sys.executable,
        "-m",
        "pytest",
        "tests/laws",
        "-q",
        "-k",
        "every_lossless_rule",
        "-p",
        "no:cacheprovider",
    ]
    asked = subprocess.run(mutants, cwd=copy, capture_output=True, text=True, check=False)
    assert asked.returncode == 1
    assert "half_and_half" in asked.stdout
