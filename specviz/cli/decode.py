"""Decode one prompt and report tokens per target pass."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from specviz.cli.options import (
    AUTO,
    STANDARD,
    capacity_option,
    chat_option,
    load,
    model_options,
    sampling_options,
    settings_of,
)
from specviz.drafting import make_drafter
from specviz.engine import Run
from specviz.engine.probe.auto import Chooser, Chosen, measured_rate
from specviz.records import RunSettings
from specviz.records.store import save_trace
from specviz.verification import make_verifier

if TYPE_CHECKING:
    from specviz.models.pair import Pair


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--prompt", required=True)
    chat_option(parser)
    model_options(parser)
    parser.add_argument("--drafter", default=STANDARD.drafter, help="name, or name with arguments: graph(suffix=3)")
    parser.add_argument("--verifier", default=STANDARD.verifier)
    capacity_option(parser, automatic=True)
    sampling_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--trace", type=Path, help="save the record as .json.gz")


def run(parsed: argparse.Namespace) -> int:
    """Decode, and print the text or the report."""
    automatic = parsed.capacity == AUTO
    if automatic:
        parsed.capacity = STANDARD.capacity  # until it is chosen
    settings = settings_of(parsed)
    make_drafter(settings.drafter), make_verifier(settings.verifier)  # unknown names, before anything is loaded
    if not parsed.prompt.strip():
        raise ValueError("The prompt is empty; write at least one word.")
    if settings.chat:
        print("the prompt is written as a chat message; --no-chat gives it as it is", file=sys.stderr)
    pair = load(parsed)
    chosen = _choose(pair, settings, parsed.prompt) if automatic else None
    run = Run(pair, chosen.settings if chosen else settings, parsed.prompt)
    began = time.perf_counter()
    try:
        for iteration in run:
            print(f"pass {iteration.index + 1}: {len(iteration.emitted)} tokens", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; what was decoded is kept", file=sys.stderr)
    seconds = time.perf_counter() - began
    rate = measured_rate(run.iterations)
    if chosen:
        run.note = chosen.sentence(rate)
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
        "tokens_per_second": rate,
    }
    if chosen:
        best = chosen.forecast
        report |= {"capacity": best.capacity, "depth": best.depth, "predicted_tokens_per_second": best.rate}
    if parsed.json:
        print(json.dumps(report))
    else:
        print(trace.prompt + trace.text)
        rates = f"{trace.block_efficiency:.2f} a pass"
        print(f"\n{report['tokens']} tokens in {report['target_calls']} target passes: {rates}")
        if chosen:
            print(chosen.sentence(rate))
    return 0


def _choose(pair: Pair, settings: RunSettings, prompt: str) -> Chosen:
    """P and depth, told before the run."""
    chooser = Chooser(pair, settings, prompt)
    label = ""
    for step in chooser:
        if step.label != label:
            label = step.label
            print(label.lower(), file=sys.stderr)
    print(chooser.chosen.sentence(), file=sys.stderr)
    return chooser.chosen
