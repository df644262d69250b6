"""Write a recorded run as JSON, or as CSV with one row for each pass or node, under vLLM's names."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from specviz.records.export import NODE_FIELDS, PASS_FIELDS, csv_text, export_json, node_rows, pass_rows
from specviz.records.files import write_bytes
from specviz.records.store import load_trace

TABLES = {"passes": (pass_rows, PASS_FIELDS), "nodes": (node_rows, NODE_FIELDS)}


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("trace", type=Path, help="a run as .json.gz")
    parser.add_argument("--table", choices=tuple(TABLES), help="one table as CSV; without it everything as JSON")
    parser.add_argument("--out", type=Path, help="a file; without it the text is printed")


def run(parsed: argparse.Namespace) -> int:
    """Read, turn into rows, and save or print."""
    trace = load_trace(parsed.trace)
    if parsed.table:
        rows, fields = TABLES[parsed.table]
        text = csv_text(rows(trace), fields)
    else:
        text = export_json(trace)
    if parsed.out is None:
        sys.stdout.write(text)
        return 0
    write_bytes(text.encode("utf-8"), parsed.out)
    print(f"saved {parsed.out}", file=sys.stderr)
    return 0
