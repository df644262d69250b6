"""A run in figures: what its passes kept, what the text was like, whether chances came true, where the time went."""

from __future__ import annotations

import re

import streamlit as st

from specviz.figures.run.passes import chance_figure, depth_figure, length_figure, time_figure
from specviz.figures.run.running import running_figure
from specviz.figures.run.text import text_figure
from specviz.metrics import (
    accepted_lengths,
    iteration_table,
    kept_by_depth,
    predicted_chances,
    run_bounds,
    running_tokens_per_pass,
    time_by_part,
    tokens_along_the_text,
)
from specviz.records import DecodeTrace
from specviz.ui.glossary import define
from specviz.ui.lab import sections
from specviz.ui.layout import metric_row, two_pictures
from specviz.ui.tables import chart_with_table
from specviz.ui.words import plain


def run_panels(trace: DecodeTrace, key: str) -> None:
    """One tab for each question. key: tells runs apart."""
    if not trace.iterations:
        st.info("This run has no pass yet, so there is nothing to count; press Run to decode one.")
        return
    name = re.sub(r"\W+", "-", key)
    sections(
        "decode_run",
        {
            "Guesses kept": lambda: _kept(trace, name),
            "Along the text": lambda: _text(trace, name),
            "Tokens per pass": lambda: _running(trace, name),
            "Time": lambda: _time(trace, name),
            "Chances": lambda: _chances(trace, name),
        },
    )


def _says(title: str, word: str, text: str) -> None:
    """A heading with its definition on hover, and one sentence."""
    st.markdown(f"**{title}**", help=define(word))
    st.caption(text)


def _kept(trace: DecodeTrace, name: str) -> None:
    """How many guesses, and how that falls with the depth."""
    passes = len(trace.iterations)
    lengths, depths = accepted_lengths(trace), kept_by_depth(trace.iterations)
    mean = sum(item.verdict.accepted for item in trace.iterations) / passes
    left, right = two_pictures("run-kept")
    with left:
        _says(
            "How many guesses a pass kept", "accepted length",
            f"{passes} passes kept {mean:.2f} guesses on average; at 0 stand those that won only their own token.",
        )  # fmt: skip
        alt = "Bars: passes of this run by the number of guesses they kept, with a line at the mean."
        chart_with_table(length_figure(lengths, mean), lengths, f"accepted-lengths-{name}", alt)
    with right:
        _says(
            "How the chance falls with the depth", "conditional rate",
            "Solid: given that the guess before was kept (conditional), with 95 % intervals. Dotted: of all passes "
            "(marginal).",
        )  # fmt: skip
        if depths.empty:
            st.info("No guess was drafted in this run: plain decoding has no depth. Set P above 0 and press Run.")
        else:
            alt = "Share of guesses kept at each depth, given the one before and of all passes, with 95 percent band."
            chart_with_table(depth_figure(depths), depths, f"kept-by-depth-{name}", alt)


def _text(trace: DecodeTrace, name: str) -> None:
    """Entropy and distance at each token."""
    table = tokens_along_the_text(trace)
    measured = int(table["distance"].notna().sum())
    _says(
        "How undecided the target was, and how far the draft was from it", "entropy along a text",
        f"One mark for each of {len(table)} tokens; TV is known at {measured} of them"
        + (". *Hover a mark to read its token.*" if measured else ": no draft model was run where they were drawn."),
    )  # fmt: skip
    alt = "Entropy of the target and total variation to the draft along the text, with a thin line where a pass begins."
    chart_with_table(text_figure(table), table, f"along-the-text-{name}", alt)


def _running(trace: DecodeTrace, name: str) -> None:
    """The mean as it settles, and its ceilings."""
    bounds = run_bounds(trace)
    scope = "The ceilings need a longer run."
    if bounds.dual == bounds.dual:
        scope = (
            "The dashed ceilings hold for drafts that do not use the target's randomness, as in this run."
            if bounds.applies
            else "The dashed ceilings are for drafting without shared or sampled randomness; this run may pass them."
        )
        scope += f" They are estimated from this run's own text at P = {trace.settings.capacity}."
    _says("Tokens per pass as the run goes on", "block efficiency", scope)
    alt = "Tokens emitted by each target pass, their running mean with its 95 percent band, and ceilings."
    chart_with_table(running_figure(trace), running_tokens_per_pass(trace), f"tokens-per-pass-{name}", alt)


def _time(trace: DecodeTrace, name: str) -> None:
    """Where the seconds went."""
    table, parts = iteration_table(trace), time_by_part(trace)
    whole = float(parts["seconds"].sum())
    _says(
        "Where the time went", "time by part",
        f"{whole:.2f} s in {len(table)} passes, measured on {plain(trace.provenance.place)}; other work of the machine "
        "is in it too. The first pass also reads the prompt.",
    )  # fmt: skip
    if whole > 0:
        metric_row(
            {
                row.part: (f"{row.share:.0%}", f"{row.seconds:.3f} s of {whole:.3f} s. {define('time by part')}")
                for row in parts.itertuples()
            }
        )
    alt = "Milliseconds of every target pass, stacked by drafting, the target's pass and the verdict."
    chart_with_table(time_figure(table), table, f"time-{name}", alt)


def _chances(trace: DecodeTrace, name: str) -> None:
    """Predicted against observed."""
    table = predicted_chances(trace)
    if table.empty:
        st.info(
            "This run's rule gives its guesses no chance of their own: on shared clocks a guess either wins or loses. "
            "Choose a rule with coins, or Sample and look, and press Run."
        )
        return
    _says(
        "Did the chances come true?", "predicted chance",
        f"{int(table['guesses'].sum())} tested guesses in bins of a tenth. An exact rule stays on the diagonal, within "
        "the intervals.",
    )  # fmt: skip
    alt = "Share of guesses accepted against their predicted chance, with 95 percent intervals and the diagonal."
    chart_with_table(chance_figure(table), table, f"chances-{name}", alt)
