"""Whole texts: every rule's mean acceptance over all their positions, and its gap to the optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.figures.transport.transport import averages_figure
from specviz.records import PairLaws, Warp
from specviz.theory import Estimate, bootstrap_ratio
from specviz.theory.by_rule import DRAWN, SLOW_DRAFTS, quick_acceptances
from specviz.theory.letters import shortfall
from specviz.ui.laws_source import choose_kind, choose_texts, warp_control
from specviz.ui.library import recorded_laws, recorded_table
from specviz.ui.tables import chart_with_table
from specviz.ui.transport.one import WORDS, drafts_control, title
from specviz.ui.words import plain

PAGE = "transport_all"
OPTIMUM = "optimum"


def texts_section() -> None:
    """Averages with intervals."""
    k = drafts_control()
    with st.sidebar:
        texts = choose_texts(PAGE)
        if texts is None:
            return
        kind = choose_kind(PAGE, texts)
        warp = warp_control(PAGE)
    st.markdown(
        "**What is it worth along real text?** Mean acceptance over every position of these texts, both "
        "models read at this temperature. *Lower the temperature: which gaps close first?*"
    )
    chosen = [i for i, name in enumerate(texts.kinds) if kind in (None, name)]
    sums, counts, lacks = _all_sums(texts, chosen, warp, k)
    slow = _recorded_sums(warp, k) if texts is recorded_laws() else {}
    for text, total in zip(chosen, sums, strict=True):
        total |= {rule: value for rule, value in slow.get(text, {}).items() if rule not in total}
    rows = [
        (_label(name, drawn), drawn, bootstrap_ratio([s[name, drawn] for s in sums], counts)) for name, drawn in sums[0]
    ]
    table = [_row(row, key, sums, counts) for row, key in zip(rows, sums[0], strict=True)]
    gaps = [row["gap to the optimum"] for row in table]
    table.sort(key=lambda row: -float(row["acceptance"]))
    chart_with_table(
        averages_figure(rows, gaps, WORDS), table, "transport-texts",
        alt="Mean acceptance of every rule and of the optima over the texts, with intervals, sorted.",
    )  # fmt: skip
    late = (
        " The rules that take 0.1 s or more a position (optimal transport, canonical, the shared race) are recorded "
        + ("for these settings." if slow else "only for k = 2, 3 and 5 at temperatures 1 and 0.7.")
        + f" Recursive rejection without replacement is left out from k = {SLOW_DRAFTS} on."
        * (k >= SLOW_DRAFTS and not slow)
    )
    st.caption(
        f"{int(sum(counts)):,} positions of {len(counts)} texts, {plain(texts.provenance.target)} with "
        f"{plain(texts.provenance.draft)}, written at temperature {texts.temperature:g} and read at "
        f"{warp.temperature:g}. Intervals: 95 % bootstrap over texts; gaps are to the hatched bar of the same "
        "colour, and paired, so that theirs are narrower. The rule *Optimal transport* "
        f"lacks at most {lacks:.4f} of the independent optimum here. SpecHub equals *top and one* for k up to 2."
        f"{late}"
    )


@st.cache_data(max_entries=512, show_spinner=False)
def _sums(key: str, text: int, warp: Warp, k: int, _texts: PairLaws) -> tuple[dict[tuple[str, str], float], float]:
    """Sum over one text's positions by (rule, way to draw), and of what the shipped optimal rule may lack."""
    total: dict[tuple[str, str], float] = {}
    lacks = 0.0
    for position in np.flatnonzero(_texts.text == text):
        p, q = _texts.laws(int(position), warp)
        for name, value in quick_acceptances(p, q, k).items():
            total[name] = total.get(name, 0.0) + value
        lacks += shortfall(p, q, k) if k > 1 else 0.0
    return total, lacks


@st.cache_data(max_entries=16, show_spinner=False)
def _recorded_sums(warp: Warp, k: int) -> dict[int, dict[tuple[str, str], float]]:
    """By text: sums of every rule, for the few settings at which they were recorded."""
    found: dict[int, dict[tuple[str, str], float]] = {}
    if warp.top_k == 0:
        for row in recorded_table("acceptance").rows():
            if (row["temperature"], row["k"]) == (warp.temperature, k):
                found.setdefault(row["text"], {})[row["rule"], row["drawn"]] = row["sum"]
    return found


def _all_sums(
    texts: PairLaws, chosen: list[int], warp: Warp, k: int
) -> tuple[list[dict[tuple[str, str], float]], list[float], float]:
    key = f"{texts.provenance}{texts.prompts}{len(texts.text)}"
    bar = st.progress(0.0, "Reading the texts")
    sums, lacks = [], 0.0
    for number, text in enumerate(chosen, start=1):
        found, lack = _sums(key, text, warp, k, texts)
        sums.append(found)
        lacks += lack
        bar.progress(number / len(chosen), f"Text {number} of {len(chosen)}")
    bar.empty()
    counts = [float((texts.text == text).sum()) for text in chosen]
    return sums, counts, lacks / sum(counts)


def _label(name: str, drawn: str) -> str:
    """What stands at the bar."""
    if name == OPTIMUM:
        return f"optimum, {WORDS[drawn]}"
    return title(name) if drawn == DRAWN[name][0] else f"{title(name)}, {WORDS[drawn]}"


def _row(
    row: tuple[str, str, Estimate], key: tuple[str, str], sums: list[dict[tuple[str, str], float]], counts: list[float]
) -> dict[str, Any]:
    """A line of the table: the mean and the gap to the optimum of the same drafts."""
    label, drawn, mean = row
    gap = bootstrap_ratio([s[OPTIMUM, drawn] - s[key] for s in sums], counts)
    return {
        "rule": label, "drafts drawn": WORDS[drawn], "acceptance": mean.value, "low": mean.low, "high": mean.high,
        "gap to the optimum": gap.value, "gap, low": gap.low, "gap, high": gap.high, "texts": mean.count,
    }  # fmt: skip
