"""The coloured text: one component in which the arrow keys, a pointer and a click choose a token."""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.ui.library import ASSETS

FOLDER = ASSETS / "heat"


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Registered once for the server."""
    parts: dict[str, Any] = {
        kind: (FOLDER / f"heat.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
    }
    return st.components.v2.component("specviz_heat", **parts)


def heat_text(payload: dict[str, Any], key: str) -> None:
    """Draw a text; what is chosen in it stays in the browser."""
    _component()(key=key, data=payload, height="content", width="stretch")
