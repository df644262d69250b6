"""Record what both models say along texts that the target writes."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from specviz.cli.options import load, model_options
from specviz.engine.laws import laws_of_texts
from specviz.presets import preset_prompts
from specviz.records.laws_store import save_laws


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    model_options(parser)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--length", type=int, default=32, help="tokens of each text")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="save the laws as .npz")


def run(parsed: argparse.Namespace) -> int:
    """Write, read and save."""
    began = time.perf_counter()
    laws = laws_of_texts(load(parsed), preset_prompts(), parsed.length, parsed.temperature, parsed.seed)
    save_laws(laws, parsed.out)
    print(f"{len(laws.text)} positions in {time.perf_counter() - began:.1f} s", file=sys.stderr)
    print(f"saved {parsed.out}", file=sys.stderr)
    return 0
