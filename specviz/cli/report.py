"""Write a recorded run as one HTML file that replays it without a server."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from specviz.figures.run.report import report_html
from specviz.records.files import write_bytes
from specviz.records.store import load_trace


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("trace", type=Path, help="a run as .json.gz")
    parser.add_argument("--out", type=Path, help="the report; without it the run's name with .html")
    parser.add_argument("--title", help="what the report calls the run; without it the file's name")


def run(parsed: argparse.Namespace) -> int:
    """Read, build and save."""
    name = parsed.trace.name.removesuffix(".gz").removesuffix(".json")
    out = parsed.out or parsed.trace.with_name(f"{name}.html")
    page = report_html(load_trace(parsed.trace), parsed.title or name).encode("utf-8", "replace")
    write_bytes(page, out)
    print(f"saved {out}, {len(page) / 1000:.0f} kB", file=sys.stderr)
    return 0
