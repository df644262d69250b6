"""Numbers in a row that wraps where the window is narrow."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st


def metric_row(shown: Mapping[str, tuple[str, str]]) -> None:
    """One metric for each name: its value and the words of its hover."""
    with st.container(horizontal=True, gap="large"):
        for name, (value, text) in shown.items():
            st.metric(name, value, help=text, width="content")
