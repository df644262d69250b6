"""Two runs side by side: their numbers, the settings in which they differ, and where their texts part."""

from __future__ import annotations

import math

import streamlit as st

from specviz.figures.labels import visible
from specviz.figures.run.accepted import accepted_figure, accepted_rows
from specviz.metrics import run_numbers
from specviz.records import DecodeTrace
from specviz.records.export import acceptance_metrics
from specviz.records.replay import common_tokens, same_run
from specviz.theory import bootstrap_ratio
from specviz.ui.glossary import define
from specviz.ui.tables import chart_with_table, table_with_csv
from specviz.ui.traces.files import file_name
from specviz.ui.traces.gallery import Entry

NUMBERS = {
    "tokens per pass": ("tau", "block efficiency"),
    "accepted / drafted": ("utilisation", "draft utilisation"),
    "acceptance rate": ("overlap", "acceptance rate"),
    "entropy, nats": ("mu", "mu"),
    "tokens": ("tokens", "emitted tokens"),
    "target passes": ("passes", "target passes"),
    "guesses drafted": ("drafted", "guesses drafted"),
    "guesses accepted": ("accepted", "guesses accepted"),
    "seconds": ("seconds", "wall clock"),
}


def compare_section(entry: Entry, found: dict[str, Entry]) -> None:
    """The chosen run against another one."""
    others = [name for name in found if name != entry.name]
    if not others:
        st.info("There is only one run; add a file at the side, or press Run on the Decode page.")
        return
    name = st.selectbox(
        "Compare it with", others, key="traces_with", bind="query-params", help=define("second run"), width=340
    )
    other = found[name]
    st.text(" ".join([_same_context(entry.trace, other.trace), _parting(entry, other)]))
    pair = f"{file_name(entry.name)}-{file_name(name)}"
    table_with_csv(number_rows(entry, other), f"compare-{pair}")
    st.caption(f"{_interval(entry)} {_interval(other)} Two single runs: an interval of one run resamples its passes.")
    runs = {side.name: acceptance_metrics(side.trace)["acceptance_histogram"] for side in (entry, other)}
    chart_with_table(
        accepted_figure(runs), accepted_rows(runs), f"accepted-{pair}",
        alt="Share of passes that accepted 0, 1, 2 and more draft tokens, for both runs.",
    )  # fmt: skip


def number_rows(one: Entry, other: Entry) -> list[dict[str, object]]:
    """One row for each number: both runs, their difference, and what it means."""
    numbers, its = run_numbers(one.trace), run_numbers(other.trace)
    return [
        {
            "number": label,
            one.name: _rounded(getattr(numbers, part)),
            other.name: _rounded(getattr(its, part)),
            "difference": _rounded(getattr(its, part) - getattr(numbers, part)),
            "meaning": define(word),
        }
        for label, (part, word) in NUMBERS.items()
    ]


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def _interval(entry: Entry) -> str:
    """Tokens per pass of one run with a 95 % interval over its passes."""
    emitted = [len(item.emitted) for item in entry.trace.iterations]
    if len(emitted) < 5:
        return f"The first run has {len(emitted)} passes, too few for an interval."
    found = bootstrap_ratio(emitted, [1] * len(emitted))
    return (
        f"Tokens per pass {found.value:.2f}, 95 % interval {found.low:.2f} to {found.high:.2f} ({len(emitted)} passes)."
    )


def _same_context(one: DecodeTrace, other: DecodeTrace) -> str:
    """Whether prompt and settings agree; where not, which settings differ."""
    mine, its = one.settings.as_dict(), other.settings.as_dict()
    differ = [f"{name} ({mine[name]} / {its[name]})" for name in mine if mine[name] != its[name]]
    prompt = "The same prompt." if one.prompt_ids == other.prompt_ids else "Different prompts, so the texts differ too."
    settings = f"Settings that differ: {', '.join(differ)}." if differ else "The same settings."
    return visible(f"{prompt} {settings}")


def _parting(entry: Entry, other: Entry) -> str:
    """Where the texts of one prompt part."""
    one, its = entry.trace, other.trace
    if one.prompt_ids != its.prompt_ids:
        return ""
    if same_run(one, its):
        return "They are the same run, digit by digit."
    shared, shorter = common_tokens(one, its), min(len(one.emitted), len(its.emitted))
    if shared == shorter:
        return f"Their texts agree on all {shared} tokens that both have."
    said = [visible(trace.texts.get(trace.emitted[shared], "?")) for trace in (one, its)]
    return (
        f"Their texts agree on the first {shared} tokens; then {entry.name} writes \u201c{said[0]}\u201d and "
        f"{other.name} \u201c{said[1]}\u201d."
    )
