"""One position: what k drafts can reach, what each rule gets, and the set of tokens that limits it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.figures.labels import short
from specviz.figures.transport.transport import acceptance_figure, minimising_set_figure
from specviz.theory import chance_inside, k_seq_acceptance, k_seq_factor, optimal_acceptance, optimal_acceptance_set
from specviz.theory.by_rule import DRAWN, acceptance_curve, verifier_acceptance
from specviz.ui.glossary import define
from specviz.ui.laws_source import Laws, choose_laws
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.verification.base import VERIFIERS

WORDS = {"iid": "independent", "without_replacement": "without replacement", "greedy": "top and one"}
DRAFTS = 8
RACE_TOKENS = 4096  # beyond this many the law of a shared race takes minutes
CHAINS = ("token", "block", "relaxed")  # rules for one draft
SAME = 1e-9


def drafts_control() -> int:
    """k."""
    return int(st.sidebar.slider("Drafts k", 1, DRAFTS, 2, key="transport_k", bind="query-params", help=define("k")))


@st.cache_data(max_entries=64, show_spinner="Every rule at 1 to 8 drafts")
def curves(key: str, _target: np.ndarray, _draft: np.ndarray) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """Optima by way to draw, and acceptance by (rule, way to draw), for 1, 2, ... drafts."""
    optima = {drawn: [optimal_acceptance(_target, _draft, k, drawn) for k in range(1, DRAFTS + 1)] for drawn in WORDS}
    rules = {}
    for name, ways in DRAWN.items():
        if name in CHAINS or name == "traversal" or (name == "shared_race" and len(_target) > RACE_TOKENS):
            continue
        for drawn in ways:
            rules[name, drawn] = acceptance_curve(name, _target, _draft, DRAFTS, drawn).tolist()
    return optima, rules


def title(name: str) -> str:
    """A rule as the page calls it."""
    return VERIFIERS.get(name).title


def curves_section() -> None:
    """Acceptance against k, and the reading at the chosen k."""
    k = drafts_control()
    laws = choose_laws("transport")
    if laws is None:
        return
    optima, rules = curves(laws.key, laws.target, laws.draft)
    st.markdown(
        "**How often is one of the k drafts kept?** Dashed: the most that any exact rule can reach when the drafts are "
        "drawn in this way. Solid: what each rule gets. *Move k, and watch which rules stay at their dashed line.*"
    )
    shown = st.pills(
        "Rules for drafts that are", list(WORDS), selection_mode="multi", default=["iid"], key="transport_drawn",
        format_func=WORDS.__getitem__, help=define("way to draw"),
    )  # fmt: skip
    lines = _together({key: values for key, values in rules.items() if key[1] in shown})
    rows = [
        {"k": place + 1, "line": label, "drafts drawn": WORDS[drawn], "acceptance": value}
        for (label, drawn), values in [*((("optimum", d), v) for d, v in optima.items()), *lines.items()]
        for place, value in enumerate(values)
    ]
    chart_with_table(
        acceptance_figure(optima, lines, WORDS, k), rows, "transport-acceptance",
        alt="Acceptance of each rule against the number of drafts, with the optima of three ways to draw dashed.",
    )  # fmt: skip
    st.markdown(f"**Read off at k = {k}**")
    table_with_csv(_reading(laws, k, optima, rules), "transport-reading")
    _factor(laws, k, optima["iid"][k - 1])
    if len(laws.target) > RACE_TOKENS:
        st.caption(f"The shared race is left out: with {len(laws.target):,} tokens its exact law takes minutes.")


def _together(rules: dict[tuple[str, str], list[float]]) -> dict[tuple[str, str], list[float]]:
    """Rules whose lines coincide, as one line with all their names."""
    lines: dict[tuple[str, str], list[float]] = {}
    for (name, drawn), values in rules.items():
        for (label, other), known in lines.items():
            same = len(known) == len(values) and np.allclose(known, values, rtol=0, atol=SAME)
            if other == drawn and same:
                lines[f"{label} = {title(name)}", drawn] = lines.pop((label, other))
                break
        else:
            short_line = "" if len(values) == DRAFTS else f" (k up to {len(values)})"
            lines[title(name) + short_line, drawn] = values
    return lines


def _reading(
    laws: Laws, k: int, optima: dict[str, list[float]], rules: dict[tuple[str, str], list[float]]
) -> list[dict[str, Any]]:
    """Every rule at k, with its gap to the optimum of its own drafts."""
    rows = [
        {"rule": title(name), "drafts drawn": WORDS[drawn], "acceptance": values[k - 1],
         "their optimum": optima[drawn][k - 1], "gap": _gap(optima[drawn][k - 1], values[k - 1]),
         "note": "Traversal is the same here" if name.startswith("recursive") else ""}
        for (name, drawn), values in rules.items() if k <= len(values)
    ]  # fmt: skip
    if k == 1:
        for name in CHAINS:
            value = verifier_acceptance(name, laws.target, laws.draft, 1)
            best, note = optima["iid"][0], "for chains"
            if not VERIFIERS.get(name).lossless:
                note = "not exact"
            rows.append({"rule": title(name), "drafts drawn": "one draw", "acceptance": value,
                         "their optimum": best, "gap": _gap(best, value), "note": note})  # fmt: skip
    return sorted(rows, key=lambda row: -float(row["acceptance"]))


def _gap(best: float, value: float) -> float:
    """What lacks of the optimum; what lies within the numbers' own error is none."""
    return 0.0 if abs(best - value) < 10 * SAME else best - value


