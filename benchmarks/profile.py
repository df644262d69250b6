"""Where the milliseconds of one iteration go, at P = 16 and 64, before and after.

    OMP_NUM_THREADS=1 python -m benchmarks.profile [--json FILE]

Without --json the table is printed, beside the figures in docs/profile_before.json; with it they are written there.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.pairs import dial_subject
from benchmarks.spent import PARTS, parts_of_iterations
from specviz.engine.decode import Models
from specviz.models.pair import load_pair
from specviz.presets import preset_prompts
from specviz.records import RunSettings

BEFORE = Path(__file__).resolve().parents[1] / "docs" / "profile_before.json"
CAPACITIES = (16, 64)
Cells = dict[str, dict[str, float]]  # "pair, P = 16" -> part -> median milliseconds


def pairs(alpha: float = 0.12) -> Iterator[tuple[str, Models, str]]:
    """The two pairs as the product runs them, in their fastest ways, each with a prompt."""
    threads = torch.get_num_threads()
    embedded = load_pair("fable/target", "fable/draft", "cpu", "float32")
    torch.set_num_threads(threads)  # loading spares a core for the page
    yield "embedded pair", embedded, preset_prompts()[0][1]
    dial = dial_subject(alpha)
    yield f"dial pair (random weights), {alpha:g}", dial.fast, dial.prompt


def profile(rounds: int = 3, tokens: int = 64) -> Cells:
    """Median milliseconds of each part, runs in turns; temperature 0.7, best first, full record."""
    seen: dict[str, list[dict[str, float]]] = {}
    known = list(pairs())
    for turn in range(rounds + 1):
        for name, models, prompt in known:
            for capacity in CAPACITIES:
                settings = RunSettings(capacity=capacity, max_new_tokens=tokens, seed=turn)
                rows, _ = parts_of_iterations(models, settings, prompt)
                if turn:  # the first round warms up
                    seen.setdefault(f"{name}, P = {capacity}", []).extend(rows)
    return {
        cell: {part: float(np.median([row[part] for row in rows])) for part in PARTS}
        | {"whole": float(np.median([sum(row.values()) for row in rows])), "iterations": len(rows)}
        for cell, rows in seen.items()
    }


def table(after: Cells, before: dict[str, Any] | None) -> Iterator[str]:
    """Markdown: one column for each cell, `before -> after` in each."""
    yield "| part, ms | " + " | ".join(after) + " |"
    yield "|---|" + "---:|" * len(after)
    for part in (*PARTS, "whole"):
        texts = []
        for cell, parts in after.items():
            known = (before or {}).get("cells", {}).get(cell)
            old = "" if known is None else f"{known[part]:.2f} -> "
            texts.append(f"{old}{parts[part]:.2f}")
        yield f"| {'**one iteration**' if part == 'whole' else part} | " + " | ".join(texts) + " |"


def read_before() -> dict[str, Any] | None:
    """The figures of the code before, with the commit that they were measured on; None where there are none."""
    return json.loads(BEFORE.read_text()) if BEFORE.exists() else None


def main() -> None:
    """Measure; print, or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there instead of printing them")
    parser.add_argument("--commit", default="", help="name of the commit that is measured")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    cells = profile(options.rounds)
    if options.json:
        whole = {"commit": options.commit, "measured": time.strftime("%-d %B %Y"), "cells": cells}
        options.json.write_text(json.dumps(whole, indent=1) + "\n")
    else:
        print("\n".join(table(cells, read_before())))


if __name__ == "__main__":
    main()
