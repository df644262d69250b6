"""How unequally methods serve prompts, which prompts gain least, and doors to look at one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from specviz.figures.labels import visible
from specviz.figures.sweep.disparity import disparity_figure
from specviz.metrics.sweep import Measure, by_prompt, disparity, estimates, gaining_least
from specviz.records.sweep_plan import SweepCell
from specviz.ui.controls import OWN, offered_pairs
from specviz.ui.glossary import define
from specviz.ui.page import DOORS, door
from specviz.ui.probe.source import OWN as OWN_TEXT
from specviz.ui.sweep.controls import text_of
from specviz.ui.sweep.reading import Reading, at_capacity, choose_measure
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.ui.traces.link import settings_query
from specviz.ui.words import plain

LEAST = 10
EVERY = "all methods together"


def disparity_panel(reading: Reading) -> None:
    """The picture, the table, and the prompts that gain least."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        runs, measure = at_capacity(reading), choose_measure(reading)
    spread = disparity(runs, measure)
    if spread.empty:
        st.info(f"No run at this P has {measure.name}; choose another P or number.")
        return
    st.markdown(_sentence(spread, measure.name))
    each, kinds = by_prompt(runs, measure), estimates(runs, ["method", "kind"], measure)
    shown = spread.assign(**{name: spread[name].map(visible) for name in ("method", "worst kind", "best kind")})
    chart_with_table(
        disparity_figure(each, kinds, spread, reading.styles, measure.unit), shown.round(4), "sweep-disparity",
        alt=f"{measure.name} of every prompt and kind under each method, with the range between kinds.",
    )  # fmt: skip
    passes = int(runs.groupby(["method", "prompt"], observed=True)["passes"].sum().median())
    st.caption(
        "Upper row: kinds, and the bar from the worst to the best; lower row: prompts; line: all together. "
        f"{define('worst tenth')} A prompt's number rests on a median of {passes} target passes, so a "
        "part of the spread between prompts is chance; more tokens or seeds make that part smaller."
    )  # fmt: skip
    _least(reading, runs, measure)


def _sentence(spread: pd.DataFrame, name: str) -> str:
    even, uneven = (spread.loc[place] for place in (spread["ratio"].idxmin(), spread["ratio"].idxmax()))
    words = (
        f"**{plain(visible(uneven['method']))}** is the least even: its best prompt has {uneven['ratio']:.1f} times "
        f"the {name} of its worst, and “{plain(visible(uneven['best kind']))}” is {uneven['kinds apart']:.2f} above "
        f"“{plain(visible(uneven['worst kind']))}”."
    )
    if len(spread) == 1:
        return words.replace(" is the least even:", ":")
    return f"{words} The most even is **{plain(visible(even['method']))}** ({even['ratio']:.1f} times)."


def _least(reading: Reading, runs: pd.DataFrame, measure: Measure) -> None:
    """The prompts with the least of the measure, and doors for one of them."""
    st.subheader("Which prompts gain least", anchor=False)
    names = [EVERY, *(name for name in reading.names.values() if name in set(runs["method"]))]
    if st.session_state.get("sweep_least_of", EVERY) not in names:
        del st.session_state["sweep_least_of"]
    name = st.selectbox(
        "Under", names, key="sweep_least_of", bind="query-params", format_func=visible, width=420,
        help=define("gaining least"),
    )  # fmt: skip
    own = runs if name == EVERY else runs[runs["method"] == name]
    rows = gaining_least(own, measure).head(LEAST).to_dict("records")
    table_with_csv(
        [{"prompt": visible(row["name"]), "kind": visible(row["kind"]), measure.name: round(row["value"], 3),
          "passes": row["passes"], "runs": row["runs"],
          "begins with": visible(reading.sweep.plan.prompts[row["prompt"]].opening)} for row in rows],
        "sweep-least",
    )  # fmt: skip
    _doors(reading, own, {row["prompt"]: f"{row['name']} ({row['kind']})" for row in rows})


def _doors(reading: Reading, runs: pd.DataFrame, prompts: Mapping[int, str]) -> None:
    """Decode this prompt with this method, or read it with both models."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.selectbox(
            "Look at prompt",
            list(prompts),
            format_func=lambda one: visible(prompts[one]),
            key="sweep_prompt",
            width=300,
        )
        told = reading.sweep.plan.prompts[place]
        text = text_of(told.digest)
        if text is None:
            st.caption("Results keep no texts: open the file of prompts at the side, and this prompt can be decoded.")
            return
        query = _query(reading, runs[runs["prompt"] == place].iloc[0], text)
        if isinstance(query, str):
            st.caption(f"It cannot be opened in Decode: {query}.")
        elif query["prompt"] == OWN:
            _button("decode", "Decode it", {"own_prompt": text}, query)
        else:
            door("decode", "Decode it", ":material/account_tree:", **query)
        pairs = {pair: label for label, pair in offered_pairs().items()}
        settings = reading.sweep.plan.settings
        pair = pairs.get((settings.target, settings.draft))
        _button("probe", "Read it with both models", {"probe_text": text},
                {"probe_part": "One text", "probe_source": OWN_TEXT} | ({"pair": pair} if pair else {}))  # fmt: skip


def _query(reading: Reading, row: Any, text: str) -> dict[str, Any] | str:
    """Values for the Decode page's link, or why it has none."""
    drafter, verifier, drafts = reading.key_of(row["method"])
    settings = reading.sweep.plan.settings_of(SweepCell(drafter, verifier, int(row["P"]), drafts), int(row["seed"]))
    try:
        return settings_query(settings, text, OWN)
    except ValueError as error:
        return str(error)


def _button(url: str, label: str, state: Mapping[str, str], query: Mapping[str, Any]) -> None:
    """A door that carries a text, which no link does."""
    if st.button(label, key=f"sweep_to_{url}", disabled=url not in DOORS):
        st.session_state.update(state)
        st.switch_page(DOORS[url], query_params={name: str(value) for name, value in query.items()})
