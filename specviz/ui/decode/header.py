"""What a reader of a run must know: its method's caveats and its figures with their definitions."""

from __future__ import annotations

import math

import streamlit as st

from specviz.engine.probe.auto import measured_rate
from specviz.figures.run.report import caveats
from specviz.metrics import run_numbers
from specviz.records import DecodeTrace
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row
from specviz.ui.words import plain


def show_caveats(trace: DecodeTrace) -> None:
    """Whether the run is exact and its drafter real; what was chosen for it, or why it broke off."""
    if trace.note:
        st.text(trace.note)  # a note may come from a file: plain text
    for sentence in caveats(trace):
        st.info(sentence, icon=":material/info:")


def run_strip(trace: DecodeTrace) -> None:
    """One strip of figures with their definitions, and how the run was made."""
    n, settings = run_numbers(trace), trace.settings
    metric_row(
        {
            "tokens per pass": (
                _shown(n.tau, ".2f"),
                f"{define('block efficiency')} Here {n.tokens} tokens / {n.passes} passes.",
            ),
            "accepted / drafted": (
                _shown(n.utilisation, ".0%"),
                f"{define('draft utilisation')} Here {n.accepted} of {n.drafted}.",
            ),
            "acceptance rate": (_shown(n.overlap, ".2f"), define("acceptance rate")),
            "target's entropy, nats": (_shown(n.mu, ".2f"), define("mu")),
            "time": (f"{n.seconds:.2f} s", f"Measured on {plain(trace.provenance.place)}."),
            "tokens per second": (
                _shown(measured_rate(trace.iterations), ".0f"),
                define("tokens per second"),
            ),
        }
    )
    st.caption(
        f"{plain(settings.drafter)} with {plain(settings.verifier)}, P = {settings.capacity}, depth {settings.depth}, "
        f"temperature {settings.temperature:g}, seed {settings.seed}; ended: {trace.stop_reason.replace('_', ' ')}."
    )


def _shown(value: float, style: str) -> str:
    """A dash where nothing was measured, such as the overlap with a drafter that has no model."""
    return format(value, style) if math.isfinite(value) else "\u2013"
