"""Time the optimum and every rule's acceptance, check them against a linear program, rank the rules; docs/transport.md.

    OMP_NUM_THREADS=1 python -m benchmarks.transport

Times are for one pair of laws on one core; the ranking is over the measured texts that ship with the product.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from specviz.ranking import LACKING, acceptance_sums, ranked_rules
from specviz.records import PairLaws, Warp
from specviz.records.laws_store import load_laws
from specviz.theory import bootstrap_ratio, greedy_law, optimal_acceptance
from specviz.theory.by_rule import DRAWN, MOST, verifier_acceptance
from specviz.theory.transport import SAMPLINGS
from specviz.verification import VERIFIERS

ROOT = Path(__file__).resolve().parents[1]
SIZES, DRAFTS = (1024, 8192, 50_000), (2, 4, 8)
RACE_TOKENS = 1024  # the shared race's exact law takes minutes beyond
LONGEST, PAIRS = 60.0, 1000
PRECISE = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
RANKED, TEMPERATURES = (2, 3, 5), (1.0, 0.7)


def heavy_tailed(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Laws like a model's: the draft's logits are the target's with noise."""
    rng = np.random.default_rng(seed)
    target = 1.5 * rng.gumbel(size=size)
    draft = target + rng.normal(size=size)
    return tuple(np.exp(x - x.max()) / np.exp(x - x.max()).sum() for x in (target, draft))


def seconds(call: Callable[[], object], times: int = 5) -> float:
    """Median processor time of a call, which other programs hardly change; slow ones are called once."""
    spent: list[float] = []
    while len(spent) < times and sum(spent) < 2.0:
        began = time.process_time()
        call()
        spent.append(time.process_time() - began)
    return float(np.median(spent))


def time_table() -> Iterator[str]:
    """Milliseconds of each optimum and of each rule's acceptance."""
    columns = list(product(SIZES, DRAFTS))
    yield "| what | drafts drawn | " + " | ".join(f"V {v:,}, k {k}" for v, k in columns) + " |"
    yield "|---|---|" + "---:|" * len(columns)
    laws = {size: heavy_tailed(size, 1) for size in SIZES}
    for sampling in SAMPLINGS:
        cells = [1000 * seconds(partial(optimal_acceptance, *laws[v], k, sampling)) for v, k in columns]
        yield f"| optimum | {sampling} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |"
    for name, ways in DRAWN.items():
        for drawn in ways:
            texts = []
            for size, k in columns:
                if k > MOST.get(name, k) or (name == "shared_race" and size > RACE_TOKENS):
                    texts.append("-")
                    continue
                spent = seconds(partial(verifier_acceptance, name, *laws[size], k, drawn))
                texts.append(f"{1000 * spent:.1f}")
            if set(texts) != {"-"}:
                yield f"| {name} | {drawn} | " + " | ".join(texts) + " |"


def drafts_law(q: np.ndarray, k: int, sampling: str) -> dict[tuple[int, ...], float]:
    """Chance of every set of drafts, as its sorted tokens; repeats count once."""
    if sampling == "greedy":
        top, rest = greedy_law(q, k)
        return {tuple(sorted((*top.tolist(), x))): float(rest[x]) for x in range(len(q)) if rest[x] > 0}
    count = k if sampling == "iid" else min(k, int((q > 0).sum()))
    law: dict[tuple[int, ...], float] = {}
    for drafts in product(np.flatnonzero(q).tolist(), repeat=count):
        chance, left = 1.0, 1.0
        for place, x in enumerate(drafts):
            if sampling == "iid":
                chance *= q[x]
            elif x in drafts[:place]:
                chance = 0.0
                break
            else:
                chance *= q[x] / left
                left -= q[x]
        if chance > 0:
            shown = tuple(sorted(set(drafts)))
            law[shown] = law.get(shown, 0.0) + chance
    return law


def linear_program(p: np.ndarray, law: dict[tuple[int, ...], float]) -> float:
    """Most mass that a coupling can move from sets of drafts to a token of the set."""
    sets = list(law)
    rows = np.repeat(np.arange(len(sets)), [len(drafts) for drafts in sets])
    tokens = np.concatenate([np.array(drafts) for drafts in sets])
    places = np.arange(len(rows))
    limits = csr_array(
        (np.ones(2 * len(rows)), (np.concatenate([rows, len(sets) + tokens]), np.concatenate([places, places]))),
        shape=(len(sets) + len(p), len(rows)),
    )
    bounds = np.array([*law.values(), *p])
    return float(-linprog(-np.ones(len(rows)), A_ub=limits, b_ub=bounds, method="highs", options=PRECISE).fun)


