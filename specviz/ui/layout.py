"""Pictures and numbers side by side, which wrap where the window is narrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

# Streamlit stacks columns under 640 pixels of window only; with the sidebar open a chart needs more room than that.
STYLE = (
    "<style>.st-key-{key} > * > [data-testid=stHorizontalBlock] > [data-testid=stColumn]"
    "{{min-width: min(27rem, 100%)}}</style>"
)


def two_pictures(name: str) -> list[Any]:
    """Two columns, one below the other where the window is narrow."""
    key = f"pictures-{name}"
    st.html(STYLE.format(key=key))
    with st.container(key=key):
        return list(st.columns(2))


def metric_row(shown: Mapping[str, tuple[str, str]]) -> None:
    """One metric for each name: its value and the words of its hover."""
    with st.container(horizontal=True, gap="large"):
        for name, (value, text) in shown.items():
            st.metric(name, value, help=text, width="content")
