"""Compare methods on the same prompts, seeds and noise."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from specviz.cli.options import capacity_option, load, model_options, sampling_options, settings_of
from specviz.engine.compare.comparison import Comparison, Divergence, Method, Outcome
from specviz.engine.compare.near_ties import judged, parted_runs
from specviz.presets import preset_prompts
from specviz.records.comparison import save_comparison
from specviz.theory import Estimate

MOST_SEEDS = 1000


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--prompt", action="append", help="may be given several times; without it the presets")
    parser.add_argument(
        "--methods",
        required=True,
        help="drafter+verifier, with commas: chain+token,chain+block; with a P, or P and k, of its own: chain+token@8,"
        "sequoia+traversal@16x4",
    )
    parser.add_argument("--seeds", type=int, default=4, help="runs of each prompt, with seeds from --seed upwards")
    model_options(parser)
    capacity_option(parser)
    sampling_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--record", type=Path, help="save the first unit's runs and every unit's counts in this folder")


def run(parsed: argparse.Namespace) -> int:
    """Run every method on every prompt and seed."""
    # Commas also stand between the arguments of one method.
    methods = [Method.parse(text) for text in re.split(r",(?![^()]*\))", parsed.methods)]
    if not 1 <= parsed.seeds <= MOST_SEEDS:
        raise ValueError(f"--seeds must lie between 1 and {MOST_SEEDS}; {parsed.seeds} was given.")
    prompts = parsed.prompt or [prompt for _, prompt in preset_prompts()]
    if not all(prompt.strip() for prompt in prompts):
        raise ValueError("The prompt is empty; write at least one word.")
    settings = settings_of(parsed)
    seeds = range(settings.seed, settings.seed + parsed.seeds)
    comparison = Comparison(load(parsed), settings, methods, prompts, seeds, whole=1 if parsed.record else None)
    total = len(methods) * len(prompts) * parsed.seeds
    try:
        for done, step in enumerate((step for step in comparison if step.finished), start=1):
            print(f"{done}/{total} {step.method}, prompt {step.unit // parsed.seeds + 1}", file=sys.stderr)
    except KeyboardInterrupt:
        if not comparison.keep_whole_units():
            raise
        print("stopped; the runs that every method has finished are kept", file=sys.stderr)
    record = comparison.record()
    if parsed.record and record is not None:
        save_comparison(record, parsed.record)
        print(f"saved {parsed.record}", file=sys.stderr)
    report = _report(comparison, prompts, parsed.seeds)
    if not parsed.json:
        _print(report)
    for row in _near_ties(comparison, parsed.seeds):
        report["near_ties"].append(row)
        if not parsed.json:
            print(f"{row['method']}, prompt {row['prompt'] + 1}, seed {row['seed']}: {row['finding']}", flush=True)
    if parsed.json:
        print(json.dumps(report))
    return 0


def _print(report: dict[str, Any]) -> None:
    for row in report["methods"]:
        low, high = row["interval"]
        rates = " ".join(f"{rate:.2f}" for rate in row["rate_by_depth"])
        print(f"{row['method']:<44} {row['block_efficiency']:.3f} [{low:.3f}, {high:.3f}]  kept by depth: {rates}")
    for row in report["divergences"]:
        where = (
            "never" if row["token"] is None else f"prompt {row['prompt'] + 1}, seed {row['seed']}, token {row['token']}"
        )
        print(f"{row['first']} and {row['second']} first differ: {where}", flush=True)


def _report(comparison: Comparison, prompts: list[str], seeds: int) -> dict[str, Any]:
    return {
        "prompts": prompts,
        "seeds": list(comparison.seeds),
        "capacity": comparison.settings.capacity,
        "drafts": comparison.settings.drafts,
        "depth": comparison.settings.depth,
        "temperature": comparison.settings.temperature,
        "methods": [_method(comparison, outcome) for outcome in comparison.outcomes],
        "divergences": [_divergence(comparison, d, seeds) for d in comparison.divergences()],
        "near_ties": [],
    }


def _method(comparison: Comparison, outcome: Outcome) -> dict[str, Any]:
    return {
        "method": str(outcome.method),
        "drafter": outcome.method.drafter,
        "verifier": outcome.method.verifier,
        "block_efficiency": outcome.block_efficiency.value,
        "interval": _interval(outcome.block_efficiency),
        "more_than_first": comparison.gain(outcome).value,
        "more_than_first_interval": _interval(comparison.gain(outcome)),
        "tokens": sum(outcome.tokens),
        "target_calls": sum(outcome.target_calls),
        "accepted_per_call": outcome.accepted_per_call,
        "rate_by_depth": outcome.rate_by_depth(),
        "seconds": outcome.seconds(),
    }


def _near_ties(comparison: Comparison, seeds: int) -> Iterator[dict[str, Any]]:
    """Each greedy run in 16 bits that parted from another, judged; Ctrl-C leaves the rest out."""
    parted = parted_runs(comparison)
    try:
        for number, (outcome, unit) in enumerate(parted, start=1):
            print(f"judging the texts that differ, token by token: {number}/{len(parted)}", file=sys.stderr)
            found = judged(comparison, outcome, unit)
            yield {
                "method": str(outcome.method),
                "prompt": unit // seeds,
                "seed": comparison.seeds[unit % seeds],
                "exact": found.exact,
                "near": found.near,
                "wrong": found.wrong,
                "off": found.off,
                "largest_gap": found.largest_gap,
                "rounding": found.threshold,
                "finding": found.sentence(),
            }
    except KeyboardInterrupt:
        print("stopped; the texts not judged yet are left out", file=sys.stderr)


def _interval(estimate: Estimate) -> list[float]:
    return [estimate.low, estimate.high]


def _divergence(comparison: Comparison, found: Divergence, seeds: int) -> dict[str, Any]:
    place: dict[str, Any] = {"prompt": None, "seed": None, "token": None}
    if found.unit is not None:
        prompt, seed = divmod(found.unit, seeds)
        place = {"prompt": prompt, "seed": comparison.seeds[seed], "token": found.place}
    return {"first": str(found.first), "second": str(found.second), **place}
