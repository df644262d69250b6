"""Measure how often every rule accepts k drafts at a position, along recorded laws of both models."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from specviz.ranking import acceptance_sums
from specviz.records import MeasuredTable, Warp
from specviz.records.laws_store import load_laws
from specviz.records.table_store import save_table


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--laws", type=Path, required=True, help="an .npz file that `specviz laws` wrote")
    parser.add_argument("--drafts", default="2,3,5", help="values of k, with commas")
    parser.add_argument("--temperatures", default="1.0,0.7", help="with commas")
    parser.add_argument("--out", type=Path, required=True, help="save the table as .json.gz")


def run(parsed: argparse.Namespace) -> int:
    """One row for each temperature, k, rule, way to draw and text."""
    began = time.perf_counter()
    drafts = _numbers("--drafts", parsed.drafts, int)
    temperatures = _numbers("--temperatures", parsed.temperatures, float)
    laws = load_laws(parsed.laws)
    counts = np.bincount(laws.text, minlength=len(laws.kinds))
    rows: list[tuple[Any, ...]] = []
    for temperature in temperatures:
        for k in drafts:
            for text, kind in enumerate(laws.kinds):
                sums = acceptance_sums(laws, text, Warp(temperature), k)
                rows += [(temperature, k, *rule, text, kind, int(counts[text]), total) for rule, total in sums.items()]
            print(f"temperature {temperature:g}, k = {k}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    names = ("temperature", "k", "rule", "drawn", "text", "kind", "positions", "sum")
    settings = {"temperature": laws.temperature, "seed": laws.seed}
    columns = dict(zip(names, map(tuple, zip(*rows, strict=True)), strict=True))
    save_table(MeasuredTable("acceptance", columns, laws.provenance, settings, time.perf_counter() - began), parsed.out)
    print(f"saved {parsed.out}", file=sys.stderr)
    return 0


def _numbers(option: str, text: str, kind: Any) -> list[Any]:
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"{option} takes numbers with commas, not {text!r}.") from None
