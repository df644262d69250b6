"""How do shared exponential clocks make two models agree, and how often?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import streamlit as st

from specviz.figures.races import agreement_figure, frequency_figure, race_figure, rank_figure
from specviz.figures.simplex import triangle_figure
from specviz.race import CLOCK, exponentials, match_bounds, match_probability, rank_law
from specviz.records import Race
from specviz.theory import wilson
from specviz.ui.glossary import define
from specviz.ui.page import PageSpec
from specviz.ui.race_source import Laws, choose_laws
from specviz.ui.tables import chart_with_table

PAGE = PageSpec("Races", "Laboratory", 1, "races", ":material/timer:")
MOST = 20_000


def render() -> None:
    """A pair of laws, one race, many races, the map of agreement."""
    st.title("Two models race on the same clocks", anchor=False)
    st.markdown(
        "Every token gets one random **clock**. A model's **arrival time** for a token is clock / probability, and the "
        "first arrival is its choice: exactly a draw from its law. Draft and target share the clocks, so they often "
        "choose the same token. *Press New clocks and watch the rings; then run a thousand races.*"
    )
    laws = choose_laws()
    if laws is None:
        return
    seed, count = _controls(laws)
    clocks = _clocks(laws, seed, count)
    race = Race(np.arange(len(laws.target)), laws.draft, laws.target, clocks[-1])
    left, right = st.columns([3, 2])
    with left:
        _one_race(race, laws)
    with right:
        if len(laws.target) == 3:
            _map(laws, clocks)
        else:
            _ranks(laws)
    _many(laws, clocks)
    if len(laws.target) == 3:
        _ranks(laws)


def _controls(laws: Laws) -> tuple[int, int]:
    """Seed and number of races; both live in the link."""
    seed = st.session_state.setdefault("races_seed_value", 1)
    count = st.session_state.setdefault("races_count", 1)
    if st.session_state.get("races_of") != laws.key:  # other laws: the count starts again
        st.session_state["races_of"] = laws.key
        st.session_state["races_count"] = count = 1
    one, many, again, number = st.columns([1, 1, 1, 2], vertical_alignment="bottom")
    if one.button("New clocks", type="primary", width="stretch"):
        count = min(MOST, count + 1)
    if many.button("Run 1,000", width="stretch"):
        count = min(MOST, count + 1000)
    if again.button("Start again", width="stretch"):
        count, seed = 1, seed + 1
    st.session_state["races_count"], st.session_state["races_seed_value"] = count, seed
    number.caption(f"race {count:,} of at most {MOST:,}; seed {seed}")
    return seed, count


@st.cache_data(max_entries=32, show_spinner=False)
def _draws(size: int, seed: int, count: int) -> np.ndarray:
    return exponentials(seed, CLOCK, 0, np.arange(count * size)).reshape(count, size)


def _clocks(laws: Laws, seed: int, count: int) -> np.ndarray:
    """float64[count, V]; at most two million numbers are drawn at once."""
    size = len(laws.target)
    return _draws(size, seed, min(count, 2_000_000 // size))


def _one_race(race: Race, laws: Laws) -> None:
    drafted, won = (laws.names[int(i)] for i in (race.draft_winner, race.target_winner))
    if race.match:
        st.success(f"Match: both races are won by {drafted!r}. The guess is accepted.", icon=":material/check_circle:")
    else:
        st.warning(
            f"No match: the draft's race is won by {drafted!r}, the target's by {won!r}, which is emitted.",
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
    st.subheader("How often do they agree?", anchor=False, help=define("acceptance rate"))
    cells = st.columns(3)
    fraction = _fraction(laws)
    text = "Sum over tokens i of 1 / sum over j of max(p_j / p_i, q_j / q_i) [Daliri et al. 2024]."
    cells[0].metric("exact match probability", f"{exact:.6f}", help=text + (f" Here {fraction}." if fraction else ""))
    if fraction:
        cells[0].caption(f"= {fraction}")
    cells[1].metric(
        "frequency so far", f"{estimate.value:.4f}",
        help=f"{int(matches.sum()):,} of {len(matches):,}; 95 % interval {estimate.low:.4f} to {estimate.high:.4f}.",
    )  # fmt: skip
    bounds = match_bounds(laws.target, laws.draft)
    cells[2].metric("1 - TV", f"{bounds.upper:.4f}", help="The most that any coupling of one draft can agree.")
    rows = [
        {"what": "exact match probability", "value": exact},
        {"what": "frequency", "value": estimate.value},
        {"what": "interval, low", "value": estimate.low},
        {"what": "interval, high", "value": estimate.high},
        {"what": "upper bound 1 - TV", "value": bounds.upper},
        {"what": "lower bound (1 - TV) / (1 + TV)", "value": bounds.minhash},
        {"what": "lower bound, tightest", "value": bounds.lower},
    ]
    figure = agreement_figure(exact, bounds, estimate.value, estimate.low, estimate.high)
    chart_with_table(figure, rows, "agreement", alt="Match probability, its bounds and the measured frequency.")
    if len(matches) > 1:
        share = [{"races": i + 1, "matches": int(m)} for i, m in enumerate(np.cumsum(matches))]
        chart_with_table(
            frequency_figure(matches.tolist(), exact), share[:: max(1, len(share) // 500)], "frequency",
            alt="Share of races that agreed so far against the exact probability.",
        )  # fmt: skip


def _ranks(laws: Laws) -> None:
    st.markdown(
        "**If the draft may guess more than once:** chance that the target's token is the first, second, ... arrival "
        "of the draft's race. This is what the tau* tree is built from."
    )
    size = min(8, len(laws.target))
    law = rank_law(laws.target, laws.draft, size, repeats=False)
    rows = [{"rank": i + 1, "chance": float(x)} for i, x in enumerate(law)]
    chart_with_table(rank_figure(law.tolist()), rows, "ranks", alt="Chance of each rank of the target's token.")


def _fraction(laws: Laws) -> str:
    """The match probability as a fraction, when the laws are short decimals."""
    p, q = ([Fraction(float(x)).limit_denominator(1000) for x in law] for law in (laws.target, laws.draft))
    if sum(p) != 1 or sum(q) != 1 or min(*p, *q) <= 0 or not laws.toy:
        return ""
    value = sum(
        1 / sum(max(pj / pi, qj / qi) for pj, qj in zip(p, q, strict=True)) for pi, qi in zip(p, q, strict=True)
    )
    return f"{value.numerator}/{value.denominator}" if value.denominator < 10**6 else ""


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
