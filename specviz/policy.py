"""What this server allows and keeps: the `[specviz]` table of specviz.toml, then variables `SPECVIZ_...`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from specviz.records.settings import MAX_CAPACITY, MAX_DEPTH, MAX_NEW_TOKENS, RunSettings

FILE, TABLE = "specviz.toml", "specviz"
PREFIX, NAMES_THE_FILE = "SPECVIZ_", "SPECVIZ_SETTINGS"
EMBEDDED = "embedded"  # in `models`: the pairs that SpecViz ships, and nothing else
LOGS = ("text", "json", "off")
MAY_BE_NOTHING = ("largest_model", "queue", "orphan_seconds", "memory_mb", "disk_mb", "days")
LARGEST = {"capacity": MAX_CAPACITY, "depth": MAX_DEPTH, "new_tokens": MAX_NEW_TOKENS}
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
        pairs: of models in memory at once.  seconds: longest job.
        orphan_seconds: a job that no page has looked at for so long is stopped; 0: never.
    What is kept.
        job_folder: where runs are written as they happen; empty: nowhere.  memory_mb: of finished jobs in memory.
        disk_mb, days: of the folder; the oldest files go first.
    What is told to whoever runs the server.
        log: one line for each event on standard error, as `text` or `json`, or `off`.
        metrics: whether /metrics answers with its numbers; for a server started by `streamlit run serve.py`.
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
    pairs: int = 2
    seconds: int = 3600
    orphan_seconds: int = 600
    job_folder: str = "~/.cache/specviz/runs"
    memory_mb: int = 256
    disk_mb: int = 1024
    days: int = 14
    log: str = "text"
    metrics: bool = False


class PolicyError(ValueError):
    """Settings of a server that cannot be; the message names the setting."""


class NotAllowedError(ValueError):
    """More than this server gives; the message is one sentence for the person at the screen."""


def read_policy(environment: Mapping[str, str], folder: Path) -> Policy:
    """The policy of a server that was started in `folder`; PolicyError for an unknown name or a wrong value.

    SPECVIZ_SETTINGS names another file; a variable `SPECVIZ_JOBS` wins over `jobs` in the file. A name that is
    not known is an error in both: a limit that was misspelt would be no limit.
    """
    named = environment.get(NAMES_THE_FILE, "")
    path = Path(named).expanduser() if named else folder / FILE
    values = _of_file(path) if named or path.is_file() else {}
    known = [one.name for one in fields(Policy)]
    strangers = sorted(set(values) - set(known))
    if strangers:
        raise PolicyError(f"{path.name}: [{TABLE}] knows no setting {strangers[0]!r}; it knows {', '.join(known)}.")
    given = {name: text for name, text in environment.items() if name.startswith(PREFIX) and name != NAMES_THE_FILE}
    for name, text in given.items():
        if name.removeprefix(PREFIX).lower() not in known:
            raise PolicyError(f"There is no setting for the variable {name[:60]}; there are {', '.join(known)}.")
        values[name.removeprefix(PREFIX).lower()] = text
    return Policy(**{name: _value(name, value) for name, value in values.items()})


@cache
def policy() -> Policy:
    """The policy of this process."""
    return read_policy(os.environ, Path.cwd())


def check_allowed(settings: RunSettings, prompt: str = "") -> None:
    """NotAllowedError where a run asks for more than this server gives; models are checked where they are loaded."""
    limits = policy()
    for asked, most, words in (
        (settings.capacity, limits.capacity, "draft nodes a pass (P)"),
        # No path is longer than the tree has nodes.
        (min(settings.depth, settings.capacity), limits.depth, "tokens in a path (depth)"),
        (settings.max_new_tokens, limits.new_tokens, "new tokens a run"),
    ):
        if asked > most:
            raise NotAllowedError(f"This server allows {most:,} {words} at most; {asked:,} were asked for.")
    check_prompt(prompt)


def check_prompt(prompt: str) -> None:
    """NotAllowedError for a text of more characters than this server reads."""
    if len(prompt) > policy().prompt:
        raise NotAllowedError(
            f"This server reads prompts of {policy().prompt:,} characters at most; this one has {len(prompt):,}; "
            "shorten it."
        )


def _of_file(path: Path) -> dict[str, Any]:
    try:
        whole = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PolicyError(f"The settings file {path} could not be read: {error.strerror}.") from error
    except ValueError as error:
        raise PolicyError(f"The settings file {path} is not TOML: {error}.") from error
    outside = sorted(set(whole) - {TABLE})
    if outside or not isinstance(whole.get(TABLE), dict):
        found = f"; {outside[0][:40]!r} stands outside of it" if outside else ""
        raise PolicyError(f"All settings in {path} stand in one table, [{TABLE}]{found}.")
    return dict(whole[TABLE])


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
        if not isinstance(value, str) or "\0" in value:
            raise PolicyError(f"The setting {name} is a text in quotes, not {str(value)[:40]!r}.")
        if name == "log" and value not in LOGS:
            raise PolicyError(f"The setting log is one of {', '.join(LOGS)}, not {value[:40]!r}.")
        return value.strip()
    return _count(name, value)


def _count(name: str, value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 20:
        raise PolicyError(f"The setting {name} is a whole number, not {str(value)[:40]!r}.")
    number = int(text)
    least, largest = (0 if name in MAY_BE_NOTHING else 1), LARGEST.get(name, 10**15)
    if not least <= number <= largest:
        raise PolicyError(f"The setting {name} is {number}; it lies between {least} and {largest}.")
    return number
