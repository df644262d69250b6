"""Whether texts that must be equal are, and how much work the sweep shared."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from specviz.drafting import make_drafter
from specviz.engine.sweep.texts import text_kind
from specviz.figures.labels import visible
from specviz.figures.sweep.shared import shared_figure
from specviz.metrics.sweep import equal_texts, shared_work
from specviz.ui.glossary import define
from specviz.ui.sweep.reading import Reading
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.verification import make_verifier


def equal_panel(reading: Reading) -> None:
    """The share of prompts whose text is the same at every P, by digest."""
    groups = text_groups(reading)
    st.markdown(_why(reading, bool(groups)))
    table = equal_texts(reading.runs, groups)
    if not table["texts"].sum():
        st.info("Every text was written at one P only; with two or more of them it can be compared with itself.")
        return
    _say(table[table["group"] != ""].drop_duplicates("group", keep="last"))
    shown = table.assign(
        method=table["method"].map(visible), share=(100 * table["share"]).round(1),
        group=table["group"].replace("", "\u2013"),
    ).drop(columns="together")  # fmt: skip
    titles = {"share": "share, %", "group": "must write one text", "alone": "runs alone", "checked": "checked texts"}
    table_with_csv(shown.rename(columns=titles), "sweep-equal")
    st.caption(f"{define('equal text')} {define('checked text')}")


def _say(judged: pd.DataFrame) -> None:
    """What the texts that must be equal say. judged: one row for each group of them."""
    texts, equal, checked = (int(judged[name].sum()) for name in ("texts", "equal", "checked"))
    if not texts:
        return
    words = f"{equal:,} of {texts:,} texts that must be equal are equal, token for token"
    if equal < texts:
        st.warning(f"{words}.", icon=":material/difference:")
    elif checked:
        st.success(f"{words}; {checked:,} of them were written by two runs or more.", icon=":material/check:")
    else:
        st.info(
            f"{words}, but by how they were made: this sweep let one run write each text and held the other trees "
            "against it. *Time every run by itself* at the side writes every text anew.",
            icon=":material/info:",
        )


def text_groups(reading: Reading) -> dict[str, str]:
    """For methods whose text must not depend on their trees: which of them must write one text."""
    settings, found = reading.sweep.plan.settings, {}
    for (drafter, verifier, drafts), name in reading.names.items():
        try:
            make_drafter(drafter)
            rule = make_verifier(verifier)
        except ValueError:  # a method of another version, or of somebody's own
            continue
        kind = text_kind(replace(settings, drafts=drafts), rule)
        if settings.temperature == 0 and rule.lossless:
            found[name] = "temperature 0"
        elif kind is not None:
            found[name] = f"shared clocks, {kind[1]} fields" if kind[1] > 1 else "shared clocks"
    return found


def shared_panel(reading: Reading) -> None:
    """Passes made beside passes needed."""
    table = shared_work(reading.sweep, reading.names)
    made, needed = (int(table[name].sum()) for name in ("target passes", "needed"))
    grown, trees = (int(table[name].sum()) for name in ("trees", "trees needed"))
    st.markdown(
        f"**{made:,} target passes** were made for results that take {needed:,} in runs of their own"
        f"{_saved(made, needed)}, and {grown:,} draft trees for {trees:,}{_saved(grown, trees)}. Each prompt was read "
        "once for all its runs."
    )
    chart_with_table(
        shared_figure(table), table.assign(method=table["method"].map(visible)), "sweep-shared",
        alt="Target passes made for each method beside those that separate runs would have made.",
    )  # fmt: skip
    st.caption(define("shared work"))


def _why(reading: Reading, bound: bool) -> str:
    if reading.sweep.plan.settings.temperature == 0:
        return "At temperature 0 nothing is random: every lossless method must write the target's own text at every P."
    if not bound:
        return (
            "None of these methods must write the same text at every P: each draws its own coins, and only the *law* "
            "of its texts is the target's. Methods that share the target's clocks must."
        )
    return (
        "Methods that share the target's clocks must write one text, whatever tree is drafted and however large it is; "
        "the others draw their own coins, and only the *law* of their texts is the target's."
    )


def _saved(made: int, needed: int) -> str:
    return f" ({1 - made / needed:.0%} saved)" if needed > made else ""
