"""Hold the limits against exact best trees of six sources and write docs/limits.md.

    OMP_NUM_THREADS=1 python -m benchmarks.limits_theory

Seeds are fixed, so the file is the same each time on one release of numpy.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from specviz.theory import (
    SOURCES,
    asymptotic_tokens,
    dual_bound,
    entropy_moments,
    explicit_bound,
    mean_tokens,
    named_source,
    paper_bound,
    source_dual_bound,
    surprisal_text,
)

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZES = np.array([1, 4, 16, 64, 256, 1024])
EVERY = np.arange(1.0, SIZES[-1] + 1)
TREES, TEXT = 4_000, 100_000
LETTERS = (
    "P counts the root (convention A); tokens count the closing token. E[X]: mean of exact best-first trees "
    f"({TREES:,} a source, entropy as control variate; a source of one law has one tree). B*: `dual_bound` of "
    f"{TEXT:,} sampled tokens; B* exact: the same minimum from the source's renewal function. T1: `explicit_bound`. "
    "A: `asymptotic_tokens`. leading: (mu + mu2) log(P) / mu^2, the published form without its O(1)."
)


def section(name: str) -> tuple[list[str], str]:
    """Table of one source, and its line of the summary."""
    source = named_source(name)
    moments = entropy_moments(source.laws)
    mu, mu2 = moments.mu, moments.mu2
    spread = mu2 / mu**2
    mean, error = mean_tokens(source, len(EVERY), TREES, np.random.default_rng(1))
    text = surprisal_text(source, TEXT, np.random.default_rng(2))
    measured = dual_bound([text], SIZES, every_start=True)
    ceiling = source_dual_bound(source, EVERY)
    explicit, asymptotic = explicit_bound(mu, mu2, EVERY), asymptotic_tokens(mu, mu2, EVERY)
    lines = [
        f"## {name}: mu = {mu:.3f}, mu2 = {mu2:.3f}, C = mu2 / mu^2 = {spread:.2f}",
        "",
        "| P | E[X] | se | B* | B* exact | T1 | A | leading | log(P)/mu |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for place, size in enumerate(SIZES):
        i = size - 1
        columns = (mean[i], error[i], measured[place], ceiling[i], explicit[i], asymptotic[i],
                   paper_bound(mu, mu2, float(size), constant=0.0), np.log(size) / mu)  # fmt: skip
        lines.append(f"| {size:,} | " + " | ".join(f"{value:.3f}" for value in columns) + " |")
    late, settled = EVERY >= 64, 4 * spread <= EVERY
    violated = int((mean - 4 * error > explicit + 1e-9).sum())
    off = np.abs(asymptotic / mean - 1)
    wide = EVERY[off >= 0.03].max(initial=0) + 1
    sampled = np.abs(measured[SIZES >= 64] / mean[SIZES[SIZES >= 64] - 1] - 1).max()
    summary = (
        f"| {name} | {violated} | {(explicit - mean)[1:].min():.3f} | {sampled:.2%} | "
        f"{np.abs(ceiling / mean - 1)[late].max():.2%} | {off[settled].max():.2%} | "
        f"{wide:.0f} | {wide / spread:.1f} C |"
    )
    return [*lines, ""], summary


def main() -> None:
    """Measure and write."""
    tables: list[str] = []
    lines = [
        "# The limits against exact trees",
        "",
        "Six sources whose node laws are independent from prefix to prefix, which real text does not obey. "
        f"{LETTERS} Written by `python -m benchmarks.limits_theory`.",
        "",
        "## In one table",
        "",
        "Every P from 1 to 1,024. Violations: P at which E[X] lies more than 4 standard errors above T1. Room: least "
        "T1 - E[X] over P > 1 (at P = 1 both are 1). Off: largest relative distance from E[X]. A is no bound; the two "
        "sources of one law move in steps around it (the uniform one is a lattice, where A does not hold).",
        "",
        "| source | violations of T1 | room | B* off, P >= 64 | B* exact off, P >= 64 | A off, P >= 4 C | "
        "A within 3 % from P | that is |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name in SOURCES:
        table, summary = section(name)
        print(summary, flush=True)
        lines.append(summary)
        tables += table
    (DOCS / "limits.md").write_text("\n".join([*lines, "", *tables]))


if __name__ == "__main__":
    if os.environ.get("OMP_NUM_THREADS") != "1":
        print("For one core set OMP_NUM_THREADS=1.")
    main()
