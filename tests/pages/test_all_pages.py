"""Every page opens without an error, without torch, and survives each of its controls and a hostile link."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

NAMES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


def open_page(name: str, **query: str) -> AppTest:
    """One page by itself, as app.py would render it."""
    code = f"import pages.{name} as page\npage.render()\n"
    page = AppTest.from_string(code, default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def assert_clean(page: AppTest) -> None:
    assert [str(e.value) for e in page.exception] == []


def test_pages_say_what_they_are():
    specs = [importlib.import_module(f"pages.{name}").PAGE for name in NAMES]
    assert {spec.title for spec in specs} >= {"Decode", "Races", "Limits"}
    assert len({spec.url for spec in specs}) == len(specs)
    assert sum(spec.default for spec in specs) == 1


@pytest.mark.parametrize("name", NAMES)
def test_opens_on_a_recorded_run(name):
    page = open_page(name)
    assert_clean(page)
    assert len(page.error) == 0


@pytest.mark.parametrize("name", NAMES)
def test_each_control_can_be_moved(name):
    page = open_page(name)
    kinds = ("selectbox", "slider", "select_slider", "number_input", "checkbox", "toggle", "radio")
    moved = 0
    for kind in kinds:
        for index in range(len(page.get(kind))):
            widgets = page.get(kind)
            if index >= len(widgets) or widgets[index].disabled:
                continue
            _move(widgets[index], kind)
            page.run()
            assert_clean(page)
            moved += 1
    assert moved > 0


def _move(widget, kind: str) -> None:
    if kind in ("selectbox", "radio"):
        widget.set_value(widget.options[-1])
    elif kind == "select_slider":
        widget.set_value(widget.options[-1]) if isinstance(widget.value, str) else widget.set_value(widget.value)
    elif kind == "slider":
        widget.set_value(widget.max if not isinstance(widget.value, (tuple, list)) else widget.value)
    elif kind == "number_input":
        widget.set_value(widget.min if widget.min is not None else 1)
    else:
        widget.set_value(not widget.value)


@pytest.mark.parametrize("name", NAMES)
def test_each_tab_opens_by_its_link(name):
    for label in [tab.label for tab in open_page(name).tabs]:
        page = open_page(name, **{f"{name}_part": label})
        assert_clean(page)
        assert len(page.error) == 0
        drawn = next(tab for tab in page.tabs if tab.label == label)
        assert len(drawn.children) > 0


@pytest.mark.parametrize("name", NAMES)
def test_each_surprising_case_can_be_opened(name):
    page = open_page(name)
    cases = [index for index, button in enumerate(page.button) if "_preset_" in (button.key or "")]
    section = importlib.import_module(f"pages.{name}").PAGE.section
    assert cases or section != "Laboratory"  # every laboratory has some
    for index in cases:
        page.button[index].click().run()
        assert_clean(page)
        assert len(page.error) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_link_is_only_a_wrong_link(name):
    hostile = "<script>alert(1)</script>"
    keys = ("P", "k", "T", "seed", "depth", "tokens", "drafter", "verifier", "prompt", "pair", "run", "races_seed")
    page = open_page(name, **dict.fromkeys(keys, hostile))
    assert_clean(page)


def test_settings_in_the_link_are_restored():
    page = open_page("decode", P="8", drafter="Chain", verifier="Recursive rejection", seed="42", T="1.0")
    assert_clean(page)
    assert page.select_slider(key="P").value == 8
    assert page.selectbox(key="drafter").value == "Chain"
    assert page.number_input(key="seed").value == 42


def test_a_pair_that_does_not_fit_is_refused_with_the_reason():
    page = open_page("decode", drafter="Best first", verifier="Recursive rejection")
    assert any("would no longer be the target's" in str(w.value) for w in page.warning)
    run = next(b for b in page.button if b.label == "Run")
    run.click().run()
    assert any("would no longer be the target's" in str(e.value) for e in page.error)
    assert "run" not in page.query_params


def test_the_frame_opens_without_torch():
    code = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "assert not page.exception, page.exception\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
