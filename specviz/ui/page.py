"""What a page says about itself, how it opens, and doors to other pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class PageSpec:
    """Title, navigation section, order within it, URL path and icon of one page."""

    title: str
    section: str
    order: int
    url: str
    icon: str
    default: bool = False


DOORS: dict[str, Any] = {}  # the frame puts every page of its navigation here, by its URL path


def open_page(title: str, shows: str, attempt: str) -> None:
    """The head of a page: its title, one sentence on what it shows and one on what to try."""
    st.title(title, anchor=False)
    st.markdown(f"{shows} *{attempt}*")


def door(url: str, label: str, icon: str | None = None, **query: Any) -> None:
    """A link to another page, with the settings it shall open with; greyed where the page does not stand alone."""
    if url not in DOORS:  # a page that was opened without its frame, as in a test of one panel
        st.caption(label)
        return
    given = {name: str(value) for name, value in query.items()}
    st.page_link(DOORS[url], label=label, icon=icon, query_params=given or None)
