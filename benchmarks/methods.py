"""Measure every drafter with every verifier on the embedded pair and write docs/methods.md.

    python -m benchmarks.methods            # about an hour and a half on one core
    python -m benchmarks.methods --write    # only write the page again from docs/methods.json

Each cell is the mean number of tokens per target pass over the same 24 contexts: texts that the target wrote itself,
cut at fixed lengths. At every context a drafter grows trees from several seeds, and all verifiers that accept it judge
the same trees, several times where the verdict is cheap. Verifiers that share clocks get trees drawn on those clocks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.lessons import Cell, Lessons
from specviz.chance import Sampled
from specviz.drafting import DRAFTERS
from specviz.engine.decode import Run, cast_of, finish
from specviz.engine.guessers import draft_warp, open_guesser
from specviz.engine.recording import shared_races
from specviz.engine.step import count_ranks
from specviz.presets import preset_prompts
from specviz.race import DRAFT, PICK
from specviz.records import RunSettings, Sampling, Warp
from specviz.seams import Drafter, RankCounts, Round, Session, Verifier
from specviz.theory.estimates import Estimate, bootstrap_ratio
from specviz.verification import VERIFIERS, why_not

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAIR = DOCS.parent / "assets" / "models" / "fable"
TEMPERATURES = (1.0, 0.6, 0.0)
CAPACITIES = (1, 4, 16, 64)
DRAFTS, DEPTH = 4, 8
LENGTHS = (24, 72)  # tokens of the target's own text behind each of the 12 prompts
TREES = 10  # per context, where anything is random
VERDICTS = 4  # per tree; one for a rule that solves a problem at every node
SLOW = {"optimal_transport", "canonical"}


def contexts(models: object) -> Iterator[list[int]]:
    """24 beginnings of texts by the target, temperature 1."""
    for number, (_, prompt) in enumerate(preset_prompts()):
        settings = RunSettings(drafter="best_first", temperature=1.0, max_new_tokens=max(LENGTHS), seed=900 + number)
        trace = finish(Run(models, settings, prompt))
        text = [*trace.prompt_ids, *trace.emitted]
        for length in LENGTHS:
            yield text[: len(trace.prompt_ids) + length]


@dataclass
class Bench:
    """All sessions at one context and one temperature; tokens per pass are added to `found`."""

    models: object
    ids: list[int]
    temperature: float
    found: dict[Cell, list[float]]
    ranks: dict[tuple[str, float, int, int], RankCounts]

    def __post_init__(self) -> None:
        self.settings = RunSettings(temperature=self.temperature, drafts=DRAFTS, depth=DEPTH)
        self.target = self.models.target.open(self.ids, self.settings.warp)
        self.guessers: dict[tuple[str, Warp], Session] = {}

    def measure(self, drafter: Drafter, capacity: int) -> None:
        """Every verifier of this drafter; those on shared clocks by the number of clocks."""
        groups: dict[int, list[Verifier]] = defaultdict(list)
        for cls in VERIFIERS.all():
            if why_not(drafter, cls) is None:
                lanes = 0 if not cls.shares_clocks else DRAFTS if cls.one_field_per_draft else 1
                groups[lanes].append(cls())
        for lanes, verifiers in groups.items():
            self._group(drafter, capacity, lanes, verifiers)

    def _group(self, drafter: Drafter, capacity: int, lanes: int, verifiers: list[Verifier]) -> None:
        guesser = self._guesser(drafter, verifiers[0])
        key = drafter.name, self.temperature, capacity, lanes
        random = self.temperature > 0
        sums: dict[str, list[int]] = defaultdict(list)
        for seed in range(TREES if random else 1):
            limits = Round(capacity, DRAFTS, DEPTH, ranks=self.ranks.get(key, RankCounts()))
            place = len(self.ids)
            chance = Sampled(seed, place, DRAFT, lanes > 0, random, max(1, lanes))
            tree, draft_rows = drafter.grow(guesser, chance, limits)
            target_rows = self.target.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
            for verifier in verifiers:
                slow = verifier.name in SLOW and drafter.sampling != Sampling.SINGLE
                repeats = VERDICTS if random and lanes == 0 and not slow else 1
                for again in range(repeats):
                    coins = Sampled(seed + 1000 * again, place, PICK, lanes > 0, random, max(1, lanes))
                    verdict = verifier.verify(tree, target_rows, draft_rows, coins, place)
                    sums[verifier.name].append(len(verdict.path) + 1)
            races = shared_races(coins, tree, draft_rows, target_rows, verdict, place) if lanes else {}
            self.ranks[key] = count_ranks(tree, verdict, races, limits.ranks)
            self.target.commit([])
            guesser.commit([])
        for name, lengths in sums.items():
            self.found[drafter.name, name, self.temperature, capacity].append(float(np.mean(lengths)))

    def _guesser(self, drafter: Drafter, verifier: Verifier) -> Session:
        warp = draft_warp(self.settings, drafter, verifier)
        key = drafter.guesser, warp
        if key not in self.guessers:
            self.guessers[key] = open_guesser(self.models, drafter, self.target, self.ids, warp)
        return self.guessers[key]


def measure_all() -> dict[str, list[float]]:
    """Mean tokens per pass at each context, by cell."""
    from specviz.models.pair import load_pair

    pair = load_pair("fable/target", "fable/draft")
    texts = list(contexts(pair))
    models = cast_of(pair, RunSettings(drafter="hierarchy", verifier="token"))
    found: dict[Cell, list[float]] = defaultdict(list)
    ranks: dict[tuple[str, float, int, int], RankCounts] = {}
    began = time.monotonic()
    for temperature in TEMPERATURES:
        for number, ids in enumerate(texts, start=1):
            bench = Bench(models, ids, temperature, found, ranks)
            for drafter in DRAFTERS.all():
                for capacity in CAPACITIES:
                    bench.measure(drafter(), capacity)
            minutes = (time.monotonic() - began) / 60
            print(f"T = {temperature}, context {number}/{len(texts)}, {minutes:.1f} min", file=sys.stderr, flush=True)
    return {"|".join(map(str, cell)): values for cell, values in found.items()}


def _interval(values: list[float]) -> Estimate:
    return bootstrap_ratio(values, [1.0] * len(values))


def table(cells: dict[Cell, list[float]], temperature: float) -> list[str]:
    """One row per pair, best first at the largest capacity."""
    head = [f"P = {capacity}" for capacity in CAPACITIES]
    lines = ["| drafter | verifier | " + " | ".join(head) + " |", "|---|---|" + "---:|" * len(head)]
    pairs = {(drafter, verifier) for drafter, verifier, t, _ in cells if t == temperature}
    last = CAPACITIES[-1]
    order = sorted(pairs, key=lambda pair: (-round(float(np.mean(cells[(*pair, temperature, last)])), 9), pair))
    for drafter, verifier in order:
        estimates = [_interval(cells[drafter, verifier, temperature, capacity]) for capacity in CAPACITIES]
        shown = [f"{e.value:.2f} ± {(e.high - e.low) / 2:.2f}" for e in estimates]
        marks = "" if DRAFTERS.get(drafter).real else " (not a real method)"
        loss = "" if VERIFIERS.get(verifier).lossless else " (not lossless)"
        lines.append(f"| {drafter}{marks} | {verifier}{loss} | " + " | ".join(shown) + " |")
    return lines


def weights() -> str:
    """The pair that ships, as the first letters of the SHA-256 of its weights."""
    files = [PAIR / name / "model.safetensors" for name in ("target", "draft")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def page(found: dict[str, list[float]], pair: str) -> str:
    """docs/methods.md: what was measured, what it teaches, the tables.  pair: the weights it was measured with."""
    later = "" if pair == weights() else f", before the pair that ships now (`{weights()}`) was trained further"
    cells: dict[Cell, list[float]] = {}
    for key, values in found.items():
        drafter, verifier, temperature, capacity = key.split("|")
        cells[drafter, verifier, float(temperature), int(capacity)] = values
    lines = [
        "# Every method on the embedded pair",
        "",
        "Tokens per target pass (accepted + 1) of every drafter with every verifier that is exact on its trees, on the "
        f"same {len(next(iter(cells.values())))} contexts: prefixes of texts that the target wrote at temperature 1. "
        f"k = {DRAFTS}, depth {DEPTH}, {TREES} trees a context; ± is half of a 95 % bootstrap interval over the "
        "contexts, so it is mostly the difference between texts and much wider than that of two methods compared on "
        "them. A pass may begin at any of these places; in a run it begins where the last one ended, so the L/K of a "
        "run (`python -m specviz compare`) differs a little. Written by `python -m benchmarks.methods` with "
        f"the weights `{pair}`{later}.",
        "",
        "## What it teaches",
        "",
        "Differences are paired over the contexts, with 95 % bootstrap intervals.",
        "",
        *(f"{number}. {line}" for number, line in enumerate(Lessons(cells).lines(), start=1)),
        "",
    ]
    for temperature in TEMPERATURES:
        if any(cell[2] == temperature for cell in cells):
            lines += [f"## Temperature {temperature:g}", "", *table(cells, temperature), ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, unless told otherwise, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="only write the page from the figures kept")
    kept = DOCS / "methods.json"
    if not parser.parse_args().write:
        kept.write_text(json.dumps({"pair": weights(), "cells": measure_all()}, indent=0) + "\n")
    known = json.loads(kept.read_text())
    (DOCS / "methods.md").write_text(page(known["cells"], known["pair"]))


if __name__ == "__main__":
    main()
