"""Reads one stranger's Parquet file in a process of its own: a library in C++ that ends its process ends this one.

Run as a module: the file on stdin, one JSON object on stdout, what `read_columns` finds or {"error": sentence}.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

from specviz.records.files import TraceError
from specviz.records.sweep_columns import read_columns

MEMORY = 3 << 30  # bytes of address space on top of what the libraries take
SECONDS = 30  # of processor time


def limit() -> None:
    """Bounds of the operating system, where it has them."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is what remains
        return
    spent = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + SECONDS, spent + SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open("/proc/self/statm") as file:  # Linux; elsewhere the seconds remain
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def answer(data: bytes) -> dict[str, Any]:
    """The columns, or a sentence."""
    with contextlib.suppress(OSError, ValueError):  # a system that does not let itself be asked
        limit()
    try:
        return read_columns(data)
    except TraceError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    found = answer(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace"))
    sys.stdout.flush()
    os._exit(0)  # the answer is out; threads of the library that end badly would make a good file look damaged
