"""At which draft the target's token comes, how uncertain that is, and what K drafts at one position reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.figures.races.one import rank_figure
from specviz.figures.races.ranks import entropy_figure, list_figure
from specviz.race import (
    EntropyRange,
    attempt_law,
    list_matching_bound,
    list_matching_probability,
    rank_entropy,
    rank_entropy_bounds,
    rank_law,
    repeated_rank_entropy,
    simulated_ranks,
)
from specviz.theory import wilson
from specviz.ui.glossary import define
from specviz.ui.laws_source import Laws
from specviz.ui.tables import chart_with_table, table_with_csv

DISTINCT, REPEATS = "distinct drafts", "repeats counted"
BIT = float(np.log(2))
RANKS, DEEP = 16, 64  # ranks drawn; ranks that the entropy sums one by one
LEAST = 1e-6  # mass of improbable winners that a law over many tokens may leave out
CLOCKS = 20_000_000
LISTS = 16


@st.cache_data(max_entries=64, show_spinner="Exact law of the rank")
def distinct_law(target: np.ndarray, draft: np.ndarray, ranks: int) -> np.ndarray:
    """Chances of the distinct ranks 1..ranks; exact for few tokens, short by at most 2e-6 for many."""
    return rank_law(target, draft, min(ranks, len(target)), False, LEAST if len(target) > 100 else 0.0).clip(0.0)


@st.cache_data(max_entries=16, show_spinner="Races are run")
def _counted(target: np.ndarray, draft: np.ndarray, races: int, seed: int, repeats: bool) -> np.ndarray:
    return simulated_ranks(target, draft, races, seed, repeats)


def rank_panel(laws: Laws) -> None:
    """The law against counted races, then its entropy between the bounds."""
    st.markdown(
        "Sort the draft's arrivals: the target's token is the first, second, ... of them. Bars are the exact law, "
        "diamonds are counted in simulated races. *Switch to repeats: every arrival of a token counts again, and the "
        "tail grows.*"
    )
    kind, count, seed = st.columns([2, 2, 1], vertical_alignment="bottom")
    chosen = kind.radio(
        "Draft number", [DISTINCT, REPEATS], key="races_rank", bind="query-params", horizontal=True,
        help=define("distinct or repeats"),
    )  # fmt: skip
    wanted = count.select_slider(
        "Simulated races", [1_000, 10_000, 100_000, 400_000], 10_000, key="races_simulated", bind="query-params",
        format_func=lambda races: f"{races:,}", help=define("simulated races"),
    )  # fmt: skip
    number = seed.number_input(
        "Seed of the races", 1, 9999, 1, key="races_rank_seed", bind="query-params", help=define("seed")
    )
    repeats = chosen == REPEATS
    races = min(int(wanted), CLOCKS // len(laws.target))
    ranks = RANKS if repeats else min(RANKS, len(laws.target))
    law = rank_law(laws.target, laws.draft, ranks, True) if repeats else distinct_law(laws.target, laws.draft, DEEP)
    ranked = _counted(laws.target, laws.draft, races, int(number), repeats)
    counted = [wilson(int((ranked == rank).sum()), races) for rank in range(1, ranks + 1)]
    rows = [
        {"rank": rank, "exact": float(exact), "counted": one.value, "low": one.low, "high": one.high}
        for rank, (exact, one) in enumerate(zip(law, counted, strict=False), start=1)
    ]
    chart_with_table(
        rank_figure(law[:ranks].tolist(), counted), rows, "ranks", alt=f"Exact and counted {chosen} ranks."
    )
    inside = sum(row["low"] <= row["exact"] <= row["high"] for row in rows)
    st.caption(
        f"{races:,} races; {inside} of {len(rows)} exact values lie in their 95 % intervals. Beyond rank {ranks}: "
        f"{max(0.0, 1 - float(law[:ranks].sum())):.4f}. Rank 1 is the match probability {law[0]:.6f} either way."
    )
    _entropies(laws)


def _entropies(laws: Laws) -> None:
    bounds = rank_entropy_bounds(laws.target, laws.draft)
    distinct = rank_entropy(distinct_law(laws.target, laws.draft, DEEP), len(laws.target))
    repeated = repeated_rank_entropy(laws.target, laws.draft)
    st.header("How uncertain is the rank?", anchor=False, help=define("rank entropy"))
    if not np.isfinite(bounds.high):
        st.info(
            "The draft gives no chance to a token of the target: D(p || q) is infinite, and no list is long enough."
        )
        return
    if distinct.high < bounds.low - 1e-9:
        st.warning(
            f"Here the entropy of the **distinct** rank, {distinct.high / BIT:.4f} bits, is below D(p || q) = "
            f"{bounds.low / BIT:.4f} bits. The lower bound holds for the rank with repeats only: a rare token that the "
            "draft nearly never names is still found at once when each token is named only once.",
            icon=":material/warning:",
        )
    st.latex(
        r"\begin{gathered}D(p\,\|\,q)\;\le\;H[R_{\text{repeats}}]\;\le\;D+\log_2(D+2)+2\ \text{bits}\\"
        r"H[R_{\text{distinct}}]\;\le\;\text{the same upper bound}\end{gathered}"
    )
    rows = [
        _entropy_row("H[R], distinct drafts", distinct),
        _entropy_row("H[R], repeats counted", repeated),
        _entropy_row("D(p || q): lower bound with repeats, none for distinct", EntropyRange(bounds.low, bounds.low)),
        _entropy_row("upper bound D + log2(D + 2) + 2, for both", EntropyRange(bounds.high, bounds.high)),
    ]
    alt = "Entropies of the rank between D(p || q) and the channel-simulation bound, in bits."
    chart_with_table(entropy_figure(bounds, distinct, repeated, BIT), rows, "rank-entropy", alt=alt)
    st.caption(
        "The upper bound comes from channel simulation: sending a sample of p with the draft's list costs about D "
        "bits. Where a law is long, H is a range: what lies beyond the last summed rank adds an unknown little."
    )


def _entropy_row(name: str, entropy: EntropyRange) -> dict[str, Any]:
    return {
        "what": name,
        "bits, at least": entropy.low / BIT,
        "bits, at most": entropy.high / BIT,
        "nats, at least": entropy.low,
        "nats, at most": entropy.high,
    }


def list_panel(laws: Laws) -> None:
    """Five ways to have K drafts at one position."""
    st.markdown(
        "K drafts at one position: how often is one of them kept? **One race** takes its first K arrivals, **K races** "
        "take the winners of K sets of clocks, **recursive rejection** tries K independent draws. *At K = 1 rejection "
        "wins, because 1 - TV is the most one draft can reach; then the race overtakes it.*"
    )
    p, q = laws.target, laws.draft
    distinct = distinct_law(p, q, LISTS).cumsum()
    curves = {
        "one race, distinct drafts": np.append(distinct, [distinct[-1]] * (LISTS - len(distinct))),
        "one race, repeats counted": rank_law(p, q, LISTS, True).cumsum(),
        "K races (GLS)": np.array([list_matching_probability(p, q, k) for k in range(1, LISTS + 1)]),
        "lower bound for K races": np.array([list_matching_bound(p, q, k) for k in range(1, LISTS + 1)]),
        "recursive rejection (GSD)": attempt_law(p, q, LISTS).cumsum(),
    }
    rows = [{"K": k + 1} | {name: float(values[k]) for name, values in curves.items()} for k in range(LISTS)]
    alt = "Chance that one of K drafts is kept, for one race, K races and recursive rejection."
    chart_with_table(list_figure({name: values.tolist() for name, values in curves.items()}), rows, "lists", alt=alt)
    best = next((row["K"] for row in rows if row[DISTINCT_LINE] > row[GSD_LINE] + 1e-9), None)
    st.caption(
        "All curves are exact. Repeats: 1 - sum p (m / (1 + m))^K, m = the sum of (p q_j / q - p_j)^+ over rivals j. K "
        "races: an integral over the winning time; its lower bound is the list matching lemma sum p / (1 + m / K) "
        "[14]. " + (f"Here one race with distinct drafts beats rejection from K = {best} on." if best else "")
    )
    with st.expander("Why is one race better than K races?"):
        st.markdown(
            "A single race never names a token twice. Even with repeats, each token is found with chance 1 - (m / (1 + "
            "m))^K >= 1 / (1 + m / K) (Bernoulli's inequality), and the right side is the lemma's bound for K races. "
            "That one race is also never worse than the exact value of K races is what every pair that was tried shows "
            "(thousands of random ones), not a proof."
        )
        table_with_csv([{"token": laws.names[i], "p": p[i], "q": q[i]} for i in np.argsort(-p)[:12]], "lists-laws")


DISTINCT_LINE, GSD_LINE = "one race, distinct drafts", "recursive rejection (GSD)"
