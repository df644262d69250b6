"""Options that several commands share."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from specviz.models.preflight.facts import facts_of
from specviz.policy import check_allowed
from specviz.records import RunSettings

if TYPE_CHECKING:
    from specviz.models.pair import Pair

STANDARD = RunSettings()


def model_options(parser: argparse.ArgumentParser) -> None:
    """Which models, and where they run."""
    parser.add_argument("--target", default=STANDARD.target, help="folder, Hugging Face id or embedded model")
    parser.add_argument("--draft", default=STANDARD.draft)
    parser.add_argument("--middle", default=STANDARD.middle, help="model between the two, for the drafter hierarchy")
    parser.add_argument(
        "--device", default="auto",
        help="auto, cpu, mps, cuda, cuda:1, two places cuda:0,cuda:1 (target, draft), or split: over all cards",
    )  # fmt: skip
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


AUTO = "auto"


def chat_option(parser: argparse.ArgumentParser) -> None:
    """Whether the prompt is a chat message."""
    parser.add_argument(
        "--chat", action=argparse.BooleanOptionalAction, default=None,
        help="write the prompt as a chat message; standard where the target is known to have a chat template",
    )  # fmt: skip


def capacity_option(parser: argparse.ArgumentParser, automatic: bool = False) -> None:
    """P; automatic: `auto` is allowed too."""
    words = "P, draft nodes per target pass"
    parser.add_argument(
        "--capacity", type=_count_or_auto if automatic else int, default=STANDARD.capacity,
        help=f"{words}, or auto: P and depth that are predicted to be fastest here" if automatic else words,
    )  # fmt: skip


def _count_or_auto(text: str) -> int | str:
    """A number, or `auto`."""
    if text == AUTO:
        return text
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"P is a whole number or {AUTO}; {text[:40]!r} was given.") from error


def settings_of(parsed: argparse.Namespace) -> RunSettings:
    """The settings among the parsed options; those that a command has no option for keep their standard value.

    ValueError for one that is out of range, and for more than the policy of this machine allows.
    """
    chosen = {name: getattr(parsed, name) for name in STANDARD.as_dict() if hasattr(parsed, name)}
    if chosen.get("chat", False) is None:
        chosen["chat"] = bool(facts_of(parsed.target).chat)
    settings = RunSettings(**chosen)
    check_allowed(settings)
    return settings


def load(parsed: argparse.Namespace) -> Pair:
    """The pair that was asked for."""
    from specviz.models.pair import load_pair  # torch is imported only where a model is needed

    print(f"loading {parsed.target} and {parsed.draft}", file=sys.stderr)
    return load_pair(parsed.target, parsed.draft, parsed.device, parsed.dtype)