def _factor(laws: Laws, k: int, best: float) -> None:
    """K-SEQ with a factor above the smallest one."""
    with st.expander("K-SEQ with a larger factor"):
        least = float(k_seq_factor(laws.target, laws.draft, k))
        share = st.slider(
            "From the smallest safe factor (0) to k (1)", 0.0, 1.0, 0.0, 0.05, key="transport_factor",
            bind="query-params", help="Every factor in this range keeps K-SEQ exact.",
        )  # fmt: skip
        factor = least + share * (max(float(k), least) - least)
        tests = 1 - (1 - float(np.minimum(laws.target / factor, laws.draft).sum())) ** k
        cells = st.columns(4)
        cells[0].metric("factor", f"{factor:.4f}", help=f"The smallest safe one is {least:.4f}.")
        cells[1].metric("kept by its tests", f"{tests:.4f}", help="1 - (1 - beta)^k; it falls as the factor grows.")
        cells[2].metric(
            "with luck", f"{k_seq_acceptance(laws.target, laws.draft, k, factor):.4f}",
            help="Also counts a replacement that hits a draft; this may rise with the factor.",
        )  # fmt: skip
        cells[3].metric("optimum", f"{best:.4f}", help="For independent drafts.")


def set_section() -> None:
    """The token set that limits acceptance, in both laws, and the sum."""
    k = drafts_control()
    laws = choose_laws("transport")
    if laws is None:
        return
    st.markdown(
        "**Why not always 1?** Drafts that all fall into a set H where the target has little mass cannot all be kept. "
        "One set is the worst, and it alone decides. *Raise k: which tokens join H, and how much is p(H) - Q(H) then?*"
    )
    drawn = st.segmented_control(
        "Drafts drawn", list(WORDS), default="iid", required=True, key="transport_set_drawn", bind="query-params",
        format_func=WORDS.__getitem__, help=define("way to draw"),
    ) or "iid"  # fmt: skip
    p, q = laws.target, laws.draft
    chosen = optimal_acceptance_set(p, q, k, drawn)
    best = optimal_acceptance(p, q, k, drawn)
    mass, inside = float(p[chosen].sum()), chance_inside(q, chosen, k, drawn) if len(chosen) else 0.0
    cells = st.columns(4)
    cells[0].metric("p(H)", f"{mass:.4f}", help="The target's mass in H.")
    cells[1].metric("Q(H)", f"{inside:.4f}", help="Chance that all k drafts lie in H.")
    cells[2].metric("optimum", f"{best:.4f}", help="1 + p(H) - Q(H).")
    cells[3].metric("tokens in H", f"{len(chosen):,}", help=f"of {len(p):,}; H is empty where the optimum is 1.")
    power = rf"q(H)^{{{k}}}={q[chosen].sum():.4f}^{{{k}}}={inside:.4f}" if drawn == "iid" else f"{inside:.4f}"
    st.latex(
        rf"\begin{{aligned}}Q(H)&={power}\\ \alpha^*&=1+p(H)-Q(H)\\ &=1+{mass:.4f}-{inside:.4f}={1 + mass - inside:.4f}"
        r"\end{aligned}"
    )
    rows = [
        {"token": short(laws.names[i], 24), "in H": bool(i in set(chosen.tolist())), "target p": p[i], "draft q": q[i],
         "q / p": q[i] / p[i] if p[i] > 0 else np.inf}
        for i in np.argsort(-np.maximum(p, q), kind="stable")[:200]
    ]  # fmt: skip
    chart_with_table(
        minimising_set_figure(p, q, chosen, laws.names), rows, "transport-set",
        alt="Both laws on the weightiest tokens by falling q over p, with the limiting set H on grey ground.",
    )  # fmt: skip
    if drawn == "greedy":
        st.caption("Top and one: H must hold the k - 1 fixed tokens, or else not all drafts lie in it.")
