"""What every laboratory has in common: claim, formula with its letters, presets, what to try, assumptions, sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from specviz.records.files import TraceError
from specviz.theory import REFERENCES


@dataclass(frozen=True)
class Lab:
    """The frame of one laboratory.

    claim: two sentences.  formula: KaTeX.  letters: meaning of each letter of the formula, by its KaTeX.
    attempts: what to try.  assumptions: what must hold.  references: numbers of papers, the main one first.
    """

    title: str
    claim: str
    formula: str
    letters: Mapping[str, str]
    attempts: tuple[str, ...]
    assumptions: tuple[str, ...]
    references: tuple[int, ...]


def open_lab(lab: Lab) -> None:
    """Title, claim, the first thing to try, and the formula with a hover on each of its letters."""
    st.title(lab.title, anchor=False)
    st.markdown(lab.claim)
    st.markdown(f":material/touch_app: {lab.attempts[0]}")
    st.latex(lab.formula)
    with st.container(horizontal=True, gap="small", horizontal_alignment="center"):
        st.caption("What each letter means:", width="content")
        for letter, meaning in lab.letters.items():
            st.markdown(f"${letter}$", help=meaning, width="content")


def close_lab(lab: Lab) -> None:
    """What to try, what is assumed, where it comes from."""
    st.divider()
    left, right = st.columns(2)
    with left:
        st.markdown("**What to try**")
        st.markdown("\n".join(f"{number}. {text}" for number, text in enumerate(lab.attempts, start=1)))
    with right:
        st.markdown("**What is assumed**")
        st.markdown("\n".join(f"- {text}" for text in lab.assumptions))
        sources = "; ".join(_source(number) for number in lab.references)
        st.caption(f"Sources: {sources}. The settings and their values are in this page's link.")


def sections(page: str, panels: Mapping[str, Callable[[], None]]) -> None:
    """One tab for each panel; the open one is in the link, and only it is drawn."""
    tabs = st.tabs(list(panels), key=f"{page}_part", on_change="rerun", bind="query-params")
    for tab, panel in zip(tabs, panels.values(), strict=True):
        if tab.open:
            with tab:
                try:
                    panel()
                except TraceError as error:
                    st.error(f"{error} Make the recordings anew: `bash training/renew.sh`.", icon=":material/error:")


def presets(page: str, choices: Mapping[str, Mapping[str, Any]]) -> None:
    """A row of buttons; each sets the named controls before the page is drawn again."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Surprising cases:", width="content")
        for place, (name, values) in enumerate(choices.items()):
            st.button(name, key=f"{page}_preset_{place}", on_click=_setter(values))


def _setter(values: Mapping[str, Any]) -> Callable[[], None]:
    def put() -> None:
        for key, value in values.items():
            if key not in st.session_state:  # a control that comes onto the page with this does not write the link
                st.query_params[key] = _in_link(value)
            st.session_state[key] = value

    return put


def _in_link(value: Any) -> str | list[str]:
    """A value as the controls write it into the link."""
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _source(number: int) -> str:
    paper = REFERENCES[number]
    name = f"{paper.authors}, {paper.title}, {paper.year}"
    return f"[{name}]({paper.url})" if paper.url else name
