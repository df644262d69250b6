"""Two pictures side by side, or one below the other where the window is narrow."""

from __future__ import annotations

from typing import Any

import streamlit as st

# Streamlit stacks columns under 640 pixels of window only; with the sidebar open a chart needs more room than that.
STYLE = (
    "<style>.st-key-{key} > * > [data-testid=stHorizontalBlock] > [data-testid=stColumn]"
    "{{min-width: min(27rem, 100%)}}</style>"
)


def two_pictures(name: str) -> list[Any]:
    """Two columns that wrap."""
    key = f"pictures-{name}"
    st.html(STYLE.format(key=key))
    with st.container(key=key):
        return list(st.columns(2))
