"""Decode one prompt and report tokens per target pass."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from specviz.cli.options import STANDARD, capacity_option, load, model_options, sampling_options, settings_of
from specviz.drafting import make_drafter
from specviz.engine import Run
from specviz.records.store import save_trace
from specviz.verification import make_verifier


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--prompt", required=True)
    model_options(parser)
    parser.add_argument("--drafter", default=STANDARD.drafter, help="name, or name with arguments: graph(suffix=3)")
    parser.add_argument("--verifier", default=STANDARD.verifier)
    capacity_option(parser)
    sampling_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--trace", type=Path, help="save the record as .json.gz")


def run(parsed: argparse.Namespace) -> int:
    """Decode, and print the text or the report."""
    settings = settings_of(parsed)
    make_drafter(settings.drafter), make_verifier(settings.verifier)  # unknown names, before anything is loaded
    if not parsed.prompt.strip():
        raise ValueError("The prompt is empty; write at least one word.")
    run = Run(load(parsed), settings, parsed.prompt)
    began = time.perf_counter()
    try:
        for iteration in run:
            print(f"pass {iteration.index + 1}: {len(iteration.emitted)} tokens", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; what was decoded is kept", file=sys.stderr)
    seconds = time.perf_counter() - began
    trace = run.trace()
    if parsed.trace:
        save_trace(trace, parsed.trace)
        print(f"saved {parsed.trace}", file=sys.stderr)
    report = {
        "text": trace.text,
        "token_ids": list(trace.emitted),
        "tokens": len(trace.emitted),
        "target_calls": trace.target_calls,
        "block_efficiency": trace.block_efficiency,
        "accepted_per_call": [i.verdict.accepted for i in trace.iterations],
        "seconds": seconds,
    }
    if parsed.json:
        print(json.dumps(report))
    else:
        print(trace.prompt + trace.text)
        rate = f"{trace.block_efficiency:.2f} a pass"
        print(f"\n{report['tokens']} tokens in {report['target_calls']} target passes: {rate}")
    return 0
