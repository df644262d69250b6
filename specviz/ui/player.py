"""The run player: text, transport, tree and inspector in one component that steps without the server."""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.figures.player.source import player_source


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Registered once for the server."""
    parts: dict[str, Any] = player_source()
    return st.components.v2.component("specviz_player", **parts)


def run_player(payload: dict[str, Any], key: str, live: bool = False) -> Any:
    """Draw a run; returns the component's state: `selected` = {iteration, node} after a visitor chose one.

    The payload may hold more than `player_payload` gives: `compact`, `view`, `autoplay` and `open`.
    """
    return _component()(
        key=key, data=payload | {"live": live}, height="content", on_selected_change=lambda: None, width="stretch"
    )
