"""Renders one chat template in a process of its own: a template is a stranger's program, and it may not want to end.

Run as a script: one JSON object on stdin, one on stdout, {"text": ...} or {"error": ...}. No torch. It is
transformers' own renderer, a Jinja sandbox without files, network or modules; what the sandbox does not bound is
bounded here and by the parent: memory, seconds of processor, length of the output.
"""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import datetime, tzinfo

MEMORY = 1 << 30  # bytes of address space on top of what the libraries take
SECONDS = 5  # of processor time


class OneDay(datetime):
    """The date that a template is told: the same prompt must give the same tokens on any day.

    It is the one that the templates of Llama 3 fall back to themselves.
    """

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> OneDay:
        """Always the same."""
        return cls(2024, 7, 26, tzinfo=tz)


def limit() -> None:
    """Bounds of the operating system, where it has them."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is what remains
        return
    spent = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + SECONDS, spent + SECONDS))
    with open("/proc/self/statm") as file:  # Linux; elsewhere the length of the output and the seconds remain
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def render(asked: dict) -> dict:
    """The text of the messages, as the template writes them."""
    from transformers.utils import chat_template_utils as library

    vars(library)["datetime"] = OneDay

    with contextlib.suppress(OSError, ValueError):  # a system that does not let itself be asked
        limit()
    try:
        found = library.render_jinja_template(
            conversations=[asked["messages"]], chat_template=asked["template"], add_generation_prompt=True,
            **asked["special"],
        )  # fmt: skip
    except MemoryError:
        return {"error": "it needs too much memory"}
    except Exception as error:  # a template can raise whatever it likes
        return {"error": f"{type(error).__name__}: {str(error)[:200]}"}
    text = found[0][0] if isinstance(found, tuple) else found[0]
    return {"text": text} if len(text) <= asked["longest"] else {"error": f"it writes {len(text):,} characters"}


if __name__ == "__main__":
    json.dump(render(json.load(sys.stdin)), sys.stdout)
