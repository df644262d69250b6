"""The figure family of the paper on the live pair: accepted tokens against nodes, four shapes, two rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.engine.races.ranks import RULES, mean_ranks
from specviz.engine.races.reading import gap, over_texts
from specviz.figures.races.family import SHORT, family_figure
from specviz.race import SHAPES, race_bound, rank_entropy, rank_shape
from specviz.records import MeasuredTable
from specviz.theory import Estimate
from specviz.ui.glossary import define
from specviz.ui.laws_source import MINE, choose_texts
from specviz.ui.races.measured import own_ranks, recorded, recorded_controls
from specviz.ui.tables import chart_with_table

Family = dict[tuple[str, str], list[Estimate]]


def family_panel() -> None:
    """Real rounds with predictions and the bound; then predictions for the visitor's own run."""
    st.markdown(
        "How many draft tokens does a pass keep when k nodes are spent on a **sequence**, a **batch**, **tau*** or a "
        "**SpecInfer-like** tree? Solid: real rounds with 95 % intervals. Dotted: predicted by products of a_r. *Find "
        "the k from which the race beats rejection, and where dots and dotted lines part.*"
    )
    temperature, kind = recorded_controls()
    tables = recorded(temperature)
    if tables is None:
        return
    ranks, rounds = tables
    with_bound = st.toggle(
        "Show the bound", key="races_bound", bind="query-params",
        help="(log V + log(k + 1)) / H[R] bounds tokens, so 1, the closing token, is taken off; it holds for "
        "independent ranks of one law, and log V keeps it far above.",
    )  # fmt: skip
    measured, gaps = _read(rounds, ranks, kind)
    texts = [row for row in ranks.rows() if kind in (None, row["kind"])]
    budgets = sorted({row["k"] for row in rounds.rows()})
    predicted = {
        key: [one.value - gaps[key][i].value for i, one in enumerate(values)] for key, values in measured.items()
    }
    bound = _bound(texts, budgets, int(ranks.settings["vocabulary"])) if with_bound else None
    rows = _rows(budgets, measured, predicted, gaps)
    alt = "Accepted draft tokens against draft nodes for four shapes under ERSD and GSD, measured and predicted."
    chart_with_table(family_figure(budgets, measured, predicted, bound), rows, "family", alt=alt)
    _caption(rounds, rows, kind)
    _own()


@st.cache_data(max_entries=16, show_spinner="Intervals by resampling texts")
def _estimates(
    temperature: float, kind: str | None, _rounds: MeasuredTable, _ranks: MeasuredTable
) -> tuple[Family, Family]:
    texts = [row for row in _ranks.rows() if kind in (None, row["kind"])]
    measured: Family = {}
    for row in sorted(_rounds.rows(), key=lambda row: row["k"]):
        measured.setdefault((row["rule"], row["shape"]), []).append(over_texts(_rounds, row["accepted"], kind))
    return measured, {key: gap(_rounds, texts, *key, kind) for key in measured}


def _read(rounds: MeasuredTable, ranks: MeasuredTable, kind: str | None) -> tuple[Family, Family]:
    return _estimates(float(rounds.settings["temperature"]), kind, rounds, ranks)


def _bound(texts: list[dict[str, Any]], budgets: list[int], vocabulary: int) -> list[float]:
    entropy = rank_entropy(mean_ranks(texts)["ERSD"], vocabulary).low
    return (np.asarray(race_bound(np.array(budgets), vocabulary, entropy)) - 1).tolist()


def _rows(
    budgets: list[int], measured: Family, predicted: dict[tuple[str, str], list[float]], gaps: Family
) -> list[dict[str, Any]]:
    rows = []
    for key, values in measured.items():
        for i, k in enumerate(budgets):
            one, difference = values[i], gaps[key][i]
            rows.append(
                {"rule": key[0], "shape": SHORT[key[1]], "k": k, "accepted": one.value, "low": one.low,
                 "high": one.high, "predicted": predicted[key][i], "rounds - predicted": difference.value,
                 "difference, low": difference.low, "difference, high": difference.high}
            )  # fmt: skip
    return rows


def _caption(rounds: MeasuredTable, rows: list[dict[str, Any]], kind: str | None) -> None:
    settings = rounds.settings
    places = sum(kind in (None, one) for one in settings["kinds"])
    texts = len({t for t, one in zip(settings["texts"], settings["kinds"], strict=True) if kind in (None, one)})
    off = [row for row in rows if row["difference, low"] > 0 or row["difference, high"] < 0]
    more = sum(row["rounds - predicted"] > 0 for row in off)
    st.markdown(
        f"**The prediction is not exact.** In {len(off)} of {len(rows)} points the 95 % interval of rounds - "
        f"predicted, both from the same resampled texts, does not hold 0: the rounds keep more at {more} of them and "
        f"less at {len(off) - more}. A batch looks at one position, and there the sum of a_r is exact. Products take "
        "each further position as a fresh draw of one rank law; in real text easy positions come together and hard "
        "ones too, so a path that has been right goes on being right more often than they say: **the deeper the tree, "
        "the larger the gap**."
        if off
        else "**No point is off** by more than its interval here: with this few texts the memoryless prediction cannot "
        "be told from the rounds."
    )
    st.caption(
        f"{places} places in {texts} texts x {settings['seeds']} seeds for each shape and rule, T = "
        f"{settings['temperature']:g} after texts written at T = {settings['written_at']:g}, "
        f"{rounds.provenance.target} with {rounds.provenance.draft} on {rounds.provenance.device}; "
        f"{rounds.seconds:.0f} s. Intervals: bootstrap over texts, whose places are alike. ERSD: distinct arrivals of "
        "one shared race. GSD: recursive rejection of independent draws; its tau* uses the chances of its own "
        "attempts. SpecInfer-like: widths 1, 1, 3, then 1 (20 nodes in the original), cut or made longer to k nodes. "
        "The paper draws this figure for Llama models of 1 and 70 billion parameters."
    )


def _own() -> None:
    """The same predictions for a_r of the visitor's run."""
    with st.expander("Predict it for your own run"):
        st.markdown(
            "Both models read your run from the Decode page; a_r is the mean of the exact rank laws at its positions. "
            "One text has no interval, and the lines are predictions, not rounds."
        )
        if not st.toggle("Measure a_r on it", key="races_measure", help=define("acceptance by rank")):
            return
        laws = choose_texts("races_own")
        if laws is None:
            return
        if st.session_state.get("races_own_texts") != MINE:
            st.caption("The recorded texts are shown above; choose *your run*.")
            return
        rows = own_ranks(laws, f"{laws.prompts}{laws.token.tobytes().hex()}", 1.0)
        chances = mean_ranks(rows)
        budgets = [1, 2, 4, 8, 16, 32, 64]
        reach = {
            (rule, shape): rank_shape(shape, chances[rule], max(budgets)).reach for rule in RULES for shape in SHAPES
        }
        lines = {key: [float(values[1 : k + 1].sum()) for k in budgets] for key, values in reach.items()}
        table = [
            {"rule": rule, "shape": SHORT[shape], "k": k, "predicted": lines[rule, shape][i]}
            for rule, shape in lines
            for i, k in enumerate(budgets)
        ]
        alt = "Predicted accepted tokens of your run for four shapes and two rules."
        chart_with_table(family_figure(budgets, {}, lines), table, "own-family", alt=alt)
        a = ", ".join(f"{value:.4f}" for value in chances["ERSD"][:5])
        st.caption(f"{len(laws.text)} positions; a_1 to a_5 of the race: {a}; T = 1.")
