"""Every test that docs/explorer.md names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"(tests/[\w/]+\.py)::(\w+)", (ROOT / "docs" / "explorer.md").read_text(encoding="utf-8"))


def test_every_named_test_exists():
    assert len(NAMED) > 25
    missing = [f"{file}::{name}" for file, name in NAMED if f"def {name}(" not in (ROOT / file).read_text("utf-8")]
    assert missing == []


def test_every_line_has_a_browser_test_but_the_command_line():
    others = {file for file, _ in NAMED if not file.startswith("tests/browser/")}
    assert others <= {"tests/cli/test_cli.py", "tests/pages/test_all_pages.py"}
