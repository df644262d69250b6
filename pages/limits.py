"""How does E[X], tokens per pass, grow with capacity P, and how far is it from what any method could reach?"""

from __future__ import annotations

import numpy as np
import streamlit as st

from specviz.figures.limits.curves import capacity_figure, efficiency_figure
from specviz.figures.limits.moments import entropy_figure, slope_figure
from specviz.records import LimitsStudy
from specviz.ui.glossary import define
from specviz.ui.lab import close_lab, open_lab, presets, sections
from specviz.ui.limits.branching import branching_panel
from specviz.ui.limits.curves import (
    NOTES,
    THEORY,
    Reading,
    crossing,
    expected_curve,
    measured_curve,
    rank_entropy,
    strategy_label,
    theory_curves,
)
from specviz.ui.limits.lab import ALL, CASES, LAB
from specviz.ui.limits.study import choose_study, show_progress
from specviz.ui.limits.tables import (
    SLOPE_FROM,
    curve_rows,
    efficiencies,
    moments_table,
    reading_table,
    saved_passes,
    slopes,
)
from specviz.ui.page import PageSpec
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.ui.words import plain

PAGE = PageSpec("Limits", "Laboratory", 2, "limits", ":material/show_chart:")
EVERY = [2**i for i in range(11)]  # P of the recorded studies
COUNTED = {"draft nodes, the root extra": "B", "positions, the root counted": "A"}


def render() -> None:
    """Controls at the side, curves in the middle, readings below."""
    open_lab(LAB)
    presets("limits", CASES)
    with st.sidebar:
        found = choose_study()
    show_progress()
    if found is None:
        return
    study, by_k = found
    with st.sidebar:
        reading = _reading(study)
        strategies = _strategies(study)
        marker = st.select_slider(
            "Capacity P", EVERY, value=32, key="limits_P", bind="query-params", help=define("capacity")
        )
        shown = st.multiselect(
            "Theory", list(THEORY), default=list(THEORY)[:3], key="limits_theory", bind="query-params"
        )
    if sum(len(text) for text in reading.of(study.surprisals)) < 8:
        st.info("There is too little text of this kind in the study; choose another kind.")
        return
    sections(
        "limits",
        {
            "Tokens against P": lambda: _curves(reading, next(iter(by_k.values())), strategies, int(marker), shown),
            "The text's own numbers": lambda: _text(reading),
            "Slopes and efficiency": lambda: _slopes(reading, strategies),
            "A toy: branching random walk": branching_panel,
        },
    )
    close_lab(LAB)


def _reading(study: LimitsStudy) -> Reading:
    kinds = [ALL, *dict.fromkeys(study.kinds)]
    kind = st.selectbox("Kind of prompt", kinds, key="limits_kind", bind="query-params", help=define("kind of text"))
    counted = st.radio("P counts", list(COUNTED), key="limits_counts", bind="query-params", help=define("convention"))
    chosen = tuple(i for i, name in enumerate(study.kinds) if kind in (ALL, name))
    return Reading(study, chosen, "A" if COUNTED[counted] == "A" else "B")


def _strategies(study: LimitsStudy) -> list[tuple[str, str]]:
    pairs = {strategy_label(*pair): pair for pair in study.strategies()}
    chosen = st.multiselect(
        "Strategies", list(pairs), default=list(pairs), key="limits_strategies", bind="query-params"
    )
    return [pairs[name] for name in chosen]


