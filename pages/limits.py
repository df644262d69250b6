"""How does E[X], tokens per pass, grow with capacity P, and how far is it from what any method could reach?"""

from __future__ import annotations

import numpy as np
import streamlit as st

from specviz.figures.curves import capacity_figure
from specviz.records import LimitsStudy
from specviz.records.store import TraceError
from specviz.ui.glossary import define
from specviz.ui.library import recorded_studies, studies_by_k
from specviz.ui.limits_curves import (
    NOTES,
    THEORY,
    curve_rows,
    measured_curve,
    moments_table,
    reading_table,
    strategy_label,
    theory_curves,
)
from specviz.ui.page import PageSpec
from specviz.ui.tables import chart_with_table, table_with_csv

PAGE = PageSpec("Limits", "Laboratory", 2, "limits", ":material/show_chart:")
ALL = "all kinds"
CAPACITIES = [1, 2, 4, 8, 16, 32, 64, 128, 256]


def render() -> None:
    """Controls at the side, curves in the middle, readings beside them."""
    st.title("How many tokens can one pass win?", anchor=False)
    st.markdown(
        "Each point is measured on real runs: **tokens emitted per target pass** against the **capacity P**, the "
        "guesses one pass may check. The dashed lines are ceilings; the dotted one is the *oracle*, which drafts with "
        "the target's own law and is no real method. *Move P; then ask how far your strategy is from the oracle.*"
    )
    with st.sidebar:
        studies = _studies()
        if studies is None:
            return
        study = max(studies.values(), key=lambda study: len(study.measurements))
        strategies = _strategies(study)
        k = st.selectbox("k", list(studies), list(studies).index(study.drafts), key="limits_k", help=define("k"))
        kind = st.selectbox(
            "Kind of prompt", [ALL, *dict.fromkeys(study.kinds)], key="limits_kind", bind="query-params"
        )
        marker = st.select_slider(
            "Capacity P", CAPACITIES, value=32, key="limits_P", bind="query-params", help=define("capacity")
        )
        shown = st.multiselect("Theory", list(THEORY), default=list(THEORY)[:3], key="limits_theory")
    chosen = [i for i, k in enumerate(study.kinds) if kind in (ALL, k)]
    if sum(len(study.surprisals[i]) for i in chosen) < 8:
        st.info("There is too little text of this kind in the study; choose another kind.")
        return
    curves = [measured_curve(_of_k(studies[k], study, strategy), *strategy, chosen) for strategy in strategies]
    theory = theory_curves(study, chosen, shown)
    top = max(float(np.max(c.band[1])) for c in curves if c.band) if curves else None
    chart_with_table(
        capacity_figure([*curves, *theory], int(marker), _top(top)),
        curve_rows([*curves, *theory]),
        "limits",
        alt="Tokens per target pass against capacity: measured strategies with bands, oracle and ceilings.",
    )
    st.markdown(f"**Read off at P = {marker}**")
    table_with_csv(reading_table([*curves, *theory], int(marker)), "limits-reading")
    st.caption(
        "share of oracle = measured / oracle: the efficiency of the drafter. Intervals and bands: 95 % bootstrap over "
        f"{len(chosen)} prompts."
    )
    _explain(study, chosen, shown)


def _of_k(other: LimitsStudy, study: LimitsStudy, strategy: tuple[str, str]) -> LimitsStudy:
    """The study of another k where it measured this strategy: the others do not read k."""
    return other if strategy in other.strategies() else study


def _top(top: float | None) -> float | None:
    """The y axis follows the measured curves; ceilings far above may leave the picture unless asked for."""
    everything = st.sidebar.toggle("Show the whole y axis", key="limits_whole", help="Also ceilings far above.")
    return None if everything or top is None else 1.4 * top


def _studies() -> dict[int, LimitsStudy] | None:
    """The chosen study by k."""
    studies = recorded_studies()
    if not studies:
        st.info("No study is stored here; make one with `python -m specviz limits --out assets/limits/mine.json.gz`.")
        return None
    name = st.selectbox("Study", list(studies), key="limits_study", bind="query-params")
    try:
        return studies_by_k(studies[name])
    except TraceError as error:
        st.error(f"{error} Make a new one with `python -m specviz limits --out FILE`.", icon=":material/error:")
        return None


def _strategies(study: LimitsStudy) -> list[tuple[str, str]]:
    pairs = {strategy_label(*pair): pair for pair in study.strategies()}
    chosen = st.multiselect("Strategies", list(pairs), default=list(pairs), key="limits_strategies")
    return [pairs[name] for name in chosen]


def _explain(study: LimitsStudy, chosen: list[int], shown: list[str]) -> None:
    """What was measured, and what each line assumes."""
    left, right = st.columns(2)
    with left:
        st.markdown("**The text's own numbers**", help=f"{define('mu')} {define('mu2')}")
        table_with_csv(moments_table(study, chosen), "limits-moments")
        st.caption("mu: mean entropy, nats; mu2: mean of sum p log^2 p, nats^2; error: standard error over positions.")
    with right:
        st.markdown("**What each line says**")
        for name in shown:
            st.markdown(f"- *{name}*: {NOTES[name]}")
        st.caption(
            "P counts draft nodes, the root not; tokens per pass count the closing token. Temperature "
            f"{study.temperature:g}, depth {study.depth}, k = {study.drafts}, {study.max_new_tokens} tokens a prompt, "
            f"{study.provenance.target} with {study.provenance.draft} on {study.provenance.device}. "
            "Make your own study: `python -m specviz limits --out assets/limits/mine.json.gz`."
        )


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
