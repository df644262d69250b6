"""Prove every pair by exact enumeration and write docs/laws.md.

    python -m benchmarks.laws            # about five minutes on one core

The same enumeration as in tests/laws, as a table: anybody can repeat one line with `python -m specviz law`.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

from specviz.drafting import DRAFTERS, make_drafter
from specviz.engine.exact import largest_deviation, output_law, target_law, toy_models
from specviz.seams import Drafter, Round, Verifier
from specviz.verification import VERIFIERS, why_not

ROOT = Path(__file__).resolve().parents[1]
# (vocabulary, capacity, drafts, depth)
SHAPES = [(2, 6, 2, 2), (2, 3, 3, 1), (3, 3, 3, 1), (2, 3, 1, 3), (3, 2, 1, 2)]
FIELDS_SHAPES = [(2, 4, 2, 2), (2, 2, 2, 1), (3, 2, 1, 2)]  # for races on several fields of clocks
WRONG_SHAPES = [(3, 3, 3, 1), (3, 2, 2, 1), (2, 6, 2, 2), (2, 2, 2, 2)]
BIASED = {"race_dynamic": "race_dynamic(sharpness=0.4)"}  # where a shape that depends on the draws shows it


def proved(drafter: Drafter, verifier: Verifier) -> tuple[int, int, Fraction, float]:
    """Laws tried, paths enumerated, largest deviation, mean expected tokens."""
    laws = branches = 0
    deviation, tokens = Fraction(0), 0.0
    many = verifier.one_field_per_draft
    for number in range(6 if many else 20):
        for vocabulary, capacity, drafts, depth in FIELDS_SHAPES if many else SHAPES:
            models = toy_models(vocabulary, depth, number, zeros=number % 3 == 0)
            found = output_law(models, drafter, verifier, Round(capacity, drafts, depth), depth + 1)
            deviation = max(deviation, largest_deviation(found.law, target_law(models, depth + 1)))
            laws, branches = laws + 1, branches + found.branches
            tokens += float(found.expected_tokens)
    return laws, branches, deviation, tokens / laws


def bias(spec: str, verifier: Verifier) -> str:
    """The largest deviation over 10 toys, or why the rule has no answer."""
    largest = Fraction(0)
    for number in range(10):
        for vocabulary, capacity, drafts, depth in WRONG_SHAPES:
            models = toy_models(vocabulary, depth, 300 + number)
            try:
                found = output_law(models, make_drafter(spec), verifier, Round(capacity, drafts, depth), depth + 1)
            except ZeroDivisionError:
                return "asks for the draft probability of a token that its law cannot give"
            except KeyError:
                return "asks for a draft law, and no model was run"
            except ValueError as error:
                return str(error).rstrip(".")
            largest = max(largest, largest_deviation(found.law, target_law(models, depth + 1)))
    return f"{float(largest):.4f}"


def main() -> None:
    """Write the page."""
    sys.path.insert(0, str(ROOT / "tests" / "laws"))
    from mutants import MUTANTS

    pairs = [(d, v) for d in DRAFTERS.all() for v in VERIFIERS.all()]
    lines = [
        "# Losslessness, proved",
        "",
        "On toy models whose laws differ after every text, everything that chance can do in one round is enumerated in "
        "fractions, races included (a race is a cut through a simplex of clocks). A deviation of 0 is exact. Tokens: "
        "expected per target pass, mean over the toys. Written by `python -m benchmarks.laws`; one line is repeated by "
        "`python -m specviz law --drafter D --verifier V`.",
        "",
        "## Pairs that fit",
        "",
        "| drafter | verifier | laws | paths | largest deviation | tokens |",
        "|---|---|---:|---:|---:|---:|",
    ]
    total = 0
    for drafter, verifier in pairs:
        if why_not(drafter, verifier) is None and verifier.lossless:
            laws, branches, deviation, tokens = proved(drafter(), verifier())
            total += branches
            row = f"| {drafter.name} | {verifier.name} | {laws} | {branches:,} | {deviation} | {tokens:.3f} |"
            print(row, file=sys.stderr, flush=True)
            lines.append(row)
    lines += ["", f"{total:,} paths in all.", "", "## Wrong rules: each must fail", ""]
    lines += ["| drafter | mutant of | what is wrong | largest deviation |", "|---|---|---|---:|"]
    for drafter, mutant in MUTANTS:
        what = (mutant.__doc__ or "").strip().rstrip(".")
        lines.append(f"| {drafter} | {mutant.name} | {what} | {bias(drafter, mutant())} |")
    lines += ["", "## Pairs that are refused, and their bias", "", "| drafter | verifier | bias |", "|---|---|---|"]
    for drafter, verifier in pairs:
        if why_not(drafter, verifier) is not None:
            found = bias(BIASED.get(drafter.name, drafter.name), verifier())
            lines.append(f"| {drafter.name} | {verifier.name} | {found} |")
    (ROOT / "docs" / "laws.md").write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
