"""Bounds on the match probability over many random pairs of laws."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.figures.races.bounds import bounds_figure, slack_figure
from specviz.race import match_bounds, match_probability
from specviz.ui.glossary import define
from specviz.ui.laws_source import Laws
from specviz.ui.layout import two_pictures
from specviz.ui.tables import chart_with_table, table_with_csv

PAIRS = 600
NAMES = {
    "upper": "1 - TV (upper)",
    "tight": "tightest lower",
    "darts": "shared darts",
    "poisson": "Poisson matching",
    "minhash": "(1 - TV) / (1 + TV)",
}
FORMULAS = {
    "upper": "1 - TV: the most that any coupling of one draft can agree",
    "tight": "sum lo hi / (hi (1 - lo) + lo (TV + lo)), lo and hi the smaller and larger of p and q",
    "darts": "sum lo / (lo + 1 + TV - hi)",
    "poisson": "sum p q / (p + q) = (1 - D_HM) / 2",
    "minhash": "(1 - TV) / (1 + TV): weighted MinHash",
}


def bounds_panel(laws: Laws | None) -> None:
    """Controls, the pairs between their envelopes, the slack of each bound, and what is no bound."""
    st.markdown(
        "Each dot is a pair of random laws: how often one shared race matches, against 1 - TV. All dots lie between "
        "two curves that know TV alone; bounds that read both laws are tighter. *With two letters every dot lies on "
        "the upper curve.*"
    )
    size, spread, seed = st.columns(3)
    letters = size.select_slider(
        "Letters V", [2, 3, 5, 10, 50, 200, 1000], 10, key="races_V", bind="query-params", help="Tokens of each law."
    )
    concentration = spread.select_slider(
        "Concentration", [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0], 0.5, key="races_alpha", bind="query-params",
        help=define("concentration"),
    )  # fmt: skip
    chosen = seed.slider("Seed of the pairs", 1, 100, 1, key="races_pairs_seed", bind="query-params",
                         help=define("random pairs"))  # fmt: skip
    values = _pairs(int(letters), float(concentration), int(chosen))
    match = values["match"]
    here = None
    if laws is not None:
        here = match_bounds(laws.target, laws.draft).upper, match_probability(laws.target, laws.draft)
    rows = [{name: float(column[i]) for name, column in values.items()} for i in range(PAIRS)]
    slack = {name: np.abs(match - values[key]) for key, name in NAMES.items()}
    left, right = two_pictures("races-bounds")
    with left:
        alt = "Match probability against 1 - TV for random pairs of laws, between an upper and a lower curve."
        chart_with_table(bounds_figure(values["upper"].tolist(), match.tolist(), here), rows, "bounds", alt=alt)
    with right:
        table = [_slack_row(key, name, values) for key, name in NAMES.items()]
        figure = slack_figure({name: column.tolist() for name, column in slack.items()})
        chart_with_table(figure, table, "slack", alt="Distance of each bound from the exact match probability.")
    broken = sum(row["violations"] for row in table)
    st.caption(
        f"{PAIRS} pairs from a Dirichlet law with parameter {concentration:g}; {broken} violations of five bounds. "
        + (f"Star: the pair of the sidebar, match {here[1]:.4f} at 1 - TV = {here[0]:.4f}." if here else "")
    )
    _no_bounds(values)


@st.cache_data(max_entries=64, show_spinner=False)
def _pairs(letters: int, concentration: float, seed: int) -> dict[str, np.ndarray]:
    """Columns over the pairs: the exact match probability, its bounds, and D_HM."""
    rng = np.random.default_rng([seed, letters])
    found: dict[str, list[float]] = {name: [] for name in ("match", *NAMES, "D_HM")}
    for _ in range(PAIRS):
        # Gamma numbers of a small shape can all underflow; one part in a million of a flat law keeps laws laws.
        p, q = ((rng.gamma(concentration, size=letters) + 1e-9) for _ in range(2))
        p, q = p / p.sum(), q / q.sum()
        bounds = match_bounds(p, q)
        found["match"].append(match_probability(p, q))
        for name in NAMES:
            found[name].append(getattr(bounds, name))
        found["D_HM"].append(float(1 - (2 * p * q / (p + q)).sum()))
    return {name: np.array(column) for name, column in found.items()}


def _slack_row(key: str, name: str, values: dict[str, np.ndarray]) -> dict[str, Any]:
    distance = values["match"] - values[key] if key != "upper" else values[key] - values["match"]
    return {
        "bound": name,
        "formula": FORMULAS[key],
        "mean distance": float(distance.mean()),
        "largest distance": float(distance.max()),
        "violations": int((distance < -1e-12).sum()),
    }


def _no_bounds(values: dict[str, np.ndarray]) -> None:
    """Two formulas with the harmonic-mean distance that are no bounds."""
    with st.expander("What is not a bound"):
        match, distance = values["match"], values["D_HM"]
        guesses = {"1 - D_HM": 1 - distance, "(1 - D_HM) / (1 + D_HM)": (1 - distance) / (1 + distance)}
        st.markdown(
            "A *harmonic-mean* distance, D_HM = 1 - sum 2 p q / (p + q), bounds the match: the averaged Poisson "
            "matching lemma [19] gives **(1 - D_HM) / 2**, the bound above. Two formulas that look as likely are "
            "**not** lower bounds:"
        )
        table_with_csv(
            [
                {"guess": name, "pairs": PAIRS, "pairs that violate it": int((match < guess - 1e-12).sum())}
                for name, guess in guesses.items()
            ],
            "no-bounds",
        )
