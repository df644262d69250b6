"""Whatever is typed behind `python -m specviz`: exit code 0, or 2 with one last line that says why; never a traceback.

Every case runs in an empty folder, and no argument names a place outside of it. Commands that would work for long are
given one more argument that ends them before a model is loaded.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from fuzzing import any_text, cases
from hypothesis import event, example, given
from hypothesis import strategies as st

from specviz.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
NAMES = {command.__name__.rpartition(".")[2]: command for command in COMMANDS}
FEW = ("--max-new-tokens", "1", "--capacity", "4", "--target", "fable/target", "--draft", "fable/draft")
NOWHERE = ("--target", "./nowhere")
ENDINGS = {
    "decode": (NOWHERE, ("--capacity", "-3"), ("--prompt", " "), ("--drafter", "magic"), FEW),
    "compare": (("--seeds", "0"), ("--methods", "chain"), NOWHERE),
    "limits": (("--prompts", "none.txt"), ("--capacities", "x"), NOWHERE),
    "acceptance": (("--laws", "none.npz"),),
    "law": (("--seed", "-1"), ("--vocabulary", "2", "--depth", "1", "--capacity", "2", "--drafts", "2")),
    "probe": (("--prompts", "none.txt"), NOWHERE),
    "models": ((), NOWHERE),
    "methods": ((),),
    "report": ((),),
    "export": ((),),
}  # fmt: skip
VALUES = (
    "0", "1", "-1", "1e999", "nan", "inf", "0x10", "1_000", "9" * 5000, "10" * 20, "\u0663", "1,2", ",", "1,x", "", " ",
    "--", "-h", "--help", "--out", "-", "fable/target", "fable/draft", "fable", "./nowhere", "chain", "token",
    "chain(depth=2)", "graph(suffix=1)", "relaxed(epsilon=1e999)", "relaxed(epsilon=nan)", "chain+token",
    "chain+token@8x",
    "chain+token@99999999999999999999", "a\nb", "\x1b[31mred", "\udcff", "run.json.gz", "none.npz", "table.json.gz",
    "auto", "cpu", "float32", "passes", "local", "%s%n{0}", "a=b", "@file", "*",
)  # fmt: skip
OUTSIDE = re.compile(r"\.\.|(^|[=\s])[/~\\]|^[A-Za-z]:")
NOT_HERE = ("--load", "--ray")  # they load models or start other processes


def options_of(name: str) -> list[argparse.Action]:
    parser = argparse.ArgumentParser(add_help=False)
    NAMES[name].options(parser)
    return [action for action in parser._actions if not set(action.option_strings) & set(NOT_HERE)]


OPTIONS = {name: options_of(name) for name in NAMES}


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory) -> Iterator[Path]:
    """An empty folder with one recorded run, and the way back."""
    path, before = tmp_path_factory.mktemp("arguments"), Path.cwd()
    shutil.copy(ROOT / "tests" / "records" / "golden" / "schema_1.json.gz", path / "run.json.gz")
    os.chdir(path)
    yield path
    os.chdir(before)


@st.composite
def arguments(draw: st.DrawFn) -> list[str]:
    """A command with some of its options, odd values among them, and what ends it."""
    name = draw(st.sampled_from(list(NAMES)))
    value = st.sampled_from(VALUES) | any_text(12)
    given_options = draw(st.lists(st.sampled_from(OPTIONS[name]), max_size=5)) if OPTIONS[name] else []
    found = [name]
    for action in given_options:
        found += action.option_strings[:1]
        if action.nargs != 0:
            choices = list(map(str, action.choices)) if action.choices else []
            found.append(draw(st.sampled_from(choices) | value if choices else value))
    if draw(st.integers(0, 3)) == 0:
        found.insert(draw(st.integers(0, len(found))), draw(value))
    needed = [a for a in OPTIONS[name] if a.required and a.option_strings and a.option_strings[0] not in found]
    if draw(st.integers(0, 3)):
        for action in needed:
            found += [action.option_strings[0], draw(st.sampled_from(("chain", "token", "run.json.gz", "a")))]
        found += ["run.json.gz"] if name in ("report", "export") else []
    found += draw(st.sampled_from(ENDINGS.get(name, (NOWHERE,))))
    return [part for part in found if not OUTSIDE.search(part) and part not in NOT_HERE]


def ran(parts: list[str]) -> tuple[int, str]:
    """Exit code and what was written to stderr, by streams as strict about letters as real ones."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="strict")
    err = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace")
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(parts)
        except SystemExit as end:
            code = 0 if end.code is None else int(end.code)
    err.seek(0)
    return code, err.read()


@cases(150)
@given(arguments())
@example(["decode", "--prompt", "\ud800", *NOWHERE])
@example(["export", "a\nb\x1b[31m"])
@example(["law", "--drafter", "chain", "--verifier", "a\nb"])
@example(["models", "--target", "\udcff"])
@example(["methods", "--what\n--is"])
@example(["decode", "--prompt", "x", "--capacity", "9" * 5000])
def test_arguments_work_or_are_refused_in_one_line(parts):
    code, said = ran(parts)
    event(f"code {code}")
    assert code in (0, 2), (parts, said)
    assert "Traceback" not in said
    if code == 2:
        *_, last = said.removesuffix("\n").split("\n")
        lines = [line for line in said.split("\n") if line.startswith("specviz: ")]
        helped = last.startswith(("what to do: ", "works: "))  # `models` goes on with the remedy
        assert lines
        assert helped or last == lines[-1], said
        assert all(line.isprintable() and len(line) < 1500 for line in lines), said


@cases(150)
@given(st.lists(st.sampled_from(VALUES) | any_text(), max_size=6))
def test_words_that_are_no_command(parts):
    code, said = ran(["x", *(part for part in parts if not OUTSIDE.search(part))])
    assert code == 2 or set(parts) & {"-h", "--help"}, said
    assert said.startswith("specviz: ") or code == 0
    assert said.count("\n") <= 1


def test_nothing_was_written_outside(folder):
    """The last test of this file: whatever was written lies in the folder, the checkout has nothing new."""
    assert Path.cwd() == folder
    assert not (ROOT / "none.npz").exists()
    assert not (ROOT / "run.html").exists()
