"""A chart with its table twin, and a table with its CSV button."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st


def table_with_csv(rows: pd.DataFrame | list[dict[str, Any]], name: str) -> None:
    """The rows as a table and as a file."""
    frame = pd.DataFrame(rows)
    st.dataframe(frame, hide_index=True, width="stretch", key=f"table-{name}")
    st.download_button("CSV", frame.to_csv(index=False).encode(), f"{name}.csv", "text/csv", key=f"csv-{name}")


def chart_with_table(figure: Any, rows: pd.DataFrame | list[dict[str, Any]], name: str, alt: str) -> None:
    """A Plotly figure that can be saved as SVG, and the same rows as a table."""
    config = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": name, "scale": 2}}
    st.plotly_chart(figure, key=f"chart-{name}", config=config, alt=alt, width="stretch")
    with st.expander("The same numbers as a table"):
        table_with_csv(rows, name)
