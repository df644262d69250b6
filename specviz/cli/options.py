"""Options that several commands share."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from specviz.records import RunSettings

if TYPE_CHECKING:
    from specviz.models.pair import Pair

STANDARD = RunSettings()


def model_options(parser: argparse.ArgumentParser) -> None:
    """Which models, and where they run."""
    parser.add_argument("--target", default=STANDARD.target, help="folder, Hugging Face id or embedded model")
    parser.add_argument("--draft", default=STANDARD.draft)
    parser.add_argument("--middle", default=STANDARD.middle, help="model between the two, for the drafter hierarchy")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--dtype", default="auto", choices=("auto", "float32", "bfloat16", "float16"))


def sampling_options(parser: argparse.ArgumentParser) -> None:
    """How tokens are drawn, and how many."""
    parser.add_argument("--drafts", type=int, default=STANDARD.drafts, help="k, siblings tried at a node")
    parser.add_argument("--depth", type=int, default=STANDARD.depth, help="longest path")
    parser.add_argument("--temperature", type=float, default=STANDARD.temperature)
    parser.add_argument("--top-k", type=int, default=STANDARD.top_k)
    parser.add_argument("--top-p", type=float, default=STANDARD.top_p)
    parser.add_argument("--seed", type=int, default=STANDARD.seed)
    parser.add_argument("--max-new-tokens", type=int, default=STANDARD.max_new_tokens)


def capacity_option(parser: argparse.ArgumentParser) -> None:
    """P."""
    parser.add_argument("--capacity", type=int, default=STANDARD.capacity, help="P, draft nodes per target pass")


def settings_of(parsed: argparse.Namespace) -> RunSettings:
    """The settings among the parsed options; those that a command has no option for keep their standard value."""
    return RunSettings(**{name: getattr(parsed, name) for name in STANDARD.as_dict() if hasattr(parsed, name)})


def load(parsed: argparse.Namespace) -> Pair:
    """The pair that was asked for."""
    from specviz.models.pair import load_pair  # torch is imported only where a model is needed

    print(f"loading {parsed.target} and {parsed.draft}", file=sys.stderr)
    return load_pair(parsed.target, parsed.draft, parsed.device, parsed.dtype)
