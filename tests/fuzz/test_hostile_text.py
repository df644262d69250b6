"""Text from strangers on real pages: wherever Streamlit reads Markdown, or Plotly tags, none of it is left to be read.

A run whose tokens, prompt, names, device and note are markup lies on the shelf and is shown on every tab; then all that
Streamlit sends to the browser is searched. What it draws letter by letter may hold the markup, everything else may not.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from specviz.figures.probe.kinds import kinds_figure
from specviz.figures.races.one import race_figure
from specviz.figures.rejections.rejections import running_sum_figure
from specviz.figures.run.accepted import accepted_figure
from specviz.figures.tour.laws import overlap_figure
from specviz.figures.transport.flow import Flow, flow_figure
from specviz.figures.transport.simplex import triangle_figure
from specviz.figures.transport.transport import minimising_set_figure
from specviz.records import DecodeTrace, Race
from specviz.records.store import load_trace
from specviz.theory import wilson

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
MARK = "hostile"
EVIL = (
    f"<b>{MARK}</b> ![{MARK}](http://127.0.0.1:9/x.png) ${MARK}$ :red[{MARK}] :material/check: https://{MARK}.example"
)
# Drawn letter by letter: text, code, table cells, options of a list, file names, and the data of our own components.
LETTERS = {"text", "code", "arrow_data_frame", "bidi_component", "file_uploader", "text_input", "text_area"}
PLAIN_FIELDS = {
    "options",
    "id",
    "default",
    "query_param_key",
    "raw_values",
    "raw_value",
    "value",
    "url",
    "query_string",
}
MARKDOWN = ("<b>", f"![{MARK}]", f"${MARK}$", f":red[{MARK}", f"https://{MARK}", ":material/check: ")
TAGS = ("<b>", f"${MARK}$")  # what Plotly reads


def hostile() -> DecodeTrace:
    """Everything in a file that is text, as far as the loader lets it through."""
    trace = load_trace(ROOT / "assets" / "traces" / "story.json.gz")
    trace = replace(trace, iterations=trace.iterations[:6])
    made = replace(
        trace.provenance, target=EVIL, draft=EVIL, device=EVIL, dtype=EVIL, versions=((EVIL, EVIL),), target_path=EVIL,
        draft_path=EVIL,
    )  # fmt: skip
    return replace(
        trace, texts=dict.fromkeys(trace.texts, EVIL), note=EVIL, text=EVIL, prompt=EVIL, provenance=made,
        settings=replace(trace.settings, target=EVIL, draft=EVIL, middle=EVIL),
    )  # fmt: skip


def unknown_methods() -> DecodeTrace:
    """The same with methods that nobody here knows."""
    trace = hostile()
    return replace(trace, settings=replace(trace.settings, drafter=EVIL, verifier=EVIL))


def elements(block: Any) -> Iterator[Any]:
    """Every element of a page, in blocks and by themselves."""
    yield block
    for child in getattr(block, "children", {}).values():
        yield from elements(child)


def raw(proto: Any, marks: tuple[str, ...] = MARKDOWN) -> str:
    """What of the markup stands in a message for the browser where it would be read as markup, or ""."""
    for field, value in proto.ListFields():
        if field.name in PLAIN_FIELDS:
            continue
        many = list(value) if hasattr(value, "__iter__") and not isinstance(value, (str, bytes)) else [value]
        for one in many:
            if hasattr(one, "ListFields"):
                found = raw(one, marks)
                if found:
                    return f"{field.name}: {found}"
            elif isinstance(one, str) and any(part in one for part in marks):
                return f"{field.name}: {one[:300]}"
    return ""


def findings(page: AppTest) -> list[str]:
    found = []
    for element in (*elements(page.main), *elements(page.sidebar)):
        proto = getattr(element, "proto", None)
        if (
            proto is not None
            and element.type not in LETTERS
            and (said := raw(proto, TAGS if element.type == "plotly_chart" else MARKDOWN))
        ):
            found.append(f"{element.type} {said}")
    return found


def opened(page: str, trace: DecodeTrace, **link: str) -> AppTest:
    shown = AppTest.from_string(f"import pages.{page} as page\npage.render()\n", default_timeout=120)
    shown.session_state["shelf"] = {EVIL[:48]: trace}
    for key, value in link.items():
        shown.query_params[key] = value
    return shown.run()


VIEWS = [
    ("decode", {"source": EVIL[:48], "decode_part": "What if"}),
    ("decode", {"source": EVIL[:48], "decode_part": "Tables and files"}),
    *(
        ("decode", {"source": EVIL[:48], "decode_part": "This run in figures", "decode_run_part": part})
        for part in ("Guesses kept", "Along the text", "Tokens per pass", "Time", "Chances")
    ),
    *(
        ("traces", {"traces_run": EVIL[:48], "traces_part": part})
        for part in ("Files", "Compare", "Check", "Fields")
    ),
]  # fmt: skip


@pytest.mark.parametrize("make", [hostile, unknown_methods])
@pytest.mark.parametrize(
    ("page", "link"), VIEWS, ids=lambda part: "-".join(part.values()) if isinstance(part, dict) else part
)
def test_no_markup_of_a_run_is_left_to_be_read(page, link, make):
    shown = opened(page, make(), **link)
    assert [str(e.value) for e in shown.exception] == []
    assert MARK in str(shown)
    assert findings(shown) == []


def test_the_search_finds_markup():
    """Put there on purpose, in Markdown, in a hover, in an error and in a chart's label."""
    shown = AppTest.from_string(
        "import streamlit as st\nimport plotly.graph_objects as go\n"
        f"evil = {EVIL!r}\n"
        "st.markdown(evil)\nst.metric('a', '1', help=evil)\nst.error(evil)\nst.metric('b', evil)\n"
        "st.plotly_chart(go.Figure(go.Bar(x=[evil], y=[1])))\nst.progress(0.5, text=evil)\nst.text(evil)\n",
        default_timeout=60,
    ).run()
    assert len(findings(shown)) >= 6, findings(shown)


