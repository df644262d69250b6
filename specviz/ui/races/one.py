"""One race on shared clocks, the map of agreement, and how often the two winners agree."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import streamlit as st

from specviz.figures.races.one import agreement_figure, frequency_figure, race_figure
from specviz.figures.transport.simplex import triangle_figure
from specviz.race import CLOCK, exponentials, match_bounds, match_probability
from specviz.records import Race
from specviz.theory import wilson
from specviz.ui.glossary import define
from specviz.ui.laws_source import Laws
from specviz.ui.layout import metric_row, two_pictures
from specviz.ui.tables import chart_with_table
from specviz.ui.words import plain

MOST = 20_000
CLOCKS = 2_000_000  # numbers that are drawn at once


def one_race_panel(laws: Laws) -> None:
    """The race now beside the map of three letters, and the frequency of a match below."""
    seed, count = _controls(laws)
    clocks = _clocks(laws, seed, count)
    race = Race(np.arange(len(laws.target)), laws.draft, laws.target, clocks[-1])
    left, right = two_pictures("races-one")
    with left:
        _one_race(race, laws)
    if len(laws.target) == 3:
        with right:
            _map(laws, clocks)
        _many(laws, clocks)
    else:
        with right:
            _many(laws, clocks)


def _controls(laws: Laws) -> tuple[int, int]:
    """Seed and number of races; both live in the link."""
    if st.session_state.setdefault("races_of", laws.key) != laws.key:  # other laws: the count starts again
        st.session_state["races_of"] = laws.key
        st.session_state["races_n"] = 1
    most = min(MOST, CLOCKS // len(laws.target))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button("New clocks", type="primary", key="races_one", on_click=_more, args=(1, most))
        st.button("Run 1,000", key="races_many", on_click=_more, args=(1000, most))
        st.button("Start again", key="races_again", on_click=_start_again)
        count = st.number_input("Race", 1, MOST, 1, key="races_n", bind="query-params", width=130,
                                help=f"Races run so far, at most {most:,} here.")  # fmt: skip
        chosen_seed = st.number_input("Seed", 1, 9999, 1, key="races_seed", bind="query-params", width=130,
                                      help=define("seed"))  # fmt: skip
    return int(chosen_seed), min(int(count), most)


def _more(races: int, most: int) -> None:
    st.session_state["races_n"] = min(most, int(st.session_state.get("races_n", 1)) + races)


def _start_again() -> None:
    st.session_state["races_n"] = 1
    st.session_state["races_seed"] = int(st.session_state.get("races_seed", 1)) % 9999 + 1


@st.cache_data(max_entries=32, show_spinner=False)
def _draws(size: int, seed: int, count: int) -> np.ndarray:
    return exponentials(seed, CLOCK, 0, np.arange(count * size)).reshape(count, size)


def _clocks(laws: Laws, seed: int, count: int) -> np.ndarray:
    """float64[count, V]."""
    return _draws(len(laws.target), seed, count)


def _one_race(race: Race, laws: Laws) -> None:
    drafted, won = (plain(repr(laws.names[int(i)])) for i in (race.draft_winner, race.target_winner))
    if race.match:
        st.success(f"Match: both races are won by {drafted}. The guess is accepted.", icon=":material/check_circle:")
    else:
        st.warning(
            f"No match: the draft's race is won by {drafted}, the target's by {won}, which is emitted.",
            icon=":material/close:",
        )
    rows = [
        {
            "token": laws.names[i],
            "clock": race.clock[i],
            "draft probability": race.draft_rate[i],
            "target probability": race.target_rate[i],
            "arrival, draft": race.draft_arrival[i],
            "arrival, target": race.target_arrival[i],
        }
        for i in range(len(laws.names))
    ]
    alt = "Arrival times of each candidate token under draft and target on the same clocks; the first are ringed."
    chart_with_table(race_figure(race, laws.names), rows, "race", alt=alt)


def _map(laws: Laws, clocks: np.ndarray) -> None:
    """Areas of the triangle are exact probabilities."""
    st.markdown(
        "**The agreement map.** Divide three clocks by their sum: the point is uniform on this triangle. "
        "Colour: both races have the same winner; grey: they differ. *The coloured area is the match probability.*"
    )
    p, q = ([Fraction(float(x)).limit_denominator(10_000) for x in law] for law in (laws.target, laws.draft))
    figure = triangle_figure(p, q, laws.names, clocks[-400:])
    st.plotly_chart(
        figure, key="races-map", width="stretch", config={"displayModeBar": False},
        alt="Triangle of normalised clocks, coloured where both races have the same winner.",
    )  # fmt: skip


def _many(laws: Laws, clocks: np.ndarray) -> None:
    """Exact probability, bounds and the running frequency."""
    with np.errstate(divide="ignore"):
        matches = (clocks / laws.draft).argmin(1) == (clocks / laws.target).argmin(1)
    exact = match_probability(laws.target, laws.draft)
    estimate = wilson(int(matches.sum()), len(matches))
    st.header("How often do they agree?", anchor=False, help=define("acceptance rate"))
    fraction, bounds = _fraction(laws), match_bounds(laws.target, laws.draft)
    metric_row(
        {
            "exact match probability": (
                f"{exact:.6f}", "Sum over tokens i of 1 / sum over j of max(p_j / p_i, q_j / q_i) [2], [12]."
            ),
            "frequency so far": (
                f"{estimate.value:.4f}",
                f"{int(matches.sum()):,} of {len(matches):,}; 95 % interval {estimate.low:.4f} to {estimate.high:.4f}.",
            ),
            "1 - TV": (f"{bounds.upper:.4f}", "The most that any coupling of one draft can agree."),
        }
    )  # fmt: skip
    if fraction:
        st.caption(f"The exact match probability is {fraction}.")
    rows = [
        {"what": "exact match probability", "value": exact},
        {"what": "frequency", "value": estimate.value},
        {"what": "interval, low", "value": estimate.low},
        {"what": "interval, high", "value": estimate.high},
        {"what": "upper bound 1 - TV", "value": bounds.upper},
        {"what": "lower bound (1 - TV) / (1 + TV)", "value": bounds.minhash},
        {"what": "lower bound of shared darts", "value": bounds.darts},
        {"what": "lower bound sum of p q / (p + q)", "value": bounds.poisson},
        {"what": "lower bound, tightest one", "value": bounds.tight},
    ]
    figure = agreement_figure(exact, bounds, estimate.value, estimate.low, estimate.high)
    chart_with_table(figure, rows, "agreement", alt="Match probability, its bounds and the measured frequency.")
    if len(matches) > 1:
        share = [{"races": i + 1, "matches": int(m)} for i, m in enumerate(np.cumsum(matches))]
        chart_with_table(
            frequency_figure(matches.tolist(), exact), share[:: max(1, len(share) // 500)], "frequency",
            alt="Share of races that agreed so far against the exact probability.",
        )  # fmt: skip


def _fraction(laws: Laws) -> str:
    """The match probability as a fraction, when the laws are short decimals."""
    p, q = ([Fraction(float(x)).limit_denominator(1000) for x in law] for law in (laws.target, laws.draft))
    if sum(p) != 1 or sum(q) != 1 or min(*p, *q) <= 0 or not laws.toy:
        return ""
    tokens = range(len(p))
    value = sum((1 / sum((max(p[j] / p[i], q[j] / q[i]) for j in tokens), Fraction(0)) for i in tokens), Fraction(0))
    return f"{value.numerator}/{value.denominator}" if value.denominator < 10**6 else ""