def _curves(
    reading: Reading, other: LimitsStudy, strategies: list[tuple[str, str]], marker: int, shown: list[str]
) -> None:
    left, right = st.columns(2)
    trees = left.toggle("What the very trees win on average", key="limits_trees", bind="query-params",
                        help=define("expected tokens"))  # fmt: skip
    whole = right.toggle("Show the whole y axis", key="limits_whole", bind="query-params", help="Also ceilings far up.")
    curves = []
    for pair in strategies:
        own = Reading(other, reading.chosen, reading.convention) if pair in other.strategies() else reading
        curves.append(measured_curve(own, *pair))
        expected = expected_curve(own, *pair) if trees else None
        curves += [] if expected is None else [expected]
    measured = [c for c in curves if c.band is not None]
    top = 1.4 * max(float(np.max(c.band[1])) for c in measured) if measured and not whole else None
    lines = [*curves, *theory_curves(reading, shown)]
    at = float(reading.x([marker])[0])
    counted = "positions of the pass, the root counted" if reading.convention == "A" else "draft nodes per target pass"
    chart_with_table(
        capacity_figure(lines, at, top, counted), curve_rows(lines), "limits",
        alt="Tokens per target pass against capacity: measured strategies with bands, oracle and ceilings.",
    )  # fmt: skip
    st.markdown(f"**Read off at P = {at:g}**")
    table_with_csv(reading_table(lines, int(at)), "limits-reading")
    study = reading.study
    st.caption(
        f"Intervals and bands: 95 % bootstrap over {len(reading.chosen)} prompts. Temperature {study.temperature:g}, "
        f"depth {study.depth}, k = {other.drafts} (read by the k sequences alone), {study.max_new_tokens} tokens a "
        f"prompt, {plain(study.provenance.target)} with {plain(study.provenance.draft)} on {study.provenance.device}."
        + _saved(study)
    )
    for name in shown:
        st.markdown(f"- *{name}*: {NOTES[name]}")
    if below := crossing(lines):
        st.markdown(f"- {below}")


def _saved(study: LimitsStudy) -> str:
    found = saved_passes(study)
    if found is None:
        return ""
    every, largest, all_seconds, one_seconds = found
    return (
        f" Four of the strategies have nested trees: the {largest:,} passes of their runs at the largest P tell the "
        f"expectation at every P, for which separate runs took {every:,} passes ({one_seconds:.0f} s instead of "
        f"{all_seconds:.0f} s)."
    )


def _text(reading: Reading) -> None:
    """mu and mu2, and how the entropy is spread."""
    st.markdown(
        "How sure the target is from token to token, on text that it wrote itself. *The mean mu sets the slope "
        "of the curves; the spread, in mu2, says how long they bend before they become lines.*"
    )
    study = reading.study
    groups = {
        kind: np.concatenate([study.entropies[i] for i in reading.chosen if study.kinds[i] == kind])
        for kind in dict.fromkeys(reading.of(study.kinds))
    }
    rows = moments_table(reading)
    chart_with_table(entropy_figure(groups), rows, "limits-moments", alt="Entropy per position by kind of text.")
    st.caption(
        "mu: mean entropy, nats; mu2: mean of sum p log^2 p, nats^2; error: standard error over positions, as if they "
        "were independent, which neighbours are not."
    )


def _slopes(reading: Reading, strategies: list[tuple[str, str]]) -> None:
    """How steep the measured lines are, and how much of the oracle a real drafter gets."""
    mu, mu2 = reading.moments
    found = slopes(reading, strategies)
    if not found:
        st.info("A slope needs at least two values of P from 8 on; run the study at more of them.")
        return
    st.markdown(
        f"**Slopes.** A least-squares line through tokens per pass against log(P + 1), from P = {SLOPE_FROM} on. *The "
        "best possible tree has slope 1 / mu; the paper's bound allows (mu + mu2) / mu^2.*"
    )
    rows = [
        {"strategy": n, "slope": e.value, "low": e.low, "high": e.high, "slope x mu": e.value * mu} for n, e in found
    ]
    alt = "Slope of tokens per pass in log P for each strategy, between 1 / mu and the paper's slope."
    chart_with_table(slope_figure(found, mu, mu2), rows, "limits-slopes", alt=alt)
    entropy = rank_entropy(reading.study)
    if entropy:
        st.caption(f"Races have a slope of their own, 1 / H[R] = {1 / entropy:.2f}: H[R] = {entropy:.3f} nats is the "
                   "entropy of the rank at which the target's token comes in the draft's race.")  # fmt: skip
    shares = efficiencies(reading, strategies)
    if shares:
        st.markdown(
            "**Efficiency of the drafter** = measured / oracle at the same P. *What is missing to 100 % is what a "
            "better draft model could still win; races may pass it.*"
        )
        chart_with_table(efficiency_figure(shares), shares, "limits-efficiency", alt="Share of the oracle against P.")


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
