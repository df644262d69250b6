"""Measure acceptance by rank and how many draft tokens four shapes of tree keep."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from specviz.cli.options import load, model_options
from specviz.engine.laws import laws_of_texts
from specviz.engine.races.family import PLACES, FamilyStudy, contexts_of
from specviz.engine.races.ranks import mean_ranks, rank_rows, rank_table
from specviz.engine.races.reading import over_texts
from specviz.presets import preset_prompts
from specviz.records.laws_store import load_laws
from specviz.records.table_store import save_table


def options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    model_options(parser)
    parser.add_argument("--laws", type=Path, help="measured laws, .npz; without them the target writes 32 tokens each")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument(
        "--places", type=int, nargs="+", default=PLACES, help="tokens of its text before a context ends"
    )
    parser.add_argument("--seeds", type=int, default=2, help="rounds of each shape at each context")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drafts", type=int, default=64, help="ranks that are measured")
    parser.add_argument("--tolerance", type=float, default=1e-6, help="mass that a rank law may leave out")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="save the rounds as .json.gz")
    parser.add_argument("--out-ranks", type=Path, help="save acceptance by rank as .json.gz")


def run(parsed: argparse.Namespace) -> int:
    """Ranks first, because tau* needs them; then rounds, and one row for each rule, shape and number of nodes."""
    pair = load(parsed)
    laws = load_laws(parsed.laws) if parsed.laws else laws_of_texts(pair, preset_prompts(), 32, 1.0, parsed.seed)
    began, rows = time.perf_counter(), []
    for row in rank_rows(laws, parsed.temperature, parsed.drafts, parsed.tolerance):
        rows.append(row)
        print(f"ranks: text {len(rows)}/{len(laws.kinds)}, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    if parsed.out_ranks:
        ranks = rank_table(laws, rows, parsed.temperature, parsed.drafts, parsed.tolerance, began)
        save_table(ranks, parsed.out_ranks)
        print(f"saved {parsed.out_ranks}", file=sys.stderr)
    study = FamilyStudy(
        pair, contexts_of(laws, pair, parsed.places), parsed.temperature, mean_ranks(rows), parsed.seeds, parsed.seed
    )
    for done in study:
        print(f"rounds: context {done}/{len(study.contexts)}, {study.seconds:.0f} s", file=sys.stderr)
    table = study.table(laws)
    if parsed.out:
        save_table(table, parsed.out)
        print(f"saved {parsed.out}", file=sys.stderr)
    found = []
    for row in table.rows():
        mean = over_texts(table, row["accepted"])
        found.append(row | {"accepted": mean.value, "low": mean.low, "high": mean.high})
    if parsed.json:
        print(json.dumps(found))
    else:
        for row in found:
            print(
                f"{row['rule']} {row['shape']:>10} k={row['k']:<3} accepted {row['accepted']:.3f} "
                f"[{row['low']:.3f}, {row['high']:.3f}], predicted {row['predicted']:.3f}"
            )
    return 0
