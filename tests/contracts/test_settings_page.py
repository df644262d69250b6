"""docs/settings.md names every setting with its variable and its standard value, and its examples can be read."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from specviz.policy import NAMES_THE_FILE, PREFIX, Policy, PolicyError, read_policy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
EXAMPLES = re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL)


def as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return str([*value])
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_the_table_has_every_setting_with_its_variable_and_its_standard_value():
    rows = [(name, variable, standard) for name, variable, standard, _ in ROW.findall(PAGE)]
    known = [
        (one.name, f"{PREFIX}{one.name.upper()}", f"`{as_toml(getattr(Policy(), one.name))}`") for one in fields(Policy)
    ]
    assert rows == known
    assert all(len(words) > 10 for *_, words in ROW.findall(PAGE))
    assert NAMES_THE_FILE in PAGE


def test_every_example_can_be_read(tmp_path):
    files = [ROOT / "specviz.example.toml"]
    for number, text in enumerate(EXAMPLES):
        files.append(tmp_path / f"{number}.toml")
        files[-1].write_text(text, "utf-8")
    assert len(files) == 3
    for file in files:
        found = read_policy({NAMES_THE_FILE: str(file)}, tmp_path)
        given = tomllib.loads(file.read_text("utf-8"))["specviz"]
        assert given
        assert all(getattr(found, name) == (tuple(v) if isinstance(v, list) else v) for name, v in given.items())


def test_a_server_for_strangers_is_closed():
    """The second example: what its sentences promise."""
    table = tomllib.loads(EXAMPLES[1])["specviz"]
    assert table["models"] == ["embedded"]
    assert table["uploads"] is False
    for name in ("capacity", "depth", "new_tokens", "prompt", "jobs", "visitor_jobs", "seconds"):
        assert table[name] < getattr(Policy(), name), name


def test_the_example_at_the_root_is_not_read_by_itself():
    assert read_policy({}, ROOT) == Policy()
    with pytest.raises(PolicyError):
        read_policy({NAMES_THE_FILE: str(ROOT / "no such file.toml")}, ROOT)
