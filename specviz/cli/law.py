"""Check that a pair of methods is lossless, by exact enumeration of a random toy."""

from __future__ import annotations

import argparse
import json
from typing import Any

from specviz.drafting import make_drafter
from specviz.engine.decode import check_fit
from specviz.engine.exact import largest_deviation, output_law, target_law, toy_models
from specviz.records.settings import MAX_SEED
from specviz.seams import Round
from specviz.verification import make_verifier

LARGEST = {"vocabulary": 5, "depth": 4, "capacity": 8, "drafts": 4}


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--drafter", required=True)
    parser.add_argument("--verifier", required=True)
    parser.add_argument("--vocabulary", type=int, default=3, help="tokens of the toy models")
    parser.add_argument("--depth", type=int, default=2, help="longest path")
    parser.add_argument("--capacity", type=int, default=4, help="P, draft nodes per target pass")
    parser.add_argument("--drafts", type=int, default=2, help="k, siblings tried at a node")
    parser.add_argument("--seed", type=int, default=0, help="draws the toy models")
    parser.add_argument("--misfit", action="store_true", help="also judge a pair that is declared not to fit")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(parsed: argparse.Namespace) -> int:
    """Draw a toy, run through everything that chance can do, and print the largest deviation from the target's law."""
    drafter, verifier = make_drafter(parsed.drafter), make_verifier(parsed.verifier)
    if not parsed.misfit:
        check_fit(drafter, verifier)
    lows = {"vocabulary": 2, "depth": 0, "capacity": 0, "drafts": 1}
    for name, high in LARGEST.items():
        value = getattr(parsed, name)
        if not lows[name] <= value <= high:
            raise ValueError(f"--{name} must lie between {lows[name]} and {high} in a toy; {value} was given.")
    if not 0 <= parsed.seed <= MAX_SEED:
        raise ValueError(f"--seed must lie between 0 and {MAX_SEED}; {parsed.seed} was given.")
    models = toy_models(parsed.vocabulary, parsed.depth, parsed.seed)
    limits = Round(parsed.capacity, parsed.drafts, parsed.depth)
    try:
        found = output_law(models, drafter, verifier, limits, parsed.depth + 1)
    except (KeyError, ZeroDivisionError):
        raise ValueError(
            f"{verifier.title} asks for a draft probability that the trees of {drafter.title} do not have."
        ) from None
    goal = target_law(models, parsed.depth + 1)
    deviation = largest_deviation(found.law, goal)
    report: dict[str, Any] = {
        "drafter": parsed.drafter,
        "verifier": parsed.verifier,
        "lossless": verifier.lossless,
        "largest_deviation": float(deviation),
        "largest_deviation_exact": str(deviation),
        "expected_tokens": float(found.expected_tokens),
        "expected_tokens_exact": str(found.expected_tokens),
        "branches": found.branches,
        "texts": len(goal),
    }
    if parsed.json:
        print(json.dumps(report))
    else:
        print(
            f"{parsed.drafter} + {parsed.verifier}: largest deviation {deviation} over {len(goal)} texts, "
            f"{float(found.expected_tokens):.4f} tokens per pass, {found.branches} branches"
        )
    return 0
