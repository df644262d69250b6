"""Step 2: two laws, and the part that they share."""

from __future__ import annotations

import streamlit as st

from specviz.figures.tour.laws import overlap_figure
from specviz.theory import total_variation
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row
from specviz.ui.tables import chart_with_table
from specviz.ui.tour.frame import Outcome, Step
from specviz.ui.tour.toy import SOUNDS, Toy

GOAL = 0.9


def _panel(toy: Toy) -> Outcome:
    rate = toy.agreement
    metric_row(
        {
            "acceptance rate": (f"{rate:.3f}", define("acceptance rate")),
            "TV(p, q)": (f"{total_variation(toy.p, toy.q):.3f}", define("total variation")),
        }
    )
    rows = [
        {"sound": sound, "target p": p, "draft q": q, "shared": min(p, q)}
        for sound, p, q in zip(SOUNDS, toy.target, toy.draft, strict=True)
    ]
    chart_with_table(
        overlap_figure(toy.target, toy.draft, SOUNDS), rows, "tour-laws",
        alt="Target's and draft's law as bars on top of what they share; the shared parts add up to the rate.",
    )  # fmt: skip
    st.caption("Exact numbers for the toy pair. Solid green is shared; above it stands the side that has more.")
    return Outcome(
        rate > GOAL,
        f"The acceptance rate is {rate:.3f}; more than {GOAL} is wanted. Lower the draft where it stands above the "
        "target, raise it where the target is higher.",
        f"At {rate:.3f}, {rate:.0%} of all guesses survive. Only the overlap counts: it does not matter *which* sound "
        "the draft likes too much.",
        {"transport_from": "a position of a text", "transport_part": "The set H", "transport_k": 1},
    )


STEP = Step(
    name="Laws",
    title="Two laws",
    shows="Where target and draft agree, guesses live: the green overlap is the acceptance rate.",
    task="Move the draft's weights until the acceptance rate is above 0.9.",
    words=(
        "At each place a model has a **law**: a probability for every sound that may come next. The target's law is "
        "the one we must keep. The draft's law only has to be close.\n\nWhat both laws share, bar by bar, adds up to "
        "the **acceptance rate**: the chance that one guess survives. Equal laws would give 1, laws without a common "
        "sound 0. What the target has beyond the draft must come from somewhere else: see the next step."
    ),
    formula=r"\alpha=\sum_x\min\bigl(p(x),q(x)\bigr)=1-\mathrm{TV}(p,q)",
    letters={
        r"\alpha": "The acceptance rate of one guess.",
        "x": "A sound; for a real model, a token.",
        "p": "The target's law.",
        "q": "The draft's law.",
        r"\mathrm{TV}": "Total variation: half the sum of |p - q|, between 0 and 1.",
    },
    panel=_panel,
    door=("transport", "Both laws of a real text"),
    references=(5, 6),
)
