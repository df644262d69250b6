"""The workshop of this server, shared by all its visitors."""

from __future__ import annotations

import streamlit as st

from specviz.engine.jobs import RunJob, Stage, StudyJob, Workshop

__all__ = ["RunJob", "Stage", "StudyJob", "workshop"]


@st.cache_resource(show_spinner=False)
def workshop() -> Workshop:
    """One for the whole server."""
    return Workshop()
