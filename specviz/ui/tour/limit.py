"""Step 8: tokens per pass against log P; exact for the toy, measured for the embedded pair."""

from __future__ import annotations

import numpy as np
import streamlit as st

from specviz.figures.tour.limit import measured_limit_figure, toy_limit_figure
from specviz.records import Curve
from specviz.theory import block_efficiency, entropy_moments, explicit_bound
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row
from specviz.ui.library import ASSETS, recorded_study
from specviz.ui.limits.curves import DUAL, Reading, measured_curve, theory_curves
from specviz.ui.limits.tables import curve_rows
from specviz.ui.tables import chart_with_table
from specviz.ui.tour.frame import Outcome, Step
from specviz.ui.tour.toy import Toy, best_tree, reach

GOAL, MOST, DEPTH = 0.8, 1024, 64
CAPACITIES = np.unique(np.round(2 ** np.linspace(0, 10, 41))).astype(int)
STRATEGIES = (("race_tau_star", "shared_race"), ("best_first", "sample_and_look"), ("oracle", "sample_and_look"))


def _panel(toy: Toy) -> Outcome:
    moments = entropy_moments(toy.p[None, :])
    metric_row(
        {
            "mean entropy μ": (f"{moments.mu:.3f}", define("mu")),
            "μ2": (f"{moments.mu2:.3f}", define("mu2")),
            "each doubling of P buys": (_slope(moments.mu), "log 2 / μ: the slope of the best tree for large P."),
        }
    )
    lines = _toy_lines(toy.target, toy.draft)
    rows = [
        {"P": int(p)} | {name: values[place] for name, values in lines.items()} for place, p in enumerate(CAPACITIES)
    ]
    chart_with_table(
        toy_limit_figure(CAPACITIES.tolist(), lines), rows, "tour-limit",
        alt="Tokens per pass of the toy against log P: ceiling, best tree, the draft's tree and a chain.",
    )  # fmt: skip
    curves, about = _measured()
    chart_with_table(
        measured_limit_figure(curves, 64.0), curve_rows(curves), "tour-measured",
        alt="Tokens per pass of the embedded pair against log P, measured with bands, under the dual bound.",
    )  # fmt: skip
    st.caption(about)
    at = int(np.flatnonzero(CAPACITIES == 64)[0])
    return Outcome(
        moments.mu < GOAL,
        f"μ is {moments.mu:.3f} nats; less than {GOAL} is wanted. Raise one weight of the target, or lower the others.",
        f"With μ = {moments.mu:.2f} the best tree of 64 nodes wins {list(lines.values())[1][at]:.1f} tokens a pass. "
        "A surer target makes longer texts probable; more nodes help only by the logarithm.",
        {"limits_P": 64},
    )


def _slope(mu: float) -> str:
    return f"{np.log(2) / mu:.2f}" if mu > 1e-3 else "no limit"


@st.cache_data(max_entries=64, show_spinner=False)
def _toy_lines(target: tuple[float, ...], draft: tuple[float, ...]) -> dict[str, list[float]]:
    """Exact values at each capacity; the root's token comes extra (convention B)."""
    toy = Toy(target, draft)
    moments = entropy_moments(toy.p[None, :])
    ceiling = explicit_bound(moments.mu, moments.mu2, CAPACITIES.astype(float), convention="B")
    return {
        "ceiling from μ and μ2": np.asarray(ceiling).tolist(),
        "best tree": _won(toy, True),
        "the draft's tree": _won(toy, False),
        "a chain judged by coins (not bound)": block_efficiency(toy.agreement, CAPACITIES).tolist(),
    }


def _won(toy: Toy, by_target: bool) -> list[float]:
    """Tokens per pass of the first P nodes of one large tree, for every capacity."""
    tree, order = best_tree(toy, MOST, DEPTH, by_target)
    total = 1.0 + np.cumsum(reach(tree, toy.p)[order])
    return [float(total[min(int(p), len(total)) - 1]) for p in CAPACITIES]


@st.cache_resource(max_entries=1, show_spinner=False)
def _measured() -> tuple[list[Curve], str]:
    """Three strategies with their bands, the dual bound, and where they come from. Raises TraceError."""
    study = recorded_study(ASSETS / "limits" / "temperature_1.0.json.gz")
    reading = Reading(study, tuple(range(len(study.kinds))), "B")
    curves = [*(measured_curve(reading, *pair) for pair in STRATEGIES), *theory_curves(reading, [DUAL])]
    mu, _ = reading.moments
    return curves, (
        f"Above: the toy, exact. Below: {study.provenance.target} with {study.provenance.draft}, {len(study.prompts)} "
        f"prompts, temperature {study.temperature:g}, μ = {mu:.2f} nats; bands are 95 % bootstrap over prompts. No "
        "tree that ignores the target's coins wins more than B* on average; the oracle drafts with the target itself."
    )


STEP = Step(
    name="Limit",
    title="The speed of light",
    shows="Tokens per pass grow only with the logarithm of P; the target's own doubt sets the pace.",
    task="Bring the target's mean entropy μ below 0.8 nats.",
    words=(
        "A tree holds P of the many tunes that may come, and the target decides by chance. Its **mean entropy** μ says "
        "how many tunes are likely: for large trees each doubling of P buys only about log 2 / μ tokens. No drafter, "
        "however clever, beats this with a tree that ignores the target's coins.\n\nGood drafts bring the tree close "
        "to the ceiling. Coins and shared clocks are another way: with a close draft they may pass it."
    ),
    formula=r"\mathbb{E}[X]\le\frac{\mu+\mu_2}{\mu^2}\,\log P+O(1)",
    letters={
        "X": "Tokens that one pass adds.",
        "P": "Capacity: draft nodes per pass.",
        r"\mu": "Mean entropy of the target's law, nats.",
        r"\mu_2": "Mean of p log^2 p summed over sounds, nats^2.",
        "O(1)": "A constant that does not grow with P; the dashed ceiling here has every constant.",
    },
    panel=_panel,
    door=("limits", "All strategies and ceilings"),
    references=(1,),
)
