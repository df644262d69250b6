"""Whatever stands behind the `?` of a link: a page with its own values, never an error.

First the functions that read a link themselves, then real pages with every name that any control or function reads, all
of them hostile at once. Streamlit reads the names of controls and drops what is no value of theirs.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
import streamlit as st
from fuzzing import LONG, any_text, cases
from hypothesis import example, given
from hypothesis import strategies as strategy
from streamlit.testing.v1 import AppTest

from specviz.engine.jobs import RunJob
from specviz.engine.scheduling.folder import RunFolder
from specviz.ui import controls
from specviz.ui.decode.choice import pass_of_link
from specviz.ui.decode.job import job_of_link
from specviz.ui.jobs import job_of
from specviz.ui.tour import frame

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
VALUES = (
    "", " ", "0", "-1", "1", "3", "64", "1e999", "nan", "-0.0", "1_000", "0x10", "\u0663", "9" * 5000, "9" * 18,
    "1.5", "true",
    "false", "null", "[]", "{}", '{"a":1}', ",", "1,2,3", ",,,", "own", "your own", "Another pair", "recorded: story",
    "my latest run", "a text of mine", "automatic", "story", "sum", "what if", "What if", "Check", "Fields", "Compare",
    "Best first", "Chain", "Token", "fable/target", "../../etc", "/etc/passwd", "C:\\x", "a" * 100_000,
    "<img src=x onerror=1>",
    "$\\href{javascript:alert(1)}{x}$", "[x](javascript:alert(1))", ":material/check:", "\x00", "\u202e", "0" * 32,
    "deadbeef",
    "%00", "%s", "${x}", "__proto__", "constructor", "\U0001f600" * 50,
)  # fmt: skip


def words() -> strategy.SearchStrategy[str]:
    """A value as it comes out of an address: any letters but lone surrogates."""
    any_letters = any_text(20).map(lambda text: text.encode("utf-8", "replace").decode())
    return strategy.sampled_from(VALUES) | any_letters


@cases(500)
@given(words(), strategy.integers(0, 4000))
@example("9" * 5000, 5)
@example("\u00b2", 5)
def test_functions_that_read_a_link(value, passes):
    """Each on an empty visit; the folder of runs is asked by a name that a link gives."""
    for key in ("pass", "run", "job", frame.PLACE, frame.TICKED, "P"):
        st.query_params[key] = value
    st.session_state.clear()
    found = pass_of_link(passes)
    assert found == 0 or 0 <= found < passes
    assert job_of_link() is None
    assert job_of("job", RunJob) is None
    assert 1 <= frame._place() <= frame.COUNT
    assert frame._ticked() <= set(range(1, frame.COUNT + 1))
    controls.keep_within("P", 64, "P")
    assert st.session_state.get("P", 64) == 64
    assert RunFolder(ROOT, 1, 1).find(value) is None


def names_in_source() -> set[str]:
    """Every name that a control or a function reads from a link, as far as it stands in the source."""
    found = set()
    for path in (*(ROOT / "specviz" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            named = {keyword.arg: keyword.value for keyword in call.keywords}
            if "bind" in named and isinstance(named.get("key"), ast.Constant):
                found.add(named["key"].value)
            reads = isinstance(call.func, ast.Attribute) and call.func.attr in ("get", "pop")
            if reads and "query_params" in ast.unparse(call.func) and isinstance(call.args[0], ast.Constant):
                found.add(call.args[0].value)
    return found


NAMES = names_in_source()


def opened(page: str, link: dict[str, str | list[str]]) -> AppTest:
    shown = AppTest.from_string(f"import pages.{page} as page\npage.render()\n", default_timeout=120)
    for key, value in link.items():
        shown.query_params[key] = value
    return shown.run()


def bound_names(page: AppTest) -> set[str]:
    """Names that the controls on the page are bound to, those made of other names too."""
    protos = (
        getattr(element, "proto", None) for element in page.main.children.values() for element in [*_below(element)]
    )
    return {proto.query_param_key for proto in protos if getattr(proto, "query_param_key", "")}


def _below(element):
    yield element
    for child in getattr(element, "children", {}).values():
        yield from _below(child)


def test_the_names_are_known():
    assert len(NAMES) > 80
    assert {"pass", "run", "P", "T", "prompt", "source", "races_seed", "tour_k"} <= NAMES


@pytest.mark.parametrize("page", PAGES)
@cases(1, most=40)
@given(data=strategy.data())
def test_pages_open_with_any_link(page, data):
    """All names that the page is bound to, and some of all others, with hostile values, several values for some."""
    own = OWN.setdefault(page, sorted(NAMES | bound_names(opened(page, {}))))
    link = {}
    for name in data.draw(strategy.lists(strategy.sampled_from(own), min_size=5, max_size=40, unique=True)):
        value = words().filter(lambda text: len(text) < 6000)
        link[name] = data.draw(value | strategy.lists(value, max_size=3))
    shown = opened(page, link)
    assert [str(e.value) for e in shown.exception] == [], link


OWN: dict[str, list[str]] = {}


@pytest.mark.skipif(not LONG, reason="every tab of every page takes minutes: a part of the profile `long`")
@pytest.mark.parametrize("page", PAGES)
def test_every_part_of_a_page_opens_with_any_link(page):
    """Tabs of the page's first row, each with every name bound to one hostile value after the other."""
    part = f"{page}_part"
    tabs = [tab.label for tab in opened(page, {}).tabs]
    for number, tab in enumerate(tabs or [""]):
        own = sorted(NAMES | bound_names(opened(page, {part: tab})))
        link = {name: VALUES[(place + 7 * number) % len(VALUES)][:5001] for place, name in enumerate(own)}
        shown = opened(page, link | {part: tab})
        assert [str(e.value) for e in shown.exception] == [], tab
