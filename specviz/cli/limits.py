"""Measure tokens per pass against capacity."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from specviz.cli.options import load, model_options, sampling_options, settings_of
from specviz.engine.limits import STRATEGIES, Study
from specviz.presets import preset_prompts
from specviz.records.study_store import save_study


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    model_options(parser)
    parser.add_argument("--capacities", default="1,2,4,8,16,32,64,128,256")
    parser.add_argument(
        "--nested",
        default="",
        help="further capacities, at which nested trees need no run: only the expectation is taken",
    )
    parser.add_argument("--drafters", help="only these of the measured drafters, with commas; `oracle` is one of them")
    parser.add_argument("--prompts", type=Path, help="text file, one prompt per line; without it the presets")
    sampling_options(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="save the study as .json.gz")


def run(parsed: argparse.Namespace) -> int:
    """Measure, and print one row for each strategy and capacity."""
    prompts = preset_prompts()
    if parsed.prompts:
        lines = parsed.prompts.read_text(encoding="utf-8").splitlines()
        prompts = [("own", line) for line in lines if line.strip()]
    capacities, nested = _numbers("--capacities", parsed.capacities), _numbers("--nested", parsed.nested)
    settings = settings_of(parsed)
    measured = dict(STRATEGIES)
    wanted = parsed.drafters.split(",") if parsed.drafters else list(measured)
    unknown = [name for name in wanted if name not in measured]
    if unknown:
        raise ValueError(f"--drafters knows {', '.join(measured)}, not {', '.join(unknown)}.")
    chosen = [pair for pair in STRATEGIES if pair[0] in wanted]
    study = Study(load(parsed), settings, prompts, capacities, chosen, nested)
    known = 0
    for step in study:
        for m in study.measurements[known:]:
            known += 1
            rate = sum(m.tokens) / sum(m.passes)
            share = f"{step.done}/{step.total}"
            print(f"{share} {m.drafter} P = {m.capacity}: {rate:.3f} tokens a pass, {m.seconds:.1f} s", file=sys.stderr)
    if parsed.out:
        save_study(study.record(), parsed.out)
        print(f"saved {parsed.out}", file=sys.stderr)
    rows = [
        {"drafter": m.drafter, "verifier": m.verifier, "capacity": m.capacity, "tokens": sum(m.tokens),
         "passes": sum(m.passes), "tokens_per_pass": sum(m.tokens) / sum(m.passes)}
        for m in study.measurements
    ]  # fmt: skip
    if parsed.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            print(f"{row['drafter']:>16} {row['verifier']:>24} P={row['capacity']:<5} {row['tokens_per_pass']:.3f}")
    return 0


def _numbers(option: str, text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part]
    except ValueError:
        raise ValueError(f"{option} takes whole numbers with commas, not {text!r}.") from None
