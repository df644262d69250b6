"""Is the difference between two methods more than chance? Paired over seeds."""

from __future__ import annotations

from typing import Any

import streamlit as st

from specviz.engine.compare.paired import QUANTITIES, differences
from specviz.figures.compare.lanes import lane_colours, lane_letters, lane_method, lane_size
from specviz.figures.compare.paired import PairedPoint, paired_figure
from specviz.records.comparison import ComparisonRecord
from specviz.ui.glossary import define
from specviz.ui.layout import two_pictures
from specviz.ui.tables import chart_with_table


def paired_panel(record: ComparisonRecord, reference: int, row: Any) -> None:
    """One picture for each quantity: every other lane minus the reference, with its interval and a verdict."""
    found = differences(record, reference)
    if not found:
        st.info("A paired difference needs at least two seeds: set Seeds at the side to six, and press Run all.")
        return
    letters, colours = lane_letters(record), lane_colours(record)
    names = [f"{a}: {lane_method(t.settings)}" for a, t in zip(letters, record.lanes, strict=True)]
    count = found[0].estimate.count
    st.markdown(
        f"Every method minus **{letters[reference]}** on the same prompt and seeds, n = {count} runs each. What a seed "
        "does to both cancels; an interval that leaves out 0 is a difference that chance alone rarely makes.",
        help=define("paired difference"),
    )
    for column, (what, unit, _, more) in zip(two_pictures("compare-paired"), QUANTITIES, strict=True):
        own = [d for d in found if d.what == what]
        points = [PairedPoint(letters[d.lane], colours[d.lane], d.estimate, d.verdict) for d in own]
        rows = [
            {
                "lane": names[d.lane], "size": lane_size(record.lanes[d.lane].settings), "minus": letters[reference],
                "what": f"{d.what}, {d.unit}", "difference": d.estimate.value, "low": d.estimate.low,
                "high": d.estimate.high, "runs": d.estimate.count, "verdict": d.verdict,
            }
            for d in own
        ]  # fmt: skip
        with column:
            st.header(what.capitalize(), anchor=False, help=define("block efficiency" if more else "time per token"))
            chart_with_table(
                paired_figure(points, what if more else f"{what}, {unit}", letters[reference], more), rows,
                f"compare-{what.replace(' ', '-')}",
                alt=f"Differences in {what} to {letters[reference]} with 95 percent intervals, around zero.",
            )  # fmt: skip
    st.caption(
        "  \n".join(f"{name}, {lane_size(t.settings)}" for name, t in zip(names, record.lanes, strict=True))
        + f"  \nIntervals resample the {count} runs in pairs (percentile bootstrap, 95 %); with so few runs they come "
        "out a little narrow, and they speak of this prompt and this machine only."
    )
