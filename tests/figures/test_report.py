"""The report is one file that cannot reach a network, and whatever a token says stays text in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from specviz.figures.player.payload import player_payload
from specviz.figures.run import report
from specviz.figures.run.report import caveats, json_block, report_html
from specviz.records.store import load_trace

TRACES = {
    path.name.partition(".")[0]: load_trace(path)
    for path in (Path(__file__).parents[2] / "assets" / "traces").glob("*.json.gz")
}
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028{{payload}}\ud800&amp;"


class Page(HTMLParser):
    """Tags and attributes of a page, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag == "script"

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "script"

    def handle_data(self, data):
        if self._inside:
            self.scripts.append(data)


@pytest.mark.parametrize("name", TRACES)
def test_the_report_holds_the_whole_run_in_little_space(name):
    page = report_html(TRACES[name], name)
    assert len(page.encode()) < 600_000
    data, _ = Page(page).scripts
    assert json.loads(data) == json.loads(json.dumps(player_payload(TRACES[name])))
    assert "{{" not in page


def test_only_its_own_script_may_run_and_nothing_may_be_loaded():
    parsed = Page(report_html(TRACES["story"], "story"))
    policy = next(a["content"] for tag, a in parsed.tags if a.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(parsed.scripts[1].encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert "connect-src" not in rules  # so that default-src holds
    assert not any({"src", "href", "action"} & set(attributes) for _, attributes in parsed.tags)
    page = report_html(TRACES["story"], "story")
    assert not re.search(r"@import|url\(", page)


def test_hostile_text_stays_text():
    story = TRACES["story"]
    plain = Page(report_html(story, "story"))
    changed = replace(
        story, texts=dict.fromkeys(story.texts, EVIL), prompt=EVIL, text=EVIL, note=EVIL,
        provenance=replace(story.provenance, target=EVIL, versions=((EVIL, EVIL),)),
        settings=replace(story.settings, target=EVIL),
    )  # fmt: skip
    page = report_html(changed, EVIL)
    page.encode("utf-8")
    parsed = Page(page)
    assert [tag for tag, _ in parsed.tags if tag in ("script", "img")] == ["script", "script"]
    assert not any(key.startswith("on") for _, attributes in parsed.tags for key in attributes)
    assert len(parsed.scripts) == 2
    assert parsed.scripts[1] == plain.scripts[1]
    assert json.loads(parsed.scripts[0])["tokens"][0]["t"].startswith("</script><script>alert(1)")


def test_a_json_block_ends_no_script():
    block = json_block({"a": EVIL})
    assert not set(block) & set("<>&\u2028")
    assert json.loads(block)["a"] == EVIL


def test_a_player_with_an_import_is_refused(monkeypatch):
    module = "import x from 'y';\nexport default function (c) {}\n"
    monkeypatch.setattr(report, "player_source", lambda: {"js": module, "css": "", "html": ""})
    with pytest.raises(ValueError, match="no import"):
        report_html(TRACES["story"], "story")


def test_an_empty_run_and_a_strange_method_have_a_report():
    story = TRACES["story"]
    empty = replace(story, iterations=(), text="")
    assert "No target pass was made." in report_html(empty, "empty")
    assert caveats(story) == []
    assert "not known here" in caveats(replace(story, settings=replace(story.settings, drafter="magic")))[0]
    assert "not lossless" in caveats(replace(story, settings=replace(story.settings, verifier="relaxed")))[0]
    assert "yardstick" in caveats(replace(story, settings=replace(story.settings, drafter="oracle")))[0]


def test_each_pass_is_in_the_chart_and_in_the_table():
    story = TRACES["story"]
    page = report_html(story, "story")
    assert page.count('class="closing" x=') == sum(
        len(item.emitted) > item.verdict.accepted for item in story.iterations
    )
    assert page.count('<tr><td class="number">') == len(story.iterations)