def worst_error() -> tuple[float, int]:
    """Over random pairs of 3 to 6 tokens with ties and zeros, 1 to 3 drafts, the three ways to draw.

    Also how many of the optima are below 1: the others test little.
    """
    worst, below = 0.0, 0
    for seed in range(PAIRS):
        rng = np.random.default_rng(seed)
        weights = rng.integers(0 if seed % 3 == 0 else 1, 7, (2, 3 + seed % 4)).astype(float)
        weights[:, 0] += 1
        p, q = weights / weights.sum(axis=1, keepdims=True)
        k, sampling = 1 + (seed // 4) % 3, SAMPLINGS[(seed // 12) % 3]
        solved = linear_program(p, drafts_law(q, k, sampling))
        found = optimal_acceptance(p, q, k, sampling)
        worst = max(worst, abs(solved - found))
        below += found < 1 - 1e-12
    return worst, below


def program_table() -> Iterator[str]:
    """The linear program at growing vocabularies, until it takes a minute."""
    yield "| k | V | sets of drafts | linear program, s | scan, ms | difference |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for k, sizes in ((2, (32, 64, 128, 256, 512, 1024)), (3, (8, 16, 32, 48, 64, 96))):
        for size in sizes:
            p, q = heavy_tailed(size, 1)
            law = drafts_law(q, k, "iid")
            began = time.process_time()
            solved = linear_program(p, law)
            spent = time.process_time() - began
            scan = seconds(partial(optimal_acceptance, p, q, k))
            difference = abs(solved - optimal_acceptance(p, q, k))
            yield f"| {k} | {size} | {len(law):,} | {spent:.2f} | {1000 * scan:.2f} | {difference:.0e} |"
            if spent > LONGEST / 4:
                break


def ranking(laws: PairLaws, k: int, temperature: float) -> Iterator[str]:
    """Every rule's mean over all positions, the best first."""
    texts, counts = np.unique(laws.text, return_counts=True)
    found = [acceptance_sums(laws, int(text), Warp(temperature=temperature), k) for text in texts]
    sums = {rule: np.array([one[rule] for one in found]) for rule in ranked_rules(k)}
    means = {rule: bootstrap_ratio(total, counts) for rule, total in sums.items()}
    for rule, mean in sorted(means.items(), key=lambda item: -item[1].value):
        lacks = sums["optimum", rule[1]] - sums[rule]
        gap = bootstrap_ratio(np.where(np.abs(lacks) < 1e-9, 0.0, lacks), counts)
        yield (
            f"| {rule[0]} | {rule[1]} | {mean.value:.4f} | {mean.low:.4f} to {mean.high:.4f} | {gap.value:.4f} | "
            f"{gap.low:.4f} to {gap.high:.4f} |"
        )


def report() -> Iterator[str]:
    """The whole document, line by line."""
    yield from (
        "# Optimal acceptance: times, checks and a ranking",
        "",
        f"One core of {platform.processor() or platform.machine()}, numpy {np.__version__}; times are the "
        "processor's and depend on the machine. Written by `OMP_NUM_THREADS=1 python -m benchmarks.transport`.",
        "",
        "## Processor time, ms",
        "",
        "One pair of heavy-tailed laws. `-`: more drafts than the rule judges, or minutes (the shared race).",
        "",
    )
    yield from time_table()
    worst, below = worst_error()
    yield from (
        "",
        "## Against the linear program",
        "",
        f"Largest difference over {PAIRS:,} random pairs (3 to 6 tokens, ties and zeros, 1 to 3 drafts, three ways to "
        f"draw; {below} of the optima below 1), HiGHS at a tolerance of 1e-10: {worst:.1e}.",
        "",
        "Independent drafts at growing vocabularies; equal sets of drafts are one column of the program already:",
        "",
    )
    yield from program_table()
    laws = load_laws(ROOT / "assets" / "laws" / "recorded.npz")
    for temperature, k in product(TEMPERATURES, RANKED):
        yield from (
            "",
            f"## Ranking at temperature {temperature:g}, k = {k}",
            "",
            f"{len(laws.text)} positions of {len(laws.kinds)} texts, {laws.provenance.target} with "
            f"{laws.provenance.draft}; intervals: 95 % bootstrap over texts. The gap is to the optimum of the same "
            f"drafts. The shared race may lack up to {LACKING:g}; its drafts are draws without replacement.",
            "",
            "| rule | drafts drawn | acceptance | interval | gap | interval |",
            "|---|---|---:|---|---:|---|",
        )
        yield from ranking(laws, k, temperature)
    names = ", ".join(f"`{rule.name}`: {rule.title}" for rule in VERIFIERS.all() if rule.name in DRAWN)
    yield from ("", f"Names: {names}.", "")


def main() -> None:
    """Measure and write."""
    lines = []
    for line in report():
        print(line, flush=True)
        lines.append(line)
    (ROOT / "docs" / "transport.md").write_text("\n".join(lines))


if __name__ == "__main__":
    if os.environ.get("OMP_NUM_THREADS") != "1":
        print("For one core set OMP_NUM_THREADS=1.")
    main()
