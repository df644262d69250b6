"""Acceptance by rank on the texts: exact at every position, averaged, and counted in real rounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.engine.races.ranks import RULES, rank_rows
from specviz.engine.races.reading import counted_ranks, rank_means
from specviz.figures.races.ranks import acceptance_figure
from specviz.race import rank_entropy
from specviz.records import MeasuredTable, PairLaws
from specviz.records.files import TraceError
from specviz.theory import Estimate, bootstrap_ratio
from specviz.ui.glossary import define
from specviz.ui.laws_source import ALL
from specviz.ui.layout import metric_row
from specviz.ui.library import recorded_table
from specviz.ui.tables import chart_with_table

BIT = float(np.log(2))
SHOWN = 12
TEMPERATURES = (1.0, 0.7)
OWN_RANKS, OWN_TOLERANCE = 32, 1e-4  # for a text that is read while a visitor waits


def measured_panel() -> None:
    """a_r, its entropy, and the bounds of the mean."""
    st.markdown(
        "At each position of texts that the target wrote, both laws are known, so the chance of every rank is **exact "
        "there**; circles and crosses are means over positions. Diamonds were counted in real rounds. *Compare stories "
        "with code: where the draft is worse, the marks fall more slowly and H[R] grows.*"
    )
    temperature, kind = recorded_controls()
    tables = recorded(temperature)
    if tables is None:
        return
    ranks, rounds = tables
    rows = [row for row in ranks.rows() if kind in (None, row["kind"])]
    estimates = {rule: rank_means(rows, rule, SHOWN) for rule in RULES}
    counted = counted_ranks(rounds, SHOWN, kind)
    _metrics(rows, int(ranks.settings["vocabulary"]))
    table = [
        {"rank": r + 1}
        | {f"{rule}{suffix}": value for rule in RULES for suffix, value in _columns(estimates[rule][r])}
        | {f"counted{suffix}": value for suffix, value in _columns(counted[r])}
        for r in range(SHOWN)
    ]
    alt = "Acceptance by rank for shared races and recursive rejection, exact and counted."
    chart_with_table(acceptance_figure(estimates, counted), table, "acceptance", alt=alt)
    seeds = int(rounds.settings["seeds"])
    places = sum(kind in (None, one) for one in rounds.settings["kinds"])
    st.caption(
        f"{len(rows)} texts, {sum(row['positions'] for row in rows)} positions, {ranks.provenance.target} with "
        f"{ranks.provenance.draft}; written at T = {ranks.settings['written_at']:g} and read at T = {temperature:g}. "
        f"Circles and crosses: closed form, 95 % bootstrap over texts. Diamonds: first token of {places * seeds:,} "
        f"real rounds at {places} places, again bootstrapped over texts. ERSD counts arrivals of one race, GSD "
        "attempts of independent draws."
    )


def recorded_controls() -> tuple[float, str | None]:
    """Temperature and kind of text; the same on both tabs of measurements."""
    left, right = st.columns(2)
    temperature = left.selectbox(
        "Temperature of both laws", list(TEMPERATURES), key="races_mT", bind="query-params", help=define("temperature")
    )
    kind = right.selectbox(
        "Texts of kind", [ALL, "story", "sum", "code"], key="races_mkind", bind="query-params",
        help=define("kind of text"),
    )  # fmt: skip
    return float(temperature), None if kind == ALL else kind


def recorded(temperature: float) -> tuple[MeasuredTable, MeasuredTable] | None:
    """Ranks and rounds at a temperature; None, with a sentence on the page, where they are not there."""
    names = (f"race_family_ranks_{temperature}", f"race_family_{temperature}")
    try:
        return recorded_table(names[0]), recorded_table(names[1])
    except TraceError as error:
        command = f"specviz races --temperature {temperature} --out {names[1]}.json.gz --out-ranks {names[0]}.json.gz"
        st.error(f"{error} Record both with `python -m {command}` in assets/tables.", icon=":material/error:")
        return None


@st.cache_data(max_entries=8, show_spinner="Exact law of the rank at every position of your run")
def own_ranks(_laws: PairLaws, key: str, temperature: float) -> list[dict[str, Any]]:
    """Acceptance by rank of a run that both models have read; key tells runs apart."""
    return list(rank_rows(_laws, temperature, OWN_RANKS, OWN_TOLERANCE))


def _metrics(rows: list[dict[str, Any]], vocabulary: int) -> None:
    """a_1, H of the mean law, mean H and mean D given the position."""
    weights = np.array([float(row["positions"]) for row in rows])

    def mean(name: str) -> Estimate:
        return bootstrap_ratio([row[name] for row in rows] * weights, weights)

    match, divergence, inside = mean("match"), mean("divergence"), mean("entropy")
    marginal = rank_entropy(np.average([row["ERSD"] for row in rows], axis=0, weights=weights), vocabulary)
    with_repeats = np.average([row["repeats"] for row in rows], axis=0, weights=weights)
    repeated = rank_entropy(with_repeats, len(with_repeats)).low
    shown = {
        "a_1, exact": (
            f"{match.value:.4f}",
            f"Mean match probability; 95 % interval {match.low:.4f} to {match.high:.4f}, {match.count} texts.",
        ),
        "H[R], bits": (
            f"{marginal.low / BIT:.2f} to {marginal.high / BIT:.2f}",
            "Entropy of the mean law of the distinct rank; what lies beyond the last summed rank makes it a range.",
        ),
        "H[R | position], bits": (
            f"{inside.value / BIT:.3f}",
            "Mean entropy of the distinct rank where the position is known; never more than H[R].",
        ),
        "mean D(p || q), bits": (
            f"{divergence.value / BIT:.3f}",
            "Lower bound of H[R with repeats | position], and so of H[R with repeats]; not of the distinct rank.",
        ),
        "H[R with repeats], bits": (
            f"at least {repeated / BIT:.2f}",
            f"Of the mean law; what lies beyond rank {len(with_repeats)}, {1 - with_repeats.sum():.4f}, as one rank.",
        ),
    }
    metric_row(shown)


def _columns(one: Estimate) -> list[tuple[str, float]]:
    return [("", one.value), (", low", one.low), (", high", one.high)]
