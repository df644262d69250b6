"""A chart with its table twin and its files, and a table with its CSV button; files are made when asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from specviz.records.export import safe_cell

PICTURE = Path(__file__).resolve().parents[2] / "assets" / "picture"


def table_with_csv(rows: pd.DataFrame | list[dict[str, Any]], name: str) -> None:
    """The rows as a table and as a file."""
    frame = pd.DataFrame(rows)
    st.dataframe(frame, hide_index=True, width="stretch", key=f"table-{name}")
    csv_button(frame, name)


def chart_with_table(figure: Any, rows: pd.DataFrame | list[dict[str, Any]], name: str, alt: str) -> None:
    """A Plotly figure, the same rows as a table, and both as files: CSV, SVG, PNG, and a page that keeps the hover."""
    config = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": name, "scale": 2}}
    st.plotly_chart(figure, key=f"chart-{name}", config=config, alt=alt, width="stretch")
    with st.expander("The same numbers as a table, and files"):
        frame = pd.DataFrame(rows)
        st.dataframe(frame, hide_index=True, width="stretch", key=f"table-{name}")
        with st.container(horizontal=True, vertical_alignment="center"):
            csv_button(frame, name)
            _picture()(key=f"picture-{name}", data={"chart": _class_of(f"chart-{name}")}, width="content")
            st.download_button(
                "HTML", lambda: figure.to_html(include_plotlyjs=True, config=config), f"{name}.html", "text/html",
                key=f"html-{name}", on_click="ignore",
                help="The chart as a page of its own, with its hover and zoom; 5 MB, works without a network.",
            )  # fmt: skip


def csv_button(frame: pd.DataFrame, name: str) -> None:
    """The rows as a file that is safe to open in a spreadsheet."""
    st.download_button("CSV", lambda: safe_csv(frame), f"{name}.csv", "text/csv", key=f"csv-{name}", on_click="ignore")


def safe_csv(frame: pd.DataFrame) -> bytes:
    """CSV in which no text can be taken for a formula, and no control character hides."""
    safe = frame.map(lambda value: safe_cell(value) if isinstance(value, str) else value)
    safe.columns = [safe_cell(str(column)) for column in frame.columns]
    return safe.to_csv(index=False).encode("utf-8")


@st.cache_resource(show_spinner=False)
def _picture() -> Any:
    """The buttons SVG and PNG, registered once for the server."""
    parts: dict[str, Any] = {
        kind: (PICTURE / f"picture.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
    }
    return st.components.v2.component("specviz_picture", **parts)


def _class_of(key: str) -> str:
    """The class that Streamlit gives to an element with this key."""
    return f"st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key.strip())}"
