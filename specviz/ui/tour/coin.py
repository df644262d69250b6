"""Step 3: a coin keeps the guess or the residual law replaces it, and the law that comes out is the target's."""

from __future__ import annotations

import numpy as np
import streamlit as st

from specviz.figures.tour.laws import coin_figure, counts_figure
from specviz.theory import wilson
from specviz.ui.glossary import define
from specviz.ui.tables import chart_with_table
from specviz.ui.tour.frame import Outcome, Step
from specviz.ui.tour.toy import SOUNDS, OneDraw, Toy, draws, residual

GOAL, MOST = 200, 2000
START = 4  # a seed whose first guess is replaced


def _panel(toy: Toy) -> Outcome:
    count, seed = _controls()
    found = _draws(toy.target, toy.draft, seed, count)
    _last(toy, found[-1], count)
    counted = np.bincount([one.put_out for one in found], minlength=len(SOUNDS)).tolist()
    shares = [wilson(times, count) for times in counted]
    rows = [
        {"sound": sound, "came out": times, "share": s.value, "low": s.low, "high": s.high, "target p": p, "draft q": q}
        for sound, times, s, p, q in zip(SOUNDS, counted, shares, toy.target, toy.draft, strict=True)
    ]
    chart_with_table(
        counts_figure(SOUNDS, shares, toy.target, toy.draft), rows, "tour-counts",
        alt="Share of each sound that came out so far, with 95 percent intervals, against both laws.",
    )  # fmt: skip
    inside = sum(s.low <= p <= s.high for s, p in zip(shares, toy.target, strict=True))
    kept = wilson(sum(one.kept for one in found), count)
    st.caption(
        f"Draws so far: {count:,}; kept {kept.value:.3f} of the guesses (95 % interval {kept.low:.3f} to "
        f"{kept.high:.3f}; exactly {toy.agreement:.3f}). The target's law lies inside {inside} of {len(SOUNDS)} "
        "intervals; one in twenty misses by chance."
    )
    return Outcome(
        count >= GOAL,
        f"{count:,} of {GOAL} draws. With so few, the intervals are wide and hide which law the counts follow.",
        f"After {count:,} draws the counts stand at the target's law (blue), not at the draft's (dotted), though every "
        "guess was the draft's. This holds for any draft; a bad one only gets more replacements.",
        {"rejections_part": "The sum"},
    )


def _controls() -> tuple[int, int]:
    """How many draws, and of which coins; both live in the link."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for more in (1, 10, 100):
            st.button(f"Draw {more}", key=f"tour_draw_{more}", on_click=_more, args=(more,))
        st.button("Other coins", key="tour_coins", on_click=_other, help="A new seed, and the count starts again.")
        count = st.number_input("Draws", 1, MOST, 1, key="tour_draws", bind="query-params", width=120,
                                help=f"Draws so far, at most {MOST:,}.")  # fmt: skip
        seed = st.number_input("Seed", 1, 9999, START, key="tour_coin_seed", bind="query-params", width=120,
                               help=define("seed"))  # fmt: skip
    return int(count), int(seed)


def _more(draws_more: int) -> None:
    st.session_state["tour_draws"] = min(MOST, int(st.session_state.get("tour_draws", 1)) + draws_more)


def _other() -> None:
    st.session_state["tour_draws"] = 1
    st.session_state["tour_coin_seed"] = int(st.session_state.get("tour_coin_seed", START)) % 9999 + 1


@st.cache_data(max_entries=64, show_spinner=False)
def _draws(target: tuple[float, ...], draft: tuple[float, ...], seed: int, count: int) -> list[OneDraw]:
    return draws(Toy(target, draft), seed, count)


def _last(toy: Toy, one: OneDraw, count: int) -> None:
    """The latest draw, coin and all."""
    guess, out = SOUNDS[one.guess], SOUNDS[one.put_out]
    p, q = toy.target[one.guess], toy.draft[one.guess]
    most = ", for no chance exceeds 1" if p > q else ""
    what = (
        f"Draw {count:,}: the draft guesses **{guess}**. Chance p / q = {p:.2f} / {q:.2f}, so {one.chance:.3f}{most}. "
    )
    if one.kept:
        fate = f"The coin {one.u:.3f} falls below it: **{guess}** is kept."
    else:
        left = ", ".join(f"{s} {r:.2f}" for s, r in zip(SOUNDS, residual(toy), strict=True) if r > 0)
        fate = f"The coin {one.u:.3f} does not: the residual law ({left}) gives **{out}** instead."
    st.markdown(what + fate)
    config = {"displayModeBar": False}
    alt = f"The coin at {one.u:.2f} against the chance {one.chance:.2f} of keeping the guess."
    st.plotly_chart(coin_figure(one.chance, one.u), key="chart-tour-coin", config=config, alt=alt, width="stretch")


STEP = Step(
    name="Coin",
    title="Accept or replace",
    shows="Every sound that comes out follows the target's law exactly, although the draft made the guess.",
    task="Draw 200 times and compare the counts with both laws.",
    words=(
        "The draft draws a guess x. A coin keeps it with chance p(x) / q(x), or surely where that is above 1: what the "
        "draft says too often is thinned out.\n\nIf the guess falls, a replacement is drawn from the **residual law**, "
        "what the target has beyond the draft. Kept and replaced sounds together follow p exactly: nothing is lost, "
        "whatever the draft. Few draws scatter; the intervals say how much."
    ),
    formula=r"\begin{gathered}\Pr[x\text{ kept}]=\min\left(1,\tfrac{p(x)}{q(x)}\right)\\"
    r"r(x)=\frac{\max\bigl(p(x)-q(x),0\bigr)}{1-\alpha}\end{gathered}",
    letters={
        "x": "The guess, drawn from the draft's law.",
        "p": "The target's law.",
        "q": "The draft's law.",
        "r": "The residual law, from which a replacement is drawn.",
        r"\alpha": "The acceptance rate of step 2; 1 - alpha makes r sum to 1.",
    },
    panel=_panel,
    door=("rejections", "Rejections counted on real texts"),
    references=(5, 6),
)
