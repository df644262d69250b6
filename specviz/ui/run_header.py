"""What a reader of a run must know: its method's caveats and its figures with their definitions."""

from __future__ import annotations

import math

import streamlit as st

from specviz.drafting import make_drafter
from specviz.metrics import run_numbers
from specviz.records import DecodeTrace
from specviz.ui.glossary import define
from specviz.ui.layout import metric_row
from specviz.verification import make_verifier


def caveats(trace: DecodeTrace) -> None:
    """Whether the run is exact and its drafter real; the names in a file need not be ours."""
    try:
        drafter, verifier = make_drafter(trace.settings.drafter), make_verifier(trace.settings.verifier)
    except ValueError:
        st.info("This run was made with a method that is not known here; it is shown as it was recorded.")
        return
    if not verifier.lossless:
        st.warning("This run's verifier is not lossless: the text does not follow the target's law.")
    if not drafter.real:
        st.info("This run's drafter is a yardstick, not a method: it asks the target for every guess.")


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
            "entropy, nats": (_shown(n.mu, ".2f"), define("mu")),
            "time": (f"{n.seconds:.2f} s", f"Measured on {trace.provenance.device}, {trace.provenance.dtype}."),
        }
    )
    st.caption(
        f"{settings.drafter} with {settings.verifier}, P = {settings.capacity}, depth {settings.depth}, "
        f"temperature {settings.temperature:g}, seed {settings.seed}; ended: {trace.stop_reason.replace('_', ' ')}."
    )
    if trace.note:
        st.text(trace.note)  # a note may come from a file: plain text


def _shown(value: float, style: str) -> str:
    """A dash where nothing was measured, such as the overlap with a drafter that has no model."""
    return format(value, style) if math.isfinite(value) else "\u2013"
