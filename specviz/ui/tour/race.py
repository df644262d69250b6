"""Step 6: shared clocks instead of coins."""

from __future__ import annotations

import streamlit as st

from specviz.figures.tour.race import small_race_figure
from specviz.race import match_bounds, match_probability
from specviz.theory import wilson
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row
from specviz.ui.tables import chart_with_table
from specviz.ui.tour.frame import Outcome, Step
from specviz.ui.tour.toy import SOUNDS, Toy, race

MOST = 2000
START = 7  # a seed whose first race is a match


def _panel(toy: Toy) -> Outcome:
    number, seed = _controls()
    now = race(toy, seed, number)
    drafted, won = SOUNDS[now.draft_winner], SOUNDS[now.target_winner]
    if now.match:
        st.markdown(f"Race {number:,}: **{won}** arrives first in both. The guess is accepted.")
    else:
        st.markdown(
            f"Race {number:,}: the draft guesses **{drafted}**, the target's own race says **{won}**, which counts."
        )
    rows = [
        {"sound": SOUNDS[i], "clock": now.clock[i], "draft q": now.draft_rate[i], "target p": now.target_rate[i],
         "arrival, draft": now.draft_arrival[i], "arrival, target": now.target_arrival[i]}
        for i in range(len(SOUNDS))
    ]  # fmt: skip
    chart_with_table(
        small_race_figure(now, SOUNDS), rows, "tour-race",
        alt="Arrival of each sound under draft and target on the same clocks; the first of each side is ringed.",
    )  # fmt: skip
    share = wilson(_matches(toy.target, toy.draft, seed, number), number)
    exact, bounds = match_probability(toy.p, toy.q), match_bounds(toy.p, toy.q)
    metric_row(
        {
            "same winner, exactly": (
                f"{exact:.3f}",
                "Sum over sounds i of 1 / sum over j of max(p_j / p_i, q_j / q_i).",
            ),
            "so far": (f"{share.value:.3f}", f"{number:,} races; 95 % interval {share.low:.3f} to {share.high:.3f}."),
            "1 - TV, by coins": (
                f"{bounds.upper:.3f}",
                "The acceptance rate of step 2: no rule does better.",
            ),
        }
    )
    st.caption(
        f"Races so far: {number:,}; same winner in {share.value:.1%} (95 % interval {share.low:.1%} to "
        f"{share.high:.1%}). Sharing clocks loses a little against coins, but no draft probability is ever read."
    )
    return Outcome(
        not now.match and number > 1,
        "Both models choose the same sound in this race." if now.match else "Race 1 is given; press New clocks.",
        f"In race {number:,} the draft said {drafted}, the target {won}: the target's choice counts, and it would have "
        "been the same with any other draft, or with none.",
        {"races_from": "a toy pair", "races_part": "One race"},
    )  # fmt: skip


def _controls() -> tuple[int, int]:
    """Number of the race and seed of the clocks; both live in the link."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button("New clocks", key="tour_clocks", on_click=_more, args=(1,))
        st.button("Run 100", key="tour_races", on_click=_more, args=(100,))
        number = st.number_input("Race", 1, MOST, 1, key="tour_race", bind="query-params", width=120,
                                 help=f"Races run so far, at most {MOST:,}.")  # fmt: skip
        seed = st.number_input("Seed", 1, 9999, START, key="tour_race_seed", bind="query-params", width=120,
                               help=define("seed"))  # fmt: skip
    return int(number), int(seed)


def _more(races: int) -> None:
    st.session_state["tour_race"] = min(MOST, int(st.session_state.get("tour_race", 1)) + races)


@st.cache_data(max_entries=64, show_spinner=False)
def _matches(target: tuple[float, ...], draft: tuple[float, ...], seed: int, count: int) -> int:
    toy = Toy(target, draft)
    return sum(race(toy, seed, number).match for number in range(1, count + 1))


STEP = Step(
    name="Race",
    title="One race instead of coins",
    shows="Both models race on the same clocks, and often the same sound arrives first.",
    task="Press New clocks until the two models choose different sounds.",
    words=(
        "There is another way to be exact. Give every sound one random **clock**, the same for both models. A sound "
        "**arrives** at clock / probability, and the first arrival is exactly a draw from that law.\n\nThe draft races "
        "with q and guesses its winner. The target races with p, and *its* winner is the output. No coin and no "
        "replacement: the tune depends on the clocks and the target alone."
    ),
    formula=r"\begin{gathered}x=\arg\min_i\frac{E_i}{q_i},\quad y=\arg\min_i\frac{E_i}{p_i}\\"
    r"\Pr[x=y]\ge\frac{\alpha}{2-\alpha}\end{gathered}",
    letters={
        "E_i": "Clock of sound i: exponential with mean 1, the same for both models.",
        "p_i, q_i": "Probability of sound i under target and draft.",
        "x, y": "The draft's guess and the target's output: the first arrivals.",
        r"\alpha": "The acceptance rate of step 2, 1 - TV.",
    },
    panel=_panel,
    door=("races", "The laboratory of races"),
    references=(2, 12),
)
