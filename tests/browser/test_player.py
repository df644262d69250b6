"""The run player by itself, in a page of its own: links both ways, keys, views, files, and what it tells the page."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from conftest import ROOT

from specviz.engine.decode import Run, finish
from specviz.figures.player.payload import player_payload
from specviz.figures.player.source import player_source
from specviz.models.table import TableModel
from specviz.records import Provenance, RunSettings
from specviz.records.store import load_trace

pytestmark = pytest.mark.browser

LIGHT = {"text-color": "#0E1116", "background-color": "#FFF", "secondary-background-color": "#F3F5F7",
         "primary-color": "#00795A"}  # fmt: skip
DARK = {"text-color": "#E8ECF0", "background-color": "#101418", "secondary-background-color": "#1A2027",
        "primary-color": "#2BC89B"}  # fmt: skip
MOUNT = """
window.told = [];
const host = document.getElementById("host").attachShadow({ mode: "open" });
host.append(document.getElementById("parts").content.cloneNode(true));
window.mount = (data) => player({ data, parentElement: host, setStateValue: (name, value) => told.push(value) });
window.payload = JSON.parse(document.getElementById("run").textContent);
mount(payload);
window.view = host.__specviz;
"""


def recorded(name: str) -> dict:
    return player_payload(load_trace(ROOT / "assets" / "traces" / f"{name}.json.gz"))


def opened(browser, tmp_path, payload, width=1100, theme=LIGHT, still=True):
    """A page that holds nothing but the player; whatever its scripts complain about is in `page.errors`."""
    source = player_source()
    script = source["js"].replace("export default function", "const player = function") + MOUNT
    colours = ";".join(f"--st-{name}:{value}" for name, value in theme.items())
    data = json.dumps(payload).replace("<", "\\u003c")
    (tmp_path / "player.html").write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>player</title>'
        f'<body style="{colours};background:var(--st-background-color);color:var(--st-text-color)"><main>'
        f'<h1 style="font-size:9px;margin:0">player</h1>'
        f'<div id="host"></div></main><template id="parts"><style>{source["css"]}</style>{source["html"]}</template>'
        f'<script type="application/json" id="run">{data}</script><script type="module">{script}</script>',
        encoding="utf-8",
    )
    context = browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce" if still else "no-preference"
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto((tmp_path / "player.html").as_uri())
    page.locator(".node").first.wait_for(state="attached")
    return page


def node(page, number):
    return page.locator(f'.tree [data-node="{number}"]')


def mark(page, number):
    """What a visitor points at: the mark of a node, not its label."""
    return node(page, number).locator(".mark").first


def focused(page):
    return page.evaluate("view.active()?.getAttribute('data-node')")


def test_a_token_leads_to_its_node_and_a_node_to_its_token(browser, tmp_path):
    payload = recorded("story")
    page = opened(browser, tmp_path, payload)
    token = next(t for t in payload["tokens"] if t["i"] == 3)
    place = payload["tokens"].index(token)
    page.locator(f'.text [data-place="{place}"]').click()
    assert page.locator(".numbers").inner_text().startswith("pass 4 of")
    chosen = token["n"] if token["n"] is not None else "closing"
    assert node(page, chosen).get_attribute("aria-selected") == "true"
    assert page.locator(".inspector > .name").inner_text() == token["t"]
    page.locator(".transport [data-go=first]").click()
    mark(page, "closing").click()
    last = payload["iterations"][0]["emitted"] - 1
    assert page.locator(".text .chosen").get_attribute("data-place") == str(last)
    mark(page, payload["iterations"][0]["path"][1]).hover()
    assert page.locator(".text .hint").get_attribute("data-place") == "1"
    page.locator('.text [data-place="0"]').hover()
    assert page.locator(".node.hint").get_attribute("data-node") == str(payload["iterations"][0]["path"][0])
    page.context.close()


def test_a_rejected_guess_shows_where_it_would_have_stood(browser, tmp_path):
    payload = recorded("story")
    page = opened(browser, tmp_path, payload)
    step = payload["iterations"][0]
    lost = next(i for i, n in enumerate(step["nodes"]) if n["s"] == "rejected" and n["d"] > 1)
    mark(page, lost).click()
    ghost = page.locator(".text .ghost")
    assert step["nodes"][lost]["t"].strip("\u2423") in ghost.inner_text()
    after = ghost.evaluate("e => e.nextElementSibling.dataset.place")
    assert int(after) == step["nodes"][lost]["d"] - 1
    mark(page, step["path"][0]).click()
    assert ghost.count() == 0
    page.context.close()


def test_the_keys_walk_the_tree_and_step(browser, tmp_path):
    payload = recorded("story")
    page = opened(browser, tmp_path, payload)
    step = payload["iterations"][0]
    mark(page, 0).click()
    page.keyboard.press("ArrowRight")
    assert focused(page) == str(step["path"][0])
    page.keyboard.press("ArrowUp")
    assert focused(page) != str(step["path"][0])
    assert step["nodes"][int(focused(page))]["d"] == 1
    page.keyboard.press("End")
    assert focused(page) == "closing"
    page.keyboard.press("ArrowLeft")
    assert focused(page) == str(step["path"][-1])
    page.keyboard.press("Home")
    assert focused(page) == "0"
    assert page.locator('.tree [tabindex="0"]').count() == 1
    assert page.locator('.tree [aria-selected="true"]').count() == 1
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    assert page.locator(".numbers").inner_text().startswith("pass 2 of")
    assert focused(page) == "closing"  # neither the focus nor the choice is lost by a step
    page.locator(".transport [data-go=last]").click()
    page.keyboard.press("Home")
    assert page.locator(".numbers").inner_text().startswith("pass 1 of")
    page.keyboard.press("ArrowRight")
    assert re.match("Pass 2 of .*: .* accepted, .* emitted", page.locator(".said").inner_text())
    assert page.errors == []
    page.context.close()


def test_the_trials_at_a_node_are_told_in_order(browser, tmp_path):
    payload = recorded("code")
    at, step = next((at, s) for at, s in enumerate(payload["iterations"])
                    if sum(t["k"] == "coin" for t in s["trials"].get("0", [])) > 1)  # fmt: skip
    page = opened(browser, tmp_path, payload)
    page.evaluate(f"view.step({at})")
    trials = step["trials"]["0"]
    mark(page, 0).click()
    shown = page.locator(".trials li").all_inner_texts()
    assert len(shown) == len(trials)
    assert shown[0].startswith("1st")
    assert shown[1].startswith("2nd")
    assert "u = " in shown[0]
    assert "before and after" in shown[0]
    assert page.locator(".trials li").first.locator(".change .row").count() == len(trials[0]["left"])
    page.locator(".trials li .token").first.click()
    assert node(page, trials[0]["n"]).get_attribute("aria-selected") == "true"
    assert node(page, trials[0]["n"]).locator(".order").text_content().startswith("1")
    page.context.close()


def test_a_step_is_told_once_and_playing_not_before_its_end(browser, tmp_path):
    payload = recorded("sum")
    page = opened(browser, tmp_path, payload)
    page.locator(".transport [data-go=next]").click()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    told = page.evaluate("told")
    assert [t["iteration"] for t in told] == [2]  # two quick steps are one message
    page.evaluate("mount(JSON.parse(JSON.stringify(payload)))")  # the page runs again and sends the same run
    page.wait_for_timeout(500)
    assert len(page.evaluate("told")) == 1
    assert page.locator(".numbers").inner_text().startswith("pass 3 of")
    page.locator(".speed select").select_option("0.15")
    page.locator(".transport .play").click()
    page.wait_for_timeout(600)
    assert len(page.evaluate("told")) == 1
    page.locator(".transport .play").click()
    page.wait_for_timeout(500)
    assert len(page.evaluate("told")) == 2
    page.context.close()


def test_a_new_tree_of_the_same_place_keeps_the_guess(browser, tmp_path):
    """What a page does that grows the tree: another payload under the same key; and a start from a link."""
    payload = recorded("story") | {"open": {"iteration": 2, "node": 1}, "autoplay": True}
    page = opened(browser, tmp_path, payload, still=False)
    assert page.locator(".numbers").inner_text().startswith("pass 3 of")
    assert node(page, 1).get_attribute("aria-selected") == "true"
    small = recorded("story") | {"compact": True, "view": "icicle"}
    page.evaluate("data => mount(data)", small)
    assert not page.locator(".text").is_visible()
    assert not page.locator(".transport").is_visible()
    assert page.locator(".tree rect.cell").count() == len(small["iterations"][2]["nodes"])
    assert node(page, 1).get_attribute("aria-selected") == "true"
    assert page.errors == []
    page.context.close()


class Toy:
    """A pair of table models as the engine sees it, with many tokens of even chances: large trees."""

    stop_ids: frozenset[int] = frozenset()
    provenance = Provenance("toy", "toy", "cpu", "exact", ())

    def __init__(self) -> None:
        laws = np.random.default_rng(4).dirichlet(np.full(8, 0.6), 16)
        self.target = TableModel(lambda text: laws[text[-1]], 8)
        self.draft = TableModel(lambda text: laws[8 + text[-1]], 8)

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        return [0, 1]

    def decode(self, ids: list[int]) -> str:
        return "".join(map(str, ids))

    def texts(self, ids: set[int]) -> dict[int, str]:
        return {i: f" w{i}" for i in ids}


def of_size(capacity: int) -> dict:
    settings = RunSettings(drafter="best_first", verifier="sample_and_look", temperature=1.0, capacity=capacity,
                           depth=8, max_new_tokens=6, seed=1)  # fmt: skip
    return player_payload(finish(Run(Toy(), settings, "x")))


def test_large_trees_open_as_an_icicle(browser, tmp_path):
    payload = of_size(256)
    page = opened(browser, tmp_path, payload)
    step = payload["iterations"][0]
    assert page.get_by_role("button", name="icicle").get_attribute("aria-pressed") == "true"
    cells = page.evaluate(
        "[...view.find('.tree').querySelectorAll('rect.cell')].map(c => ['y', 'height'].map(n => +c.getAttribute(n)))"
    )
    assert len(cells) == len(step["nodes"]) == 257
    for number, n in enumerate(step["nodes"][1:], 1):
        top, tall = cells[number]
        above, whole = cells[n["parent"]]
        assert above - 0.1 <= top <= top + tall <= above + whole + 0.6
        assert tall == pytest.approx(max(0.5, 370 * n["w"] - 0.8), abs=0.2)  # the height is the path probability
    assert page.locator(".tree .gap").count() <= 1
    node(page, 0).focus()
    page.keyboard.press("ArrowRight")
    chosen = focused(page)
    page.get_by_role("button", name="tree", exact=True).click()
    assert node(page, chosen).get_attribute("aria-selected") == "true"
    assert page.locator(".tree rect.cell").count() == 0
    assert page.errors == []
    page.context.close()


def test_a_thousand_nodes_are_drawn(browser, tmp_path):
    page = opened(browser, tmp_path, of_size(1024))
    assert page.locator(".tree .node").count() == 1026
    assert page.errors == []
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(1080, LIGHT), (540, DARK)])
@pytest.mark.parametrize("name", ["story", "sum", "code"])
def test_no_label_covers_another_and_nothing_is_cut_off(browser, tmp_path, name, width, theme):
    page = opened(browser, tmp_path, recorded(name), width, theme)
    found = page.evaluate(
        """() => view.steps.flatMap((_, at) => {
          view.show(at);
          const svg = view.find(".tree"), box = view.find(".treebox"), width = +svg.getAttribute("width");
          const labels = [...svg.querySelectorAll(".label, .order")].map((e) => [e.textContent, e.getBBox()]);
          const faults = box.scrollWidth > box.clientWidth ? [`pass ${at} scrolls`] : [];
          labels.forEach(([text, a], i) => {
            if (a.x < -1 || a.x + a.width > width + 1) faults.push(`pass ${at}: ${text} is cut off`);
            labels.slice(i + 1).forEach(([other, b]) => {
              const x = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
              const y = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
              if (x > 2 && y > 5) faults.push(`pass ${at}: ${text} on ${other}`);
            });
          });
          return faults;
        })"""
    )
    assert found == []
    page.context.close()


def test_the_picture_is_saved_with_all_its_nodes(browser, tmp_path):
    payload = recorded("story")
    page = opened(browser, tmp_path, payload, theme=DARK)
    page.locator(".transport [data-go=next]").click()
    with page.expect_download() as got:
        page.get_by_role("button", name="Save as SVG").click()
    assert got.value.suggested_filename == "specviz-pass-2.svg"
    text = Path(got.value.path()).read_text(encoding="utf-8")
    assert text.count('class="node ') == len(payload["iterations"][1]["nodes"]) + 1
    assert "var(--" not in text
    assert 'fill="rgb(16, 20, 24)"' in text  # the page of the dark theme
    with page.expect_download() as got:
        page.get_by_role("button", name="Save as PNG").click()
    assert got.value.suggested_filename == "specviz-pass-2.png"
    picture = Path(got.value.path()).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5000
    page.context.close()


def test_hostile_tokens_are_only_text(browser, tmp_path):
    evil = "<img src=x onerror=window.hacked=1>\"'&"
    text = re.sub(
        r'"t": "(?:[^"\\]|\\.)*"', f'"t": {json.dumps(evil)}'.replace("\\", r"\\"), json.dumps(recorded("code"))
    )
    payload = json.loads(text)
    page = opened(browser, tmp_path, payload | {"prompt": [evil, evil]})
    page.evaluate("view.steps.forEach((_, at) => { view.step(at); view.choose(0); }); view.step(0)")
    mark(page, 1).hover()
    assert "onerror" in page.locator(".tip").inner_text()
    assert "onerror" in page.locator(".text").inner_text()
    assert page.locator(".player img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert page.errors == []
    page.context.close()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "view"), [("code", "tree"), ("story", "icicle")])
def test_an_accessibility_checker_finds_nothing(browser, tmp_path, name, view, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = opened(browser, tmp_path, recorded(name) | {"view": view}, theme=theme)
    page.evaluate("view.step(2); view.choose(1)")
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0].get("failureSummary")) for v in found] == []
    page.context.close()


def test_definitions_come_by_hover_and_by_focus(browser, tmp_path):
    page = opened(browser, tmp_path, recorded("story"))
    page.locator(".legend .term").nth(1).hover()
    assert page.locator(".tip").inner_text() == "A guess that was examined and lost."
    page.locator(".numbers .term").nth(4).focus()
    assert page.locator(".tip").inner_text().startswith("Block efficiency")
    page.keyboard.press("Escape")
    assert not page.locator(".tip").is_visible()
    page.context.close()
