"""Count the rejections of a chain, and the sum of distances that predicts them."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from specviz.cli.options import load, model_options, sampling_options, settings_of
from specviz.engine.rejections import RejectionStudy
from specviz.presets import preset_prompts
from specviz.records.table_store import save_table
from specviz.theory import bootstrap_ratio


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    model_options(parser)
    parser.add_argument("--verifiers", default="token,block", help="verifiers of a chain, with commas")
    parser.add_argument("--repeats", type=int, default=4, help="runs of each prompt")
    sampling_options(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="save the table as .json.gz")


def run(parsed: argparse.Namespace) -> int:
    """Run every preset, and print one row for each verifier: counted, predicted, and their difference per run."""
    settings = settings_of(parsed)
    verifiers = parsed.verifiers.split(",")
    study = RejectionStudy(
        load(parsed), replace(settings, capacity=settings.depth), preset_prompts(), parsed.repeats, verifiers
    )
    for done, _ in enumerate(study, start=1):
        if done % 12 == 0 or done == study.total:
            print(f"{done}/{study.total} runs, {study.seconds:.0f} s", file=sys.stderr)
    if parsed.out:
        save_table(study.table(), parsed.out)
        print(f"saved {parsed.out}", file=sys.stderr)
    rows = []
    for verifier in verifiers:
        runs = [one for one in study.runs if one.verifier == verifier]
        gap = bootstrap_ratio([one.rejections - one.distance for one in runs], [1] * len(runs))
        rows.append(
            {"verifier": verifier, "runs": len(runs), "positions": sum(one.positions for one in runs),
             "rejections": sum(one.rejections for one in runs), "distance": sum(one.distance for one in runs),
             "difference_per_run": gap.value, "low": gap.low, "high": gap.high,
             "tokens_per_pass": sum(one.tokens for one in runs) / sum(one.passes for one in runs),
             "surprisal": sum(one.surprisal for one in runs) / sum(one.tokens for one in runs)}
        )  # fmt: skip
    if parsed.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            print(
                f"{row['verifier']:>24} rejections {row['rejections']} against {row['distance']:.1f}; difference a run "
                f"{row['difference_per_run']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]; "
                f"{row['tokens_per_pass']:.3f} tokens a pass"
            )
    return 0
