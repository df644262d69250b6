"""List drafters and verifiers."""

from __future__ import annotations

import argparse
import json
from typing import Any

from specviz.drafting import DRAFTERS
from specviz.registry import parameters
from specviz.theory import REFERENCES
from specviz.verification import VERIFIERS


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true")


def run(parsed: argparse.Namespace) -> int:
    """Print what the registry knows."""
    listing = methods()
    if parsed.json:
        print(json.dumps(listing))
        return 0
    for noun, entries in listing.items():
        print(noun)
        for entry in entries:
            marks = "" if entry["lossless"] else " NOT LOSSLESS"
            marks += "" if entry.get("real", True) else " NOT A REAL METHOD"
            print(f"  {entry['name']:<24} {entry['title']} [{entry['reference']}]{marks}")
            for parameter in entry["parameters"]:
                print(f"  {'':<24}   {parameter['name']} = {parameter['default']:g}: {parameter['title']}")
    return 0


def methods() -> dict[str, list[dict[str, Any]]]:
    """Drafters and verifiers as the registry knows them."""
    return {
        "drafters": [
            _common(d)
            | {
                "lossless": True,  # a drafter only guesses; the verifier decides
                "real": d.real,
                "sampling": str(d.sampling),
                "guesser": str(d.guesser),
                "uses": sorted(d.uses),
            }
            for d in DRAFTERS.all()
        ],
        "verifiers": [
            _common(v)
            | {"lossless": v.lossless, "accepts": sorted(str(s) for s in v.accepts), "shares_clocks": v.shares_clocks}
            for v in VERIFIERS.all()
        ],
    }


def _common(method: Any) -> dict[str, Any]:
    return {
        "name": method.name,
        "title": method.title,
        "summary": method.summary,
        "cost": method.cost,
        "reference": REFERENCES[method.reference].key,
        "parameters": [
            {"name": name, "default": field.default, **field.metadata} for name, field in parameters(method).items()
        ],
    }
