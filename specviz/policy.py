"""What this server allows and keeps: the `[specviz]` table of specviz.toml, then variables `SPECVIZ_...`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from specviz.records.settings import MAX_CAPACITY, MAX_DEPTH, MAX_NEW_TOKENS

FILE = "specviz.toml"
EMBEDDED = "embedded"  # in `models`: the pairs that SpecViz ships, and nothing else
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True)
class Policy:
    """The limits of a server; the standard values suit one person at their own machine.

    What may be asked for.
        models: names of models that may be loaded, EMBEDDED standing for all that SpecViz ships; empty: any.
        model_folder: models in folders are loaded from inside this one only; empty: from any.
        largest_model: parameters; 0: any.  capacity, depth, new_tokens: largest of a run.
        prompt: most characters of one.  upload_mb: largest file.  uploads: whether files can be opened at all.
    Who gets the models, and for how long.
        jobs: at work at once.  queue: waiting besides.  visitor_jobs: of one browser, waiting ones counted.
        seconds: longest job.  orphan_seconds: a job that no page has looked at for so long is stopped; 0: never.
    What is kept.
        job_folder: where runs are written as they happen; empty: nowhere.  memory_mb: of finished jobs in memory.
        disk_mb, days: of the folder; the oldest files go first.
    """

    models: tuple[str, ...] = ()
    model_folder: str = ""
    largest_model: int = 0
    capacity: int = MAX_CAPACITY
    depth: int = MAX_DEPTH
    new_tokens: int = MAX_NEW_TOKENS
    prompt: int = 100_000
    upload_mb: int = 32
    uploads: bool = True
    jobs: int = 8
    queue: int = 200
    visitor_jobs: int = 4
    seconds: int = 3600
    orphan_seconds: int = 600
    job_folder: str = "~/.cache/specviz/runs"
    memory_mb: int = 256
    disk_mb: int = 1024
    days: int = 14


class PolicyError(ValueError):
    """Settings of a server that cannot be; the message names the setting."""


def read_policy(environment: Mapping[str, str], folder: Path) -> Policy:
    """The policy of a server that was started in `folder`; PolicyError for an unknown name or a wrong value.

    SPECVIZ_SETTINGS names another file; a variable `SPECVIZ_JOBS` wins over `jobs` in the file.
    """
    named = environment.get("SPECVIZ_SETTINGS", "")
    path = Path(named).expanduser() if named else folder / FILE
    values = _of_file(path) if named or path.is_file() else {}
    known = {one.name: one for one in fields(Policy)}
    strangers = sorted(set(values) - set(known))
    if strangers:
        raise PolicyError(f"{path.name}: [specviz] knows no setting {strangers[0]!r}; it knows {', '.join(known)}.")
    for name in known:
        text = environment.get(f"SPECVIZ_{name.upper()}")
        if text is not None:
            values[name] = text
    return Policy(**{name: _value(name, value) for name, value in values.items()})


@cache
def policy() -> Policy:
    """The policy of this process."""
    return read_policy(os.environ, Path.cwd())


def _of_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("specviz", {})
    except OSError as error:
        raise PolicyError(f"The settings file {path} could not be read: {error.strerror}.") from error
    except ValueError as error:
        raise PolicyError(f"The settings file {path} is not TOML: {error}.") from error
    if not isinstance(table, dict):
        raise PolicyError(f"The settings file {path} has no table [specviz].")
    return dict(table)


def _value(name: str, value: Any) -> Any:
    """A value of the file, or the text of a variable, as the type of the setting."""
    standard = getattr(Policy(), name)
    if isinstance(standard, bool):
        word = str(value).strip().lower()
        if word not in TRUE + FALSE:
            raise PolicyError(f"The setting {name} is true or false, not {str(value)[:40]!r}.")
        return word in TRUE
    if isinstance(standard, tuple):
        names = value.split(",") if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise PolicyError(f"The setting {name} is a list of names.")
        return tuple(one.strip() for one in names if one.strip())
    if isinstance(standard, str):
        return str(value)
    return _count(name, value)


def _count(name: str, value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError as error:
        raise PolicyError(f"The setting {name} is a whole number, not {str(value)[:40]!r}.") from error
    largest = {"capacity": MAX_CAPACITY, "depth": MAX_DEPTH, "new_tokens": MAX_NEW_TOKENS}.get(name, 10**15)
    least = 1 if name in ("jobs", "visitor_jobs", "seconds", "prompt", "new_tokens") else 0
    if not least <= number <= largest:
        raise PolicyError(f"The setting {name} is {number}; it lies between {least} and {largest}.")
    return number
