"""Step 7: the best that k guesses for one place allow, and what two rules make of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from specviz.figures.tour.limit import gap_figure
from specviz.theory import acceptance_curve, optimal_acceptance
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row
from specviz.ui.tables import chart_with_table
from specviz.ui.tour.frame import Outcome, Step
from specviz.ui.tour.toy import Toy
from specviz.verification import VERIFIERS

MOST = 8
WORDS = {"iid": "independent", "without_replacement": "without repeats"}
RULES = (
    ("recursive_rejection", "iid"), ("k_seq", "iid"), ("recursive_rejection_wor", "without_replacement"),
)  # fmt: skip


def _panel(toy: Toy) -> Outcome:
    k = int(st.slider("Guesses k for one place", 1, MOST, 1, key="tour_k", bind="query-params", help=define("k")))
    optima, rules = _curves(toy.target, toy.draft)
    best, rule = np.array(optima["iid"]), np.array(rules["recursive_rejection", "iid"])
    gaps = np.where(best - rule > 1e-9, best - rule, 0.0)
    widest = int(np.argmax(gaps)) + 1
    metric_row(
        {
            "optimum": (f"{best[k - 1]:.3f}", "Independent guesses; no exact rule can keep one more often."),
            "recursive rejection": (f"{rule[k - 1]:.3f}", VERIFIERS.get("recursive_rejection").summary),
            "gap": (f"{gaps[k - 1]:.3f}", "What the rule leaves lying."),
            "without repeats": (f"{optima['without_replacement'][k - 1]:.3f}", "Optimum for k different guesses."),
        }
    )
    lines = {(VERIFIERS.get(name).title, drawn): values for (name, drawn), values in rules.items()}
    named = [*((f"optimum, {WORDS[drawn]}", values) for drawn, values in optima.items()),
             *((label, values) for (label, _), values in lines.items())]  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"k": place + 1} | {name: values[place] for name, values in named} for place in range(MOST)
    ]
    chart_with_table(
        gap_figure(optima, lines, WORDS, k, (float(rule[k - 1]), float(best[k - 1]))), rows, "tour-optimum",
        alt="Acceptance against the number of guesses: two optima dashed, three rules below them, the gap at k.",
    )  # fmt: skip
    st.caption(
        "Exact numbers for the toy pair at one place. "
        + " ".join(f"*{VERIFIERS.get(name).title}*: {VERIFIERS.get(name).summary}" for name, _ in RULES[:2])
    )
    return Outcome(
        k == widest and gaps[k - 1] > 0,
        f"At k = {k} the gap is {gaps[k - 1]:.3f}. It is larger elsewhere." if gaps.max() > 0
        else "These laws leave no gap; make the draft differ from the target at the side.",
        f"At k = {k} recursive rejection reaches {rule[k - 1]:.3f}, an exact rule can reach {best[k - 1]:.3f}. "
        "Guesses that never repeat reach 1 soonest: with as many guesses as sounds, one of them is always right.",
        {"transport_from": "a toy pair", "transport_part": "Acceptance", "transport_k": k},
    )  # fmt: skip


@st.cache_data(max_entries=64, show_spinner=False)
def _curves(
    target: tuple[float, ...], draft: tuple[float, ...]
) -> tuple[dict[str, list[float]], dict[tuple[str, str], list[float]]]:
    """Optima by way to draw, and acceptance by rule, for 1 to `MOST` guesses."""
    p, q = np.array(target), np.array(draft)
    optima = {drawn: [optimal_acceptance(p, q, k, drawn) for k in range(1, MOST + 1)] for drawn in WORDS}
    rules = {(name, drawn): acceptance_curve(name, p, q, MOST, drawn).tolist() for name, drawn in RULES}
    return optima, rules


STEP = Step(
    name="Optimum",
    title="How good can k guesses be?",
    shows="How often can the best exact rule keep one of k guesses? That chance can be computed.",
    task="Set k to where recursive rejection lacks most.",
    words=(
        "Give the target k guesses for one place. A **verifier** must put out the target's law exactly, and would like "
        "its output to be one of the guesses.\n\nHow often can it? That is a problem of **transport**: carry the "
        "probability of all possible sets of guesses to the target's law, each set only to its own members, with as "
        "little left over as possible. Dashed lines are that optimum, solid ones are rules in use."
    ),
    formula=r"\alpha_k=1+\min_{H}\bigl(p(H)-Q_k(H)\bigr)",
    letters={
        r"\alpha_k": "The optimum: the largest chance that the output is one of k guesses.",
        "H": "A set of sounds; the worst one decides.",
        "p(H)": "The target's probability of H.",
        "Q_k(H)": "Chance that all k guesses lie in H; for independent ones q(H) to the power k.",
    },
    panel=_panel,
    door=("transport", "Every rule, and the plan itself"),
    references=(3, 7),
)
