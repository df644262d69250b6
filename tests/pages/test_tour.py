"""The tour: every step opens by its link, is open at first, and gets its tick when its task is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from specviz.ui.tour.frame import COUNT, TICK
from specviz.ui.tour.pair import PAIRS, START
from specviz.ui.tour.steps import STEPS
from specviz.ui.tour.toy import SOUNDS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

WORDS = 90  # most words of one explanation


def open_step(number: int | str, **query: str) -> AppTest:
    page = AppTest.from_string("import pages.tour as page\npage.render()\n", default_timeout=60)
    for key, value in ({"step": str(number)} | query).items():
        page.query_params[key] = value
    return page.run()


def assert_clean(page: AppTest) -> None:
    assert [str(e.value) for e in page.exception] == []
    assert [str(e.value) for e in page.error] == []


def status(page: AppTest) -> str:
    """The sentence in the task's box."""
    return next(str(m.value) for m in page.markdown if "**To do" in str(m.value) or "**Done" in str(m.value))


def ticked(page: AppTest) -> set[str]:
    """Steps whose button in the bar says that they are done."""
    return {b.key[-1] for b in page.button if (b.key or "").startswith("tour_go_") and TICK in b.label}


def in_link(page: AppTest, name: str) -> str:
    return "".join(page.query_params.get(name, []))


def set_laws(page: AppTest, side: str, weights: tuple[int, ...]) -> None:
    for sound, value in zip(SOUNDS, weights, strict=True):
        page.slider(key=f"tour_{side}_{sound}").set_value(value)
    page.run()


def task_1(page: AppTest) -> None:
    page.select_slider(key="tour_guesses").set_value(4).run()


def task_2(page: AppTest) -> None:
    set_laws(page, "q", (45, 25, 20, 12))


def task_3(page: AppTest) -> None:
    for _ in range(2):
        page.button(key="tour_draw_100").click().run()


def task_4(page: AppTest) -> None:
    page.slider(key="tour_depth").set_value(5).run()


def task_5(page: AppTest) -> None:
    page.slider(key="tour_capacity").set_value(16).run()


def task_6(page: AppTest) -> None:
    for _ in range(2):
        page.button(key="tour_clocks").click().run()


def task_7(page: AppTest) -> None:
    page.slider(key="tour_k").set_value(2).run()


def task_8(page: AppTest) -> None:
    set_laws(page, "p", (90, 10, 5, 0))


TASKS = (task_1, task_2, task_3, task_4, task_5, task_6, task_7, task_8)


def test_there_are_eight_steps_and_each_is_short():
    assert len(STEPS) == len(TASKS) == COUNT
    for step in STEPS:
        assert len(step.words.split()) <= WORDS, step.name
        assert len(step.shows) + len(step.task) < 160, step.name  # one line of a projector


@pytest.mark.parametrize("number", range(1, 9))
def test_a_task_is_open_until_it_is_done(number):
    page = open_step(number)
    assert_clean(page)
    assert "**To do.**" in status(page)
    assert ticked(page) == set()
    assert in_link(page, "tour_done") == ""
    TASKS[number - 1](page)
    assert_clean(page)
    assert "**Done.**" in status(page)
    assert ticked(page) == {str(number)}
    assert in_link(page, "tour_done") == str(number)


@pytest.mark.parametrize("number", range(1, 9))
def test_every_picture_of_a_step_has_words_and_numbers(number):
    page = open_step(number)
    charts = page.get("plotly_chart")
    assert charts
    assert all(len(chart.proto.alt) > 20 for chart in charts)
    assert len(page.dataframe) >= 1
    assert page.title[0].value == f"{number}. {STEPS[number - 1].title}"


def test_all_steps_can_be_walked_without_a_single_tick():
    page = open_step(1)
    for number in range(1, 8):
        page.button(key="tour_next").click().run()
        assert_clean(page)
        assert page.title[0].value.startswith(f"{number + 1}.")
        assert in_link(page, "step") == str(number + 1)
    assert ticked(page) == set()
    page.button(key="tour_back").click().run()
    page.button(key="tour_go_3").click().run()
    assert page.title[0].value.startswith("3.")


def test_a_link_restores_place_ticks_and_laws():
    page = open_step(5, tour_done="1,2,4", tour_q_da="25", tour_capacity="9")
    assert_clean(page)
    assert ticked(page) == {"1", "2", "4"}
    assert page.slider(key="tour_q_da").value == 25
    assert page.slider(key="tour_capacity").value == 9
    page.button(key="tour_next").click().run()
    assert page.slider(key="tour_q_da").value == 25
    assert in_link(page, "tour_done") == "1,2,4"


def test_a_tick_stays_when_the_controls_move_on():
    page = open_step(2)
    task_2(page)
    page.button(key="tour_preset_0").click().run()
    assert "**Done before.**] As the controls stand now: The acceptance rate is 0.750" in status(page)
    assert [page.slider(key=f"tour_q_{sound}").value for sound in SOUNDS] == list(START[1])


@pytest.mark.parametrize("number", range(1, 9))
def test_hostile_links_and_degenerate_laws(number):
    evil = "<script>alert(1)</script>"
    zeros = {f"tour_{side}_{sound}": "0" for side in "pq" for sound in SOUNDS}
    sure = zeros | {"tour_p_la": "100", "tour_q_hey": "100"}
    same = zeros | {"tour_p_la": "100", "tour_q_la": "100"}
    junk = dict.fromkeys(("tour_done", "tour_draws", "tour_k", "tour_depth", "tour_race_seed"), evil)
    for query in (zeros | junk, sure, same | {"tour_p_da": evil}):
        page = open_step(number, **query)
        assert_clean(page)
        assert page.title[0].value.startswith(f"{number}.")


@pytest.mark.parametrize("step", ["0", "9", "-1", "1e9", "٣", "", "9" * 5000, "<b>"])
def test_a_step_that_is_none_opens_the_first(step):
    page = open_step(step, tour_done="0,9,2,2,x")
    assert_clean(page)
    assert page.title[0].value.startswith("1.")
    assert ticked(page) == {"2"}


@pytest.mark.parametrize("place", range(len(PAIRS)))
def test_every_step_opens_with_every_pair(place):
    page = open_step(1)
    page.button(key=f"tour_preset_{place}").click().run()
    for number in range(1, 9):
        page.button(key=f"tour_go_{number}").click().run()
        assert_clean(page)


def test_the_gap_of_equal_laws_says_what_to_do():
    page = open_step(7, tour_q_la="45", tour_q_da="25", tour_q_dum="20", tour_q_hey="10")
    assert "make the draft differ" in status(page)


def test_the_tree_is_told_from_the_chain():
    assert "would give 3.97" in _learned(open_step(5, tour_capacity="16"))
    page = open_step(5, tour_capacity="16")
    page.button(key="tour_preset_2").click().run()
    assert "hedging wins" in _learned(page)


def _learned(page: AppTest) -> str:
    assert "**Done.**" in status(page)
    return status(page)


def test_no_step_imports_torch():
    code = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\n"
        "for step in range(1, 9):\n"
        "    page = AppTest.from_string('import pages.tour as page\\npage.render()', default_timeout=60)\n"
        "    page.query_params['step'] = str(step)\n"
        "    page.run()\n"
        "    assert not page.exception, page.exception\n"
        "    assert page.title[0].value.startswith(str(step))\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
