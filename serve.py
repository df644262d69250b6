"""SpecViz for others: `streamlit run serve.py` is app.py with its settings checked first, events told, and /metrics."""

from __future__ import annotations

import streamlit as st

from specviz.ui.server import ROUTES, check_settings, lifespan

check_settings()
app = st.App("app.py", lifespan=lifespan, routes=ROUTES)
