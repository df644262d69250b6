"""The idea of speculative decoding in eight short steps on a toy model, each tied to the real controls."""

from __future__ import annotations

import streamlit as st

from specviz.records.files import TraceError
from specviz.ui.page import PageSpec
from specviz.ui.tour.frame import show
from specviz.ui.tour.pair import choose_toy
from specviz.ui.tour.steps import STEPS

PAGE = PageSpec("Tour", "Start", 2, "tour", ":material/school:")


def render() -> None:
    """The toy pair at the side, one step in the middle."""
    toy = choose_toy()
    try:
        show(STEPS, toy)
    except TraceError as error:
        st.error(f"{error} Make the recordings anew: `bash training/renew.sh`.", icon=":material/error:")


if __name__ == "__main__":  # the first visit of a new server may come straight to this page
    import app

    app.main()
