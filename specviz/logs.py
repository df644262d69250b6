"""One line for each event of a server, for whoever runs it: what happened, never what a visitor wrote.

    from specviz.logs import event
    event("job started", id=job.id, kind="run", visitor=visitor(browser))

Prompts, texts of tokens, names of uploaded files, tokens of a hub and whole ids of browsers do not belong in an event.
What looks like a hub's token is blotted out all the same, because a library's message may contain one.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import secrets
import sys
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from typing import Any

from specviz.policy import policy

LONGEST = 300  # characters of a value
SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
HUB_TOKEN = re.compile(r"hf_[A-Za-z0-9]{8,}")
BARE = re.compile(r"[A-Za-z0-9_.:/@%+-]+")
_SALT = secrets.token_bytes(16)


def event(name: str, /, **facts: Any) -> None:
    """Write one event; `name` says what happened in two or three words, each fact is a number or a short text.

    Facts that are None are left out. TypeError where a fact is called `time` or `event`.
    """
    logger = _logger()
    if logger is not None:
        logger.info(name, extra={"line": dict(event=name, **facts)})


def visitor(browser: str) -> str:
    """Eight letters that tell browsers apart in the events of this process, and nothing to find one by."""
    return blake2b(browser.encode(), key=_SALT, digest_size=4).hexdigest()


def as_json(when: str, facts: dict[str, Any]) -> str:
    """The event as one JSON object in ASCII."""
    return json.dumps(dict(time=when, **_plain(facts)), allow_nan=False)


def as_text(when: str, facts: dict[str, Any]) -> str:
    """`time event name=value ...`; a value that is more than one plain word stands in quotes, escaped."""
    values = _plain(facts)
    name = str(values.pop("event"))
    pairs = (f"{key}={value if BARE.fullmatch(str(value)) else json.dumps(value)}" for key, value in values.items())
    return " ".join((when, _escaped(name), *pairs))


FORMATS = {"text": as_text, "json": as_json}


class _Handler(logging.Handler):
    """To standard error as it is now: under a test or a service it may be another one than at the start."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = FORMATS[form]

    def emit(self, record: logging.LogRecord) -> None:
        """A log that cannot be written must never stop a job."""
        try:
            when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
            sys.stderr.write(self.form(when.replace("+00:00", "Z"), record.__dict__["line"]) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


@cache
def _logger() -> logging.Logger | None:
    """The logger of this process, as the policy wants it; it hands nothing on, so that no line is written twice."""
    form = policy().log
    if form == "off":
        return None
    logger = logging.getLogger("specviz.events")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers = [_Handler(form)]
    return logger


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: _value(value) for key, value in facts.items() if value is not None}


def _value(value: Any) -> bool | int | float | str | None:
    """A number as it is, of a fraction three digits after the point; everything else as a short text."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 3) if math.isfinite(value) else str(value)
    text = str(value)
    for name in SECRETS:
        secret = os.environ.get(name, "")
        text = text.replace(secret, "***") if secret else text
    text = HUB_TOKEN.sub("***", text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]
