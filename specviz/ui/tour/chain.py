"""Step 4: how long should a chain of guesses be?"""

from __future__ import annotations

import numpy as np
import streamlit as st

from specviz.figures.tour.chain import speed_figure, tokens_figure
from specviz.theory import Estimate, block_efficiency, bootstrap_ratio, speedup
from specviz.ui.glossary import define
from specviz.ui.library import recorded_table
from specviz.ui.tables import chart_with_table
from specviz.ui.tour.frame import Outcome, Step
from specviz.ui.tour.toy import Toy, tune

MOST = 16
SOUNDS_COUNTED = 400  # length of the tune whose passes are counted


def _panel(toy: Toy) -> Outcome:
    left, right = st.columns(2)
    depth = int(left.slider("Depth", 0, MOST, MOST, key="tour_depth", bind="query-params", help=define("depth")))
    cost = float(right.slider("Cost c of one guess", 0.0, 0.5, 0.1, 0.01, key="tour_cost", bind="query-params",
                              help=f"{define('cost ratio')} {_measured_cost()}"))  # fmt: skip
    rate, depths = toy.agreement, np.arange(MOST + 1)
    tokens, gains = block_efficiency(rate, depths), speedup(rate, depths, cost)
    best = int(np.argmax(gains > gains.max() - 1e-12))
    counted = _counted(toy.target, toy.draft, depth)
    done = depth == best
    ceiling = 1 / (1 - rate) if rate < 1 - 1e-9 and 1 / (1 - rate) < 2 * tokens[-1] else None
    rows = [
        {"depth": int(d), "expected tokens per pass": float(t), "times as fast": float(g)}
        for d, t, g in zip(depths, tokens, gains, strict=True)
    ]
    chart_with_table(
        tokens_figure(depths.tolist(), tokens.tolist(), ceiling, depth, counted), rows, "tour-tokens",
        alt="Expected tokens per pass for chains of 0 to 16 guesses, and what toy passes gave at the chosen depth.",
    )  # fmt: skip
    config = {"displayModeBar": False}
    st.plotly_chart(
        speed_figure(depths.tolist(), gains.tolist(), depth, best if done else None), key="chart-tour-speed",
        config=config, width="stretch", alt="Speed-up against depth; it rises, turns and falls; numbers: table above.",
    )  # fmt: skip
    st.caption(
        f"Curves: formula for a constant acceptance rate, here {rate:.3f}, exact for this toy. Counted: "
        f"{counted.count} passes of the engine, seed 1. {_measured_cost()}"
    )
    link = {"rejections_part": "Speed", "rejections_hand": "true", "rejections_alpha": min(0.99, round(rate, 2)),
            "rejections_c": round(cost, 2)}  # fmt: skip
    return Outcome(
        done,
        f"Depth {depth} makes decoding {gains[depth]:.2f} times as fast; another depth does better.",
        f"Here depth {best} is best: {gains[best]:.2f} times as fast. A cheaper or a better draft moves it to the "
        "right; when guesses cost more than they save, it moves to 0.",
        link,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _counted(target: tuple[float, ...], draft: tuple[float, ...], depth: int) -> Estimate:
    """Tokens per pass over whole passes; the last one is left out, because the end of the tune cuts it."""
    passes = tune(Toy(target, draft), depth, SOUNDS_COUNTED)[:-1]
    return bootstrap_ratio([len(one.emitted) for one in passes], np.ones(len(passes)))


def _measured_cost() -> str:
    rows = {row["guesses"]: row for row in recorded_table("pass_times").rows()}
    return f"The embedded pair measured c = {rows[1]['draft'] / rows[0]['target']:.2f} on a CPU."


STEP = Step(
    name="Chain",
    title="A chain of guesses",
    shows="A chain is kept up to its first failure, so each further guess is worth less.",
    task="Find the depth with the largest speed-up for this pair and this cost.",
    words=(
        "The draft can guess several sounds in a row before the target looks. The pass keeps them up to the first that "
        "fails and adds one sound of its own: even a useless chain yields one.\n\nThe fifth guess only counts if the "
        "four before it lived, which has chance α to the power 4. And every guess costs a draft pass. Too short a "
        "chain wastes the target's pass, too long a chain wastes the draft's work."
    ),
    formula=r"\begin{gathered}\mathbb{E}[\text{tokens}]=1+\alpha+\dots+\alpha^{\gamma}\\"
    r"\text{speed-up}=\frac{\mathbb{E}[\text{tokens}]}{1+\gamma c}\end{gathered}",
    letters={
        r"\alpha": "The acceptance rate, here the same at every place.",
        r"\gamma": "Depth: how many guesses the chain has.",
        "c": "Time of a draft pass divided by the time of a target pass.",
    },
    panel=_panel,
    door=("rejections", "The same with measured pairs"),
    references=(5,),
)
