"""Every tab of the races page opens, says the numbers it should, and survives its controls."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

TABS = ("One race", "Ranks", "Lists of drafts", "Tree tau*", "a_r on texts", "Shapes on texts", "Bounds")


def open_page(**query: str) -> AppTest:
    page = AppTest.from_string("import pages.races as page\npage.render()\n", default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def assert_clean(page: AppTest) -> None:
    assert [str(e.value) for e in page.exception] == []
    assert [str(e.value) for e in page.error] == []


def words(page: AppTest) -> str:
    return " ".join(str(part.value) for kind in ("markdown", "caption", "warning") for part in page.get(kind))


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens_with_a_chart_and_its_words(tab):
    page = open_page(races_part=tab)
    assert_clean(page)
    charts = page.get("plotly_chart")
    assert charts
    assert all(chart.proto.alt for chart in charts)


@pytest.mark.parametrize("tab", TABS[:4])
def test_real_positions_are_raced_with_all_tokens(tab):
    page = open_page(races_part=tab, races_from="a position of a text", races_T="0.7")
    assert_clean(page)
    if tab == "Tree tau*":
        page.selectbox(key="races_ar").set_value("the laws of the sidebar").run()
        assert_clean(page)
    if tab == "One race":
        page.button(key="races_many").click().run()
        assert_clean(page)
        assert page.number_input(key="races_n").value == 1001


def test_the_classic_pair_is_43_62():
    page = open_page()
    assert any("43/62" in str(caption.value) for caption in page.caption)
    assert {metric.label: metric.value for metric in page.metric}["exact match probability"] == "0.693548"


def test_the_lower_bound_is_said_to_fail_for_distinct_ranks():
    page = open_page()
    next(button for button in page.button if button.label.startswith("The KL bound fails")).click().run()
    assert_clean(page)
    assert "9.94" in words(page)
    assert "0.0208 bits" in words(page)
    page.radio(key="races_rank").set_value("repeats counted").run()
    assert_clean(page)


def test_other_laws_start_the_count_again():
    page = open_page()
    page.button(key="races_many").click().run()
    assert page.number_input(key="races_n").value == 1001
    page.selectbox(key="races_preset").set_value("two letters").run()
    assert page.number_input(key="races_n").value == 1
    assert_clean(page)


@pytest.mark.parametrize("source", ["the measured texts", "sliders"])
def test_the_two_trees_are_one(source):
    page = open_page(races_part="Tree tau*", races_ar=source)
    for nodes in (0, 1, 40):
        page.slider(key="races_nodes").set_value(nodes).run()
        assert_clean(page)
        assert "they are the very nodes" in words(page)


@pytest.mark.parametrize("tab", ["a_r on texts", "Shapes on texts"])
def test_measurements_by_temperature_and_kind(tab):
    page = open_page(races_part=tab)
    for temperature in (1.0, 0.7):
        page.selectbox(key="races_mT").set_value(temperature).run()
        for kind in ("story", "sum", "code"):
            page.selectbox(key="races_mkind").set_value(kind).run()
            assert_clean(page)
    if tab == "Shapes on texts":
        page.toggle(key="races_bound").set_value(True).run()
        assert_clean(page)


def test_no_bound_is_violated():
    page = open_page(races_part="Bounds")
    for letters in (2, 200):
        page.select_slider(key="races_V").set_value(letters).run()
        assert_clean(page)
        assert "0 violations" in words(page)
