"""Time every verifier by itself and write docs/speed.md.

    OMP_NUM_THREADS=1 python -m benchmarks.verifiers

Rows of V = 32,000 tokens are on the host already, as floats; what is timed is the walk, from a drafted tree to a
verdict.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
from functools import cache
from pathlib import Path

import numpy as np

from specviz.chance import Sampled
from specviz.drafting import DRAFTERS
from specviz.models.table import TableModel
from specviz.race import DRAFT, PICK
from specviz.records import Sampling, Warp
from specviz.seams import Round
from specviz.verification import VERIFIERS, why_not

DOCS = Path(__file__).resolve().parents[1] / "docs"
VOCABULARY, CAPACITY, DRAFTS, DEPTH = 32_000, 64, 4, 8
ROUNDS = 60
# One drafter for each rule, of the kind that it was made for.
DRAFTER = {
    "sample_and_look": "best_first", "token": "chain", "naive_tree": "static_iid", "recursive_rejection": "static_iid",
    "recursive_rejection_wor": "sequoia", "k_seq": "static_iid", "greedy": "greedy_plus_one", "spechub": "spechub",
    "canonical": "static_iid", "optimal_transport": "static_iid", "block": "chain", "traversal": "static_wor",
    "shared_race": "race_tau_star", "gls": "gls", "relaxed": "chain",
}  # fmt: skip


@cache
def law(part: str, text: tuple[int, ...]) -> np.ndarray:
    """A heavy-tailed law, the same for one text; the draft's is the target's with noise on the logits."""
    digest = hashlib.sha256(repr(text).encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    logits = 2.2 * rng.gumbel(size=VOCABULARY)
    if part == "draft":
        logits = logits + rng.normal(size=VOCABULARY)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def rounds_of(verifier: str) -> tuple[list[float], float]:
    """Milliseconds of each round, and mean accepted tokens."""
    target = TableModel(lambda text: law("target", text), VOCABULARY)
    draft = TableModel(lambda text: law("draft", text), VOCABULARY)
    rule, drafter = VERIFIERS.make(verifier), DRAFTERS.make(DRAFTER[verifier])
    chain = drafter.sampling == Sampling.SINGLE
    limits = Round(CAPACITY, DRAFTS, CAPACITY if chain else DEPTH)
    lanes = DRAFTS if rule.one_field_per_draft else 1
    spent, accepted = [], 0
    for seed in range(ROUNDS):
        above, below = target.open([seed], Warp()), draft.open([seed], Warp())
        tree, draft_rows = drafter.grow(below, Sampled(seed, 1, DRAFT, rule.shares_clocks, True, lanes), limits)
        target_rows = above.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
        for node in range(tree.size + 1):  # rows are there before the clock starts
            target_rows[node]
        chance = Sampled(seed, 1, PICK, rule.shares_clocks, True, lanes)
        began = time.perf_counter()
        verdict = rule.verify(tree, target_rows, draft_rows, chance, 1)
        spent.append(1000 * (time.perf_counter() - began))
        accepted += verdict.accepted
    law.cache_clear()
    return spent[5:], accepted / ROUNDS


def main() -> None:
    """Measure and write."""
    lines = [
        "# The verifiers' own time",
        "",
        f"One iteration at P = {CAPACITY}, V = {VOCABULARY:,}, k = {DRAFTS}, depth {DEPTH} (chains: {CAPACITY}); "
        f"{ROUNDS - 5} rounds, one core of {platform.processor() or platform.machine()}, numpy {np.__version__}. Model "
        "passes are not counted. Times depend on the machine; the order hardly does. Written by "
        "`python -m benchmarks.verifiers`.",
        "",
        "| verifier | drafter | median, ms | 95th percentile, ms | accepted | cost |",
        "|---|---|---:|---:|---:|---|",
    ]
    for rule in VERIFIERS.all():
        assert why_not(DRAFTERS.get(DRAFTER[rule.name]), rule) is None
        spent, accepted = rounds_of(rule.name)
        middle, late = np.quantile(spent, [0.5, 0.95])
        row = f"| {rule.name} | {DRAFTER[rule.name]} | {middle:.2f} | {late:.2f} | {accepted:.2f} | {rule.cost} |"
        print(row, flush=True)
        lines.append(row)
    (DOCS / "speed.md").write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    if os.environ.get("OMP_NUM_THREADS") != "1":
        print("For one core set OMP_NUM_THREADS=1.")
    main()