READERS = {
    "markdown", "caption", "error", "warning", "info", "success", "metric", "toast", "progress", "header", "subheader",
    "title", "expander", "popover", "button", "status", "spinner", "badge", "page_link",
}  # fmt: skip
STRANGERS = {"provenance", "note", "prompt", "texts", "licence"}
ESCAPES = {"plain", "escaped"}
SHIPPED = ("ranks.provenance", "rounds.provenance", "table.provenance", "study.provenance")  # no stranger wrote these


def unescaped(tree: ast.AST) -> Iterator[ast.expr]:
    """Parts of an expression that come from a record and do not pass through an escape."""
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in ESCAPES | {"len", "define"}:
        return
    if isinstance(tree, ast.Attribute) and tree.attr in STRANGERS:
        yield tree
    for child in ast.iter_child_nodes(tree):
        yield from unescaped(child)


def test_new_text_of_records_is_escaped():
    """In the source: whatever of a record stands directly in what Streamlit reads as Markdown goes through `plain`."""
    found = []
    for path in (*(ROOT / "specviz" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in READERS:
                said = [*call.args, *(k.value for k in call.keywords if k.arg in ("help", "text", "label", "body"))]
                found += [
                    f"{path.relative_to(ROOT)}:{part.lineno} {ast.unparse(part)}"
                    for one in said
                    for part in unescaped(one)
                ]
    assert [line for line in found if not line.endswith(SHIPPED)] == []


def test_charts_of_hostile_words_are_letters():
    """Every figure that draws names of tokens, kinds or runs: no tag and no mathematics is left in them."""
    race = Race(np.arange(2), np.array([0.5, 0.5]), np.array([0.3, 0.7]), np.array([0.2, 0.4]))
    names, law, one = [EVIL, "$x$ <i>", "c"], np.array([0.5, 0.3, 0.2]), wilson(1, 2)
    pictures = [
        race_figure(race, names),
        running_sum_figure([0.1, 0.2], names[:2]),
        accepted_figure({EVIL: [1, 2]}),
        flow_figure([Flow(EVIL, names[1], 0.5, True)], [names[1]]),
        kinds_figure([(EVIL, 1), ("3", 2)], [("speed-up", "times", [one, one])]),
        triangle_figure([Fraction(1, 3)] * 3, [Fraction(1, 3)] * 3, names),
        overlap_figure(law, law, names),
        minimising_set_figure(law, law, np.array([0]), names),
    ]
    for picture in pictures:
        drawn = json.loads(picture.to_json())
        drawn["layout"].pop("template")
        text = json.dumps(drawn)
        assert "&lt;b&gt;" in text
        assert not any(part in text for part in (*TAGS, "<i>", "$x$")), text
