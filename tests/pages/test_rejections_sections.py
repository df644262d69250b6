"""Every section of the rejections page opens, its controls move, and its presets lead where they say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

SECTIONS = ("The sum", "More drafts", "Looking ahead", "Exactness", "Speed")


def open_section(name: str, **query: str) -> AppTest:
    page = AppTest.from_string("import pages.rejections as page\npage.render()\n", default_timeout=120)
    page.query_params["rejections_part"] = name
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert [str(e.value) for e in (*page.exception, *page.error)] == []
    return page


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_opens_and_each_control_can_be_moved(name):
    page = open_section(name)
    assert page.get("plotly_chart")
    for kind in ("selectbox", "slider", "select_slider", "number_input", "toggle"):
        for index in range(len(page.get(kind))):
            widget = page.get(kind)[index]
            if widget.disabled:
                continue
            if kind == "slider":
                widget.set_value(widget.max)
            elif kind == "number_input":
                widget.set_value(widget.min)
            elif kind == "toggle":
                widget.set_value(not widget.value)
            elif kind == "selectbox" and widget.options[-1] == "your run":
                continue  # there is none in this session
            else:
                widget.set_value(widget.options[-1])
            page.run()
            assert [str(e.value) for e in (*page.exception, *page.error)] == []


def test_a_section_without_a_run_of_ones_own_says_what_to_do():
    page = open_section("The sum")
    page.selectbox(key="rejections_texts").set_value("your run").run()
    assert not page.exception
    assert any("Decode page" in str(info.value) for info in page.info)


def test_presets_lead_to_their_section():
    import pages.rejections as module

    for place, values in enumerate(module.PRESETS.values()):
        page = open_section("The sum")
        page.button(key=f"rejections_preset_{place}").click().run()
        assert [str(e.value) for e in (*page.exception, *page.error)] == []
        for key, value in values.items():
            assert page.session_state[key] == value
        assert values["rejections_part"] in module.SECTIONS


def test_the_toy_shows_the_golden_values():
    page = open_section("Looking ahead")
    frame = page.dataframe[0].value
    assert frame["block verification"].tolist()[:5] == pytest.approx([0.3333, 0.5556, 0.7778, 0.9753, 1.1728], abs=1e-4)


def test_the_measured_counts_agree_with_the_sum_and_block_is_below():
    page = open_section("The sum")
    rows = next(d.value for d in page.dataframe if "difference per run" in d.value)
    together = rows[rows["kind"] == "all kinds"]
    assert (together["low"] <= 0).all()
    assert (together["high"] >= 0).all()
    page = open_section("Looking ahead")
    rows = next(d.value for d in page.dataframe if "difference per run" in d.value)
    assert (rows[rows["verifier"] == "block"]["high"] < 0).all()


def test_a_text_decoded_now_is_the_recorded_one_at_the_same_slack():
    page = open_section("Exactness", rejections_eps="0.1")
    left, right = [code.value for code in page.code][:3], [code.value for code in page.code][3:]
    assert len(left) == len(right) == 3  # ε = 0, 0.03, 0.3 and 0.01, 0.1, 1
    page.button(key="rejections_live").click().run()
    assert [str(e.value) for e in (*page.exception, *page.error)] == []
    assert [code.value for code in page.code] == [*left, right[1], *right]
    assert any("decoded now" in str(caption.value) for caption in page.caption)
