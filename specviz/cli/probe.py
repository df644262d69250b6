"""Compare kinds of prompt, one method beside plain decoding; or record what the Probe page opens with."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specviz.cli.options import capacity_option, load, model_options, sampling_options, settings_of
from specviz.engine.probe.advice import Adviser
from specviz.engine.probe.prompts import Prompt, read_file
from specviz.engine.probe.reading import TextReader
from specviz.engine.probe.survey import Kind, Survey, by_kind, disparity
from specviz.presets import PRESETS, preset_prompts
from specviz.records import RunSettings
from specviz.records.advice_store import save_advice
from specviz.records.reading_store import save_reading
from specviz.records.store import load_trace
from specviz.records.table_store import save_table

if TYPE_CHECKING:
    from specviz.models.pair import Pair

NUMBERS = ("speedup", "tau", "mu", "mu2", "overlap")


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    model_options(parser)
    parser.add_argument("--drafter", default="chain")
    parser.add_argument("--verifier", default="token")
    capacity_option(parser)
    sampling_options(parser)
    parser.add_argument("--prompts", type=Path, help=".txt or .jsonl with category and turns; without it the presets")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--traces", type=Path, help="read every trace of this folder too; needs --out")
    parser.add_argument("--out", type=Path, help="folder for the table, advice on the first prompt, and readings")


def run(parsed: argparse.Namespace) -> int:
    """Run every prompt, print one row for each kind; with --out, record."""
    settings = settings_of(parsed)
    prompts = _prompts(parsed.prompts)
    if parsed.traces and not parsed.out:
        raise ValueError("--traces needs --out, a folder for the readings.")
    pair = load(parsed)
    survey = Survey(pair, settings, prompts)
    at = -1
    for step in survey:
        if step.done > at:
            at = step.done
            print(f"prompt {at + 1} of {step.total}", file=sys.stderr)
    table = survey.table()
    for note in survey.notes:
        print(note, file=sys.stderr)
    if table is None:
        raise ValueError("No prompt could be run.")
    kinds = by_kind(table)
    if parsed.out:
        save_table(table, parsed.out / "kinds.json.gz")
        _record(parsed, pair, settings, prompts[0].text)
    _print(kinds, parsed.json)
    return 0


def _prompts(path: Path | None) -> tuple[Prompt, ...]:
    if path is None:
        names = [f"{kind} {number}" for kind, texts in PRESETS.items() for number, _ in enumerate(texts, start=1)]
        return tuple(Prompt(name, *pair) for name, pair in zip(names, preset_prompts(), strict=True))
    found = read_file(path.read_bytes())
    for note in found.notes:
        print(note, file=sys.stderr)
    return found.kept


def _record(parsed: argparse.Namespace, pair: Pair, settings: RunSettings, prompt: str) -> None:
    """Advice on a prompt, and readings of traces."""
    print("advice", file=sys.stderr)
    adviser = Adviser(pair, replace(settings, max_new_tokens=min(64, settings.max_new_tokens)), prompt)
    for _ in adviser:
        pass
    advice = adviser.advice()
    if advice is not None:
        save_advice(advice, parsed.out / "advice.json.gz")
    for path in sorted(parsed.traces.glob("*.json.gz")) if parsed.traces else ():
        print(f"reading {path.name}", file=sys.stderr)
        reader = TextReader.of_run(pair, load_trace(path))
        for _ in reader:
            pass
        reading = reader.reading()
        if reading is not None:
            save_reading(reading, parsed.out / f"reading_{path.name}")
    print(f"saved {parsed.out}", file=sys.stderr)


def _print(kinds: list[Kind], as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"kind": kind.name, "prompts": kind.count}
        | {
            name: {"value": estimate.value, "low": estimate.low, "high": estimate.high}
            for name in NUMBERS
            for estimate in [getattr(kind, name)]
        }
        for kind in kinds
    ]
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        numbers = "  ".join(f"{n} {row[n]['value']:.2f} [{row[n]['low']:.2f}, {row[n]['high']:.2f}]" for n in NUMBERS)
        print(f"{row['kind']:>12} ({row['prompts']})  {numbers}")
    print(disparity(kinds))
