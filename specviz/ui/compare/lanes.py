"""All methods on one clock, with their texts and one shared scrubber."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from specviz.engine.compare.paired import LaneNumbers, lane_numbers
from specviz.figures.compare.lanes import lane_letters, lane_method, lane_size, lanes_payload, pass_rows
from specviz.figures.labels import short
from specviz.records.comparison import ComparisonRecord
from specviz.theory import Estimate
from specviz.ui.glossary import define
from specviz.ui.page import DOORS
from specviz.ui.shelf import keep
from specviz.ui.tables import table_with_csv
from specviz.ui.words import plain

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "lanes"
CLOCKS = {"seconds, measured": "seconds", "target passes": "passes"}


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Registered once for the server."""
    parts: dict[str, Any] = {
        kind: (FOLDER / f"lanes.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
    }
    return st.components.v2.component("specviz_lanes", **parts)


def lanes_panel(record: ComparisonRecord, reference: int, row: Any) -> None:
    """The lanes, doors to their runs, and their table twin."""
    made = record.lanes[0].settings
    st.text(
        f"Shown: \u201c{short(record.lanes[0].prompt, 70)}\u201d continued at temperature {made.temperature:g}, depth "
        f"{made.depth}, by {made.target} with {made.draft}."
    )
    clock = row.segmented_control(
        "Clock", list(CLOCKS), default=next(iter(CLOCKS)), key="compare_clock", bind="query-params",
        help=define("one clock"),
    )  # fmt: skip
    numbers = lane_numbers(record)
    count = numbers[0].tokens_per_pass.count
    runs = f"Over {count} runs of each method, with 95 % intervals." if count > 1 else "Over the one run that is shown."
    titles = [
        ("tokens per pass", f"{define('block efficiency')} {runs}"),
        ("time per token", f"{define('time per token')} {runs}"),
        ("against plain", f"{define('against plain')} {runs}"),
    ]
    payload = lanes_payload(
        record, reference, CLOCKS.get(clock or "", "seconds"), [_figures(n) for n in numbers], titles
    )
    _component()(key="compare_board", data=payload, height="content", width="stretch")
    st.markdown(fastest(record, numbers))
    first = record.lanes[0]
    st.caption(
        f"Numbers at the right: {count} {'seed' if count == 1 else 'seeds'}; lanes and texts: seed "
        f"{first.settings.seed}. Measured on {plain(first.provenance.device)}, {plain(first.provenance.dtype)}; the "
        "clock counts drafting, target passes and verification, not the writing of the record."
    )
    _doors(record)
    with st.expander("The same numbers as tables"):
        table_with_csv(_rows(record, numbers), "compare-lanes")
        table_with_csv(pass_rows(record), "compare-passes")


def fastest(record: ComparisonRecord, numbers: list[LaneNumbers]) -> str:
    """One sentence: which lane took the least time, which the fewest passes, and why they need not be the same."""
    letters = lane_letters(record)
    quick = min(range(len(numbers)), key=lambda lane: numbers[lane].per_token.value)
    few = max(range(len(numbers)), key=lambda lane: numbers[lane].tokens_per_pass.value)
    names = [
        f"**{letter}** ({plain(lane_method(t.settings))})" for letter, t in zip(letters, record.lanes, strict=True)
    ]
    told = f"Least time per token here: {names[quick]}. Fewest passes: {names[few]}"
    if quick == few:
        return f"{told}."
    return (
        f"{told}: {numbers[few].tokens_per_pass.value:.2f} tokens a pass. Here a draft pass costs a large part of a "
        "target pass, so a deep tree can lose more time in drafting than it saves in passes; with a larger target, "
        "passes are what counts."
    )


def _figures(numbers: LaneNumbers) -> list[tuple[str, str]]:
    cells = [
        _cell(numbers.tokens_per_pass, lambda x: f"{x:.2f}"),
        _cell(numbers.per_token, lambda x: f"{1000 * x:.3g}", " ms"),
    ]
    speedup = numbers.speedup
    return [*cells, ("\u2013", "no plain lane") if speedup is None else _cell(speedup, lambda x: f"{x:.2f}", "\u00d7")]


def _cell(estimate: Estimate, shown: Callable[[float], str], unit: str = "") -> tuple[str, str]:
    """A value, and its interval where there is more than one run."""
    interval = f"[{shown(estimate.low)}, {shown(estimate.high)}]" if estimate.count > 1 else "one run: no interval"
    return f"{shown(estimate.value)}{unit}", interval


def _doors(record: ComparisonRecord) -> None:
    """Each lane's run can be opened on the Decode page, which finds it on the visitor's shelf."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Open a run on Decode:", width="content")
        for lane, letter in enumerate(lane_letters(record)):
            settings = record.lanes[lane].settings
            if st.button(
                letter, key=f"compare_open_{lane}", icon=":material/account_tree:", help=lane_method(settings)
            ):
                name = keep(f"{letter}: {lane_method(settings)}, {lane_size(settings)}", record.lanes[lane])
                st.session_state["source"] = name
                if "decode" in DOORS:
                    st.switch_page(DOORS["decode"], query_params={"source": name})
                st.toast(f"The run is on the shelf of the Decode page as {name}.")


def _rows(record: ComparisonRecord, numbers: list[LaneNumbers]) -> list[dict[str, Any]]:
    rows = []
    for letter, trace, n in zip(lane_letters(record), record.lanes, numbers, strict=True):
        row: dict[str, Any] = {
            "lane": letter,
            "method": lane_method(trace.settings),
            "size": lane_size(trace.settings),
            "runs": n.tokens_per_pass.count,
        }
        estimates = {"tokens per pass": n.tokens_per_pass, "seconds per token": n.per_token, "against plain": n.speedup}
        for name, estimate in estimates.items():
            for part in ("value", "low", "high"):
                row[f"{name}{'' if part == 'value' else ', ' + part}"] = estimate and getattr(estimate, part)
        rows.append(row)
    return rows
