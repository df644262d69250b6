"""Check losslessness on a real pair: output frequencies of fresh passes against the target's law at one position."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from specviz.cli.options import STANDARD, capacity_option, load, model_options, sampling_options, settings_of
from specviz.engine.compare.losslessness import Check
from specviz.engine.compare.mutants import ForgetsTheResidual
from specviz.records.check import save_check
from specviz.theory.goodness import (
    chi_square_test,
    noise_distance,
    observed_distance,
    pooled_cells,
    smallest_visible_distance,
)


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--prompt", required=True)
    model_options(parser)
    parser.add_argument("--drafter", default=STANDARD.drafter)
    parser.add_argument(
        "--verifier", default=STANDARD.verifier, help=f"or {ForgetsTheResidual.name}, which is wrong on purpose"
    )
    capacity_option(parser)
    sampling_options(parser)
    parser.add_argument("--position", type=int, default=0, help="tokens of the target's own text after the prompt")
    parser.add_argument("--draws", type=int, default=2000, help="fresh runs, each with a seed of its own")
    parser.add_argument(
        "--tokens", type=int, default=1, choices=(1, 2), help="first tokens of each run that are counted"
    )
    parser.add_argument("--out", type=Path, help="save the record as .json.gz")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(parsed: argparse.Namespace) -> int:
    """Draw, count and test."""
    check = Check(load(parsed), settings_of(parsed), parsed.prompt, parsed.position, parsed.draws, parsed.tokens)
    try:
        for done in check:
            if done and done % 500 == 0:
                print(f"{done} of {parsed.draws} draws", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; what was drawn is kept", file=sys.stderr)
    result = check.result()
    if result is None:
        raise ValueError("There is no draw yet; let it run longer.")
    if parsed.out:
        save_check(result, parsed.out)
        print(f"saved {parsed.out}", file=sys.stderr)
    cells = pooled_cells(result.counts, result.law, result.draws)
    test = chi_square_test(cells)
    report = {
        "draws": result.draws,
        "cells": len(cells.counts),
        "chi_square": test.statistic,
        "degrees_of_freedom": test.freedom,
        "p_value": test.p_value,
        "distance": observed_distance(cells),
        "distance_by_chance": noise_distance(cells.expected / result.draws, result.draws),
        "smallest_visible_distance": smallest_visible_distance(test.freedom, result.draws),
    }
    if parsed.json:
        print(json.dumps(report))
    else:
        print("  ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in report.items()))
    return 0
