"""The Models page: four answers before loading, stages, failures with a way out, one choice for every page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

from folders import folder, rename_tokens

from specviz.engine.load_job import LoadJob
from specviz.engine.scheduling import Stage
from specviz.models.preflight.troubles import Trouble
from specviz.records import Provenance
from specviz.records.costs import Costs
from specviz.ui.jobs import workshop
from specviz.ui.models.costs import cut, reading, ways
from specviz.ui.models.load import stage_marks
from specviz.ui.words import plain

ROOT = Path(__file__).parents[2]
LABELS = ("files", "licence", "memory", "tokens")


def open_page(**query: str) -> AppTest:
    page = AppTest.from_string("import pages.models as page\npage.render()\n", default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def other(target: str, draft: str, **more: str) -> AppTest:
    return open_page(pair="Another pair", target=target, draft=draft, **more)


def answers(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric if metric.label in LABELS}


def words(page: AppTest) -> str:
    kinds = ("markdown", "caption", "success", "warning", "error", "info")
    return "\n".join(str(item.value) for kind in kinds for item in page.get(kind))


def test_the_embedded_pair_is_here_and_fits():
    found = answers(open_page())
    assert (found["files"], found["licence"], found["tokens"]) == ("here", r"Apache\-2.0", "agree")
    assert found["memory"].endswith("MB, fits")


def test_the_page_opens_without_torch_and_transformers():
    code = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_string('import pages.models as page\\npage.render()', default_timeout=60).run()\n"
        "assert not page.exception\nsys.exit(any(m in sys.modules for m in ('torch', 'transformers')))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_curated_pair_is_known_without_a_network():
    page = open_page(pair="Llama 3.1 8B with 3.2 1B")
    found = answers(page)
    assert found["files"] == "18.5 GB to fetch"
    assert found["licence"] == "login needed"
    assert "is gated" in words(page).replace("\\", "")
    rows = page.dataframe[0].value.set_index("fact")["target"]
    assert rows["parameters"] == "8,030,261,248"
    assert rows["licence"] == "Llama 3.1 Community License"


def test_more_tokens_and_smaller_numbers_change_the_estimate():
    def size(**how: str) -> float:
        return float(answers(open_page(pair="Qwen3 4B with 0.6B", **how))["memory"].split()[0])

    plain_size = size()
    assert size(models_tokens="32768") > plain_size
    assert size(models_dtype="bfloat16") < plain_size
    assert size(models_P="1024") > plain_size


def test_an_id_that_nobody_knows_is_said_to_be_unknown_and_can_be_asked_for(monkeypatch):
    monkeypatch.setattr("specviz.models.preflight.hub.SECONDS", 1.0)
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: (_ for _ in ()).throw(TimeoutError()))
    page = other("nobody/knows-this", "fable/draft")
    assert answers(page)["files"] == "to fetch"
    page.button(key="models_ask").click().run()
    assert any("Hub out of reach" in str(w.value) for w in page.warning)
    assert not page.exception


def test_tokenizers_that_differ_are_shown_id_by_id(tmp_path):
    made = rename_tokens(folder(tmp_path), 700, 900)
    page = other("fable/target", str(made), models_part="Tokens")
    assert answers(page)["tokens"] == "differ"
    said = words(page).replace("\\", "")
    assert "2 of 1,024 common ids differ. The first is id 700" in said
    assert "'changed700' in the draft model" in said


def test_hostile_names_and_tokens_are_letters(tmp_path):
    evil = "![x](http://127.0.0.1:9/x.png)<img src=x onerror=alert(1)>$$x$$:red[y]"
    page = other(evil, "fable/draft")
    assert not page.exception
    said = "\n".join(str(w.value) for w in page.warning)
    assert plain("![x](http") in said
    assert "![x](http" not in said
    assert plain("<img src=x") in said
    assert not re.search(r"(?<!\\)<img", said)


@pytest.mark.parametrize("name", ["", "x" * 5000, "../../etc", "日本/語", "a b"])
def test_bad_names_are_one_warning(name):
    page = other(name, "fable/draft")
    assert not page.exception
    assert len(page.error) == 0
    assert answers(page)["files"] == "something is wrong"


def load(page: AppTest) -> AppTest:
    page.button(key="models_job_start").click().run()
    deadline = time.monotonic() + 60
    ended = ("in all", "nothing had to be loaded")
    while not page.error and not any(text in words(page) for text in ended) and time.monotonic() < deadline:
        time.sleep(0.2)
        page.run()
    assert not page.exception
    return page


def test_load_shows_every_stage_and_leads_on():
    said = words(load(open_page(pair="Embedded pair, plainly trained draft", models_dtype="float32")))
    assert "Try a first pass" in said.replace("\xa0", " ")
    assert "Measure what a pass costs" in said.replace("\xa0", " ")
    assert "**In memory:** fable/target with fable/draft-plain" in said.replace("\\", "")


def test_the_curve_of_a_load_with_what_to_read_off_it():
    page = load(open_page(pair="Embedded pair, plainly trained draft", models_dtype="float32"))
    page.button(key="models_see_costs").click().run()
    assert page.session_state["models_part"] == "Cost of a pass"
    said = words(page)
    assert "nearly free to check" in said or "no guess is free" in said
    assert re.search(r"Run here: the target on [\w ]+, the draft model on [\w ]+\.", said)
    costs = workshop().costs
    assert list(page.dataframe[0].value["draft nodes"]) == list(costs.sizes)
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["free up to"] == f"P\u00a0=\u00a0{costs.nearly_free()}"
    assert shown["cost ratio"] == f"{costs.ratio:.2f}"
    page.button(key="models_measure").click().run()
    deadline = time.monotonic() + 60
    while workshop().costs is costs and time.monotonic() < deadline:
        time.sleep(0.1)
    assert workshop().costs is not costs
    page.run()
    assert not page.exception


def test_a_page_that_is_behind_measures_nothing(monkeypatch):
    page = load(open_page(pair="Embedded pair, plainly trained draft", models_dtype="float32"))
    page.button(key="models_see_costs").click().run()
    workshop().pair("fable/target", "fable/draft")  # somebody else's
    known = len(workshop().jobs)
    monkeypatch.setattr(workshop(), "start", lambda job: pytest.fail("a job was started"))
    page.button(key="models_measure").click().run()
    assert not page.exception
    assert len(workshop().jobs) == known
    assert workshop().loaded.provenance.draft == "fable/draft"
    assert "Another pair is in memory now" in page.toast[0].value


def test_a_curve_that_was_cut_says_where():
    def costs(*sizes: int) -> Costs:
        line = tuple(map(float, sizes))
        return Costs(Provenance("t", "d", "cpu", "float32", ()), sizes, line, line, line, line, line, line, 9, 1, 1.0)

    assert cut(costs(0, 1, 8)).startswith("only up to 8 guesses, because larger passes take too long")
    assert cut(costs(0, 1, 8, 128)) == ""


def test_the_sentence_follows_the_curve():
    def costs(*target: float) -> Costs:
        made = Provenance("t", "d", "cpu", "float32", (), 0, 0, "fused, packed", "plain")
        return Costs(made, (0, 8, 64), target, target, target, target, target, target, 9, 3, 1.0)

    assert "here up to 8; with 64 guesses it takes 3.0 times as long" in reading(costs(1.0, 1.2, 3.0))
    assert "flat as far as it was measured: up to 64" in reading(costs(1.0, 1.1, 1.2))
    assert "rises from the first guess on" in reading(costs(1.0, 2.0, 3.0))
    told = ways(costs(1.0, 1.0, 1.0).provenance)
    assert told.startswith("Run here: the target on fused layers and packed weights, the draft model on its Hugging")
    assert ways(Provenance("t", "d", "cpu", "float32", ())) == ""


def test_before_a_load_the_tab_says_what_to_do(monkeypatch):
    monkeypatch.setattr(workshop().pairs.latest, "costs", None)
    assert "Nothing is measured yet: press Load." in words(open_page(models_part="Cost of a pass"))


def test_a_failed_load_names_the_stage_and_the_example_next_to_it_works(tmp_path):
    page = load(other("fable/target", str(folder(tmp_path, num_hidden_layers=3))))
    said = str(page.error[0].value).replace("\\", "")
    assert "**Load the draft model: damaged or incomplete files.**" in said
    assert "lack 9 tensors" in said
    page.button(key="models_failed_DAMAGED").click().run()
    assert page.selectbox(key="pair").value == "Embedded pair, distilled draft"
    assert len(page.error) == 0  # it spoke about other names
    assert answers(page)["files"] == "here"


def test_the_choice_is_the_one_that_decode_reads():
    from specviz.ui.controls import OTHER, PAIRS

    page = AppTest.from_string("import pages.decode as page\npage.render()\n", default_timeout=60)
    page.query_params["pair"] = "Qwen3 4B with 0.6B"
    page.run()
    assert not page.exception
    assert page.selectbox(key="pair").value == "Qwen3 4B with 0.6B"
    assert list(page.selectbox(key="pair").options) == [*PAIRS, OTHER]


def test_the_curated_list_puts_a_pair_into_the_fields():
    page = open_page(models_part="Curated pairs", models_family="Pythia")
    table = page.dataframe[0].value
    assert set(table["pair"]) == {"Pythia 6.9B with 70M", "Pythia 1.4B with 70M", "Pythia 410M with 70M"}
    assert "50,432 / 50,304" in set(table["rows"])
    page.button(key="models_put").click().run()
    assert page.selectbox(key="pair").value == "Pythia 6.9B with 70M"


def test_every_failure_has_a_way_out_on_the_page():
    page = open_page(models_part="If it fails")
    assert words(page).count("**What to do.**") == len(Trouble) - 2
    assert "HF_TOKEN" in words(page)


def test_the_card_tells_size_quality_and_licences():
    page = open_page(models_part="The embedded pair")
    card, texts = page.dataframe[0].value, page.table[0].value
    assert list(card["parameters"]) == [2722048, 319968, 319968, 1071200]
    measured = json.loads((ROOT / "assets" / "models" / "fable" / "figures.json").read_text())["kinds"]["story"]
    assert card.set_index("model")["story, bits"]["target"] == pytest.approx(measured["bits target"], abs=1e-3)
    assert "CDLA-Sharing-1.0" in set(texts["licence"])
    assert list(texts["kind"]) == ["story", "tale", "sum", "code"]


def test_marks_of_stages():
    from specviz.engine.load_job import Step
    from specviz.models.preflight.stages import LoadStage

    job = LoadJob("a", "b", steps=[Step(LoadStage.START, 0.0, 1.5), Step(LoadStage.NAMES, time.monotonic())])
    job.stage = Stage.LOADING
    assert [mark for mark, _, _ in stage_marks(job)][:3] == ["\u2713", "\u25b6", "\u25cb"]
    job.fail("broken")
    assert [mark for mark, _, _ in stage_marks(job)][:3] == ["\u2713", "\u2715", "\u25cb"]
    again = LoadJob("a", "b", again=True)
    assert stage_marks(again) == []
    again.steps.append(Step(LoadStage.COSTS, time.monotonic()))
    again.stage = Stage.WORKING
    assert [(mark, stage) for mark, stage, _ in stage_marks(again)] == [("\u25b6", str(LoadStage.COSTS))]


def test_plain_words_mean_nothing_to_markdown():
    assert plain("a_b [c](d) <e> `f` $g$ :red[h]") == "a\\_b \\[c\\]\\(d\\) \\<e\\> \\`f\\` \\$g\\$ \\:\u2060red\\[h\\]"
    assert plain("one\n\n# two") == r"one \# two"
