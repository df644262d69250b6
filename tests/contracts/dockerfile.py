"""A Dockerfile's instructions, read as the builder reads them, as far as ours goes."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from pathlib import Path

Instruction = tuple[str, str]


def instructions(path: Path) -> list[Instruction]:
    """Every instruction with its words; comments are left out and continued lines joined."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in joined.splitlines() if line.strip()]


def of_kind(found: list[Instruction], kind: str) -> list[str]:
    """The words of every instruction of this kind."""
    return [words for name, words in found if name == kind]


def environment(found: list[Instruction]) -> dict[str, str]:
    """What ENV sets."""
    pairs = [pair for words in of_kind(found, "ENV") for pair in shlex.split(words)]
    return dict(pair.split("=", 1) for pair in pairs)


def copies(found: list[Instruction]) -> list[tuple[list[str], str]]:
    """Sources and destination of every COPY."""
    return [(words.split()[:-1], words.split()[-1]) for words in of_kind(found, "COPY")]


def command(words: str) -> list[str]:
    """The words of a command in its JSON form, with what stands before it left out."""
    return json.loads(words[words.index("[") :])


def ignored(path: str, patterns: list[str]) -> bool:
    """Whether .dockerignore keeps a file out: the last pattern that matches it, or a folder above it, decides."""
    out, itself_and_above = False, [path, *(str(folder) for folder in Path(path).parents)]
    for pattern in patterns:
        anywhere, name = "**/" in pattern, pattern.removeprefix("!").removeprefix("**/")
        names = [Path(one).name if anywhere else one for one in itself_and_above]
        if any(fnmatch.fnmatch(one, name) for one in names):
            out = not pattern.startswith("!")
    return out
