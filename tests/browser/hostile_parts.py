"""An app of its own for test_hostile.py: the lanes, the coloured text and a check, with words that are markup.

No page lets a visitor open a comparison, a reading or a check from a file, so their parts are shown here.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import streamlit as st

from specviz.figures.probe.along import along_figure
from specviz.figures.probe.heat import MEASURES, heat_payload
from specviz.figures.probe.kinds import kinds_figure
from specviz.records.check import load_check
from specviz.records.comparison import Unit, load_comparison
from specviz.records.reading_store import load_reading
from specviz.theory import wilson
from specviz.ui.compare.check import _show
from specviz.ui.compare.lanes import lanes_panel
from specviz.ui.probe.heat import heat_text

ASSETS = Path(__file__).parents[2] / "assets"
EVIL = os.environ["SPECVIZ_TEST_WORDS"].split("\x1f")


def turned(texts: dict[int, str]) -> dict[int, str]:
    """Every token another piece of markup."""
    return {token: EVIL[place % len(EVIL)] for place, token in enumerate(sorted(texts))}


def lanes() -> None:
    record = load_comparison(ASSETS / "comparisons" / "story")
    made = replace(record.lanes[0].provenance, device=EVIL[0], dtype=EVIL[1])
    changed = tuple(
        replace(
            lane, texts=turned(lane.texts), prompt=EVIL[0], text=EVIL[0], note=EVIL[0], provenance=made,
            settings=replace(lane.settings, target=EVIL[0], draft=EVIL[1]),
        )
        for lane in record.lanes
    )  # fmt: skip
    units = tuple(tuple(replace(unit, prompt=EVIL[2]) for unit in column) for column in record.units)
    assert all(isinstance(unit, Unit) for column in units for unit in column)
    lanes_panel(replace(record, lanes=changed, units=units), 0, st.container())


def text() -> None:
    whole = load_reading(ASSETS / "probe" / "reading_code.json.gz")
    reading = replace(whole, texts=turned(whole.texts), note=EVIL[0])
    name = next(iter(MEASURES))
    heat_text(heat_payload(reading, 0.7, name, MEASURES[name].thresholds, ([], [])), key="heat")
    st.plotly_chart(along_figure(reading, 0.7), key="along")
    st.plotly_chart(kinds_figure([(word, 1) for word in EVIL], [("a", "b", [wilson(1, 2)] * len(EVIL))]), key="kinds")


st.title("Parts", anchor=False)
lanes()
text()
found = load_check(ASSETS / "comparisons" / "check_bug.json.gz")
words = tuple((EVIL[place % len(EVIL)] + str(place),) for place in range(len(found.outcomes)))
_show(replace(found, outcomes=words, context=EVIL[0], settings=replace(found.settings, verifier=EVIL[0])), "hostile")
