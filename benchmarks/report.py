"""What a benchmark hands on: figures with their goals, and Markdown."""

from __future__ import annotations

import datetime
import operator
import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import transformers

from benchmarks.spent import on_one_thread
from benchmarks.timing import Spread


@dataclass(frozen=True)
class Goal:
    """A bound, such as at most 1.6."""

    most: float | None = None
    least: float | None = None

    def reached(self, value: float) -> bool:
        """Whether a value keeps it; NaN keeps nothing."""
        bounds = ((operator.le, self.most), (operator.ge, self.least))
        return all(keeps(value, bound) for keeps, bound in bounds if bound is not None)

    def __str__(self) -> str:
        return f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"


@dataclass(frozen=True)
class Figure:
    """One measured number. number: of the goal in the table of goals, 0 for none.  pair: what it was measured on."""

    number: int
    what: str
    pair: str
    value: Spread | float
    goal: Goal | None = None
    note: str = ""
    digits: int = 2

    @property
    def middle(self) -> float:
        """The median, or the number itself."""
        return self.value.median if isinstance(self.value, Spread) else self.value

    def row(self) -> str:
        """One row of the table."""
        value, spread = f"{self.middle:.{self.digits}f}", ""
        if isinstance(self.value, Spread):
            spread = f"{self.value.low:.{self.digits}f} to {self.value.high:.{self.digits}f}"
        reached = "" if self.goal is None else "yes" if self.goal.reached(self.middle) else "no"
        cells = (str(self.number or ""), self.what, self.pair, value, spread, str(self.goal or ""), reached, self.note)
        return f"| {' | '.join(cells)} |"


HEAD = (
    "| # | quantity | measured on | median | 10 to 90 % | goal | reached | note |",
    "|---:|---|---|---:|---|---|---|---|",
)


def figures_table(figures: Iterable[Figure]) -> list[str]:
    """The table of figures, in the order of their numbers."""
    return [*HEAD, *(figure.row() for figure in sorted(figures, key=lambda f: f.number or 99))]


def environment(device: str) -> list[str]:
    """Versions, hardware, date and threads."""
    memory = _memory()
    hardware = f"{_processor()}, {os.cpu_count()} cores" + (f", {memory:.0f} GiB" if memory else "")
    if device.startswith("cuda"):
        card = torch.cuda.get_device_properties(device)
        hardware += f"; {card.name}, {card.total_memory / 2**30:.0f} GiB, CUDA {torch.version.cuda}"
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}"
    clock = "processor time of the one thread" if on_one_thread() else "wall time"
    load = " ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return [
        f"- {versions}, numpy {np.__version__}",
        f"- {hardware}; {torch.get_num_threads()} thread(s) of torch; times are {clock}",
        f"- {datetime.date.today():%d %B %Y}; load of the machine when it was written: {load}",
    ]


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> float | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        return None


def numbered(lines: Iterable[str]) -> Iterator[str]:
    """Lines, each printed as it comes."""
    for line in lines:
        print(line, flush=True)
        yield line
