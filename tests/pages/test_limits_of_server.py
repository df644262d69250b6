"""What a visitor sees of a server's limits: controls that end there, sentences for links, no way around them."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from specviz.engine.jobs import RunJob
from specviz.records import RunSettings
from specviz.ui.controls import capacities
from specviz.ui.jobs import workshop
from specviz.ui.models.card import allowed_rows
from specviz.ui.uploads import PRIVATE, content, most_megabytes

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
WITH_FILES = [
    ("decode", {}), ("traces", {"traces_part": "Files"}), ("probe", {"probe_source": "a text of mine"}),
    ("probe", {"probe_part": "Many prompts", "probe_prompts_from": "prompts of mine"}),
]  # fmt: skip


def open_page(name: str, **query: str) -> AppTest:
    page = AppTest.from_string(f"import pages.{name} as page\npage.render()\n", default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    kinds = ("markdown", "caption", "success", "warning", "error", "info")
    return "\n".join(str(item.value) for kind in kinds for item in page.get(kind)).replace("\\", "")


def test_sliders_end_where_the_server_ends(limits):
    limits(capacity=48, depth=6, new_tokens=50, prompt=30)
    page = open_page("decode", prompt="your own")
    assert page.select_slider(key="P").options == ["0", "1", "2", "4", "8", "16", "32", "48"]
    assert (page.number_input(key="depth").max, page.number_input(key="depth").value) == (6, 6)
    assert (page.number_input(key="tokens").max, page.number_input(key="tokens").value) == (50, 50)
    assert page.text_area(key="own_prompt").proto.max_chars == 30
    other = open_page("compare")
    assert other.selectbox(key="compare_a_P").options == ["1", "2", "4", "8", "16", "32", "48"]
    assert other.number_input(key="depth").max == 6


def test_the_smallest_limits_still_make_pages(limits):
    limits(capacity=1, depth=1, new_tokens=1, prompt=1, upload_mb=1, jobs=1, visitor_jobs=1, queue=0, seconds=1)
    for name in PAGES:
        open_page(name)
    for name, query in (
        ("probe", {"probe_part": "Advice", "probe_advice_for": "a prompt, measured now"}),
        ("limits", {"limits_study": "a prompt, measured now"}), ("compare", {"compare_part": "Losslessness check"}),
        *WITH_FILES,
    ):  # fmt: skip
        open_page(name, **query)


@pytest.mark.parametrize(
    ("query", "key", "value", "sentence"),
    [
        ({"P": "64"}, "P", 32, "The link asks for P = 64; at most 32 is possible here."),
        ({"depth": "12"}, "depth", 10, "The link asks for depth 12; at most 10 is possible here."),
        ({"tokens": "300"}, "tokens", 99, "The link asks for tokens: 300; at most 99 is possible here."),
    ],
)
def test_a_link_beyond_the_limits_is_cut_to_them_with_a_sentence(limits, query, key, value, sentence):
    limits(capacity=32, depth=10, new_tokens=99)
    page = open_page("decode", **query)
    control = page.select_slider(key=key) if key == "P" else page.number_input(key=key)
    assert control.value == value
    assert sentence in words(page)
    control.set_value(2).run()
    assert sentence not in words(page)


def test_without_limits_a_link_beyond_the_controls_is_cut_too():
    page = open_page("decode", P="4096", depth="999", tokens="1e9", k="999999")
    assert page.select_slider(key="P").value == 1024
    assert page.number_input(key="depth").value == 64
    assert page.number_input(key="tokens").value == RunSettings().max_new_tokens  # no number at all
    assert "The link asks for P = 4,096; at most 1,024 is possible here." in words(page)


def test_a_lane_of_a_link_is_cut_as_well(limits):
    limits(capacity=32)
    page = open_page("compare", compare_b_P="512")
    assert page.selectbox(key="compare_b_P").value == 32
    assert "The link asks for P = 512; at most 32 is possible here." in words(page)


def test_only_allowed_pairs_are_offered_and_the_link_to_another_is_told_so(limits):
    limits(models="embedded")
    page = open_page("decode", pair="Qwen3 4B with 0.6B")
    assert page.selectbox(key="pair").options == [
        "Embedded pair, distilled draft", "Embedded pair, plainly trained draft", "Another pair",
    ]  # fmt: skip
    assert "This server does not load Qwen3 4B with 0.6B, which the link names." in words(page)
    assert "This server loads the embedded models." in words(page)
    assert page.selectbox(key="pair").value == "Embedded pair, distilled draft"


def test_a_name_that_is_typed_is_refused_before_a_job_is_made(limits):
    limits(models="embedded")
    before = set(workshop().jobs)
    evil = "![x](http://127.0.0.1:9/x.png)"
    for name in ("Qwen/Qwen3-4B", "/etc", evil):
        page = open_page("decode", pair="Another pair", target=name, draft="fable/draft")
        next(button for button in page.button if button.label == "Run").click().run()
        assert "This server does not load these models; the Models page says what it loads." in words(page)
        assert not any(evil in str(error.value) for error in page.error)
    assert set(workshop().jobs) == before


def test_the_models_page_offers_and_says_what_is_allowed(limits):
    limits(models="embedded", largest_model=3_000_000, capacity=64, uploads="no")
    page = open_page("models")
    assert "This server loads the embedded models, of at most 3,000,000 parameters." in words(page)
    assert "Padded embeddings" not in [button.label for button in page.button]
    page = open_page("models", models_part="Curated pairs")
    assert "This server loads none of the curated pairs" in words(page)
    page = open_page("models", models_part="This server")
    assert "What it allows." in words(page)
    rows = {row["of"]: row["allowed"] for row in allowed_rows()}
    assert rows["models"] == "the embedded models"
    assert (rows["capacity P"], rows["files of visitors"]) == ("0 to 64", "none")
    page = open_page("models", pair="Another pair", target="Qwen/Qwen3-4B", draft="fable/draft")
    assert "Not loaded on this server." in words(page)
    assert "Whoever runs this server has chosen what it loads" in words(page)
    page = open_page("models", models_part="If it fails")
    assert "Works: Another pair" not in [button.label for button in page.button]


def test_where_a_server_keeps_its_models_is_not_told(limits, tmp_path):
    limits(model_folder=tmp_path / "secret-place")
    for query in ({"models_part": "This server"}, {"pair": "Another pair", "target": "/etc", "draft": "/etc"}):
        page = open_page("models", **query)
        assert "secret-place" not in words(page)
        assert not any("secret-place" in str(table.value.to_dict()) for table in page.dataframe)


def test_a_server_without_the_embedded_pair_opens_all_its_pages(limits):
    limits(models="Qwen/Qwen3-4B,Qwen/Qwen3-0.6B")
    for name in PAGES:
        open_page(name)
    page = open_page("models")
    assert page.selectbox(key="pair").options == ["Qwen3 4B with 0.6B", "Another pair"]


@pytest.mark.parametrize(("name", "query"), WITH_FILES)
def test_the_private_mode_shows_no_control_for_files_and_says_so(limits, name, query):
    assert open_page(name, **query).get("file_uploader")
    limits(uploads="false")
    page = open_page(name, **query)
    assert not page.get("file_uploader")
    assert PRIVATE in words(page)


def test_the_size_of_a_file_is_checked_again_by_the_server(limits):
    limits(upload_mb=2)
    assert most_megabytes() == 2
    assert most_megabytes(own=1) == 1
    file = SimpleNamespace(size=2 << 20, getvalue=lambda: b"x")
    assert content(file) == b"x"
    file.size += 1
    with pytest.raises(ValueError, match="larger than 2 MB; files of at most 2 MB are opened here"):
        content(file)
    limits(uploads="false")
    file.size = 1
    with pytest.raises(ValueError, match=PRIVATE):
        content(file)
    limits(upload_mb=10_000)
    assert most_megabytes() < 10_000  # Streamlit's own limit


def outcome(job: RunJob) -> str:
    """Why a job was refused, or failed."""
    try:
        workshop().start(job)
    except ValueError as error:
        return str(error)
    deadline = time.monotonic() + 60
    while job.active and time.monotonic() < deadline:
        time.sleep(0.02)
    return job.error


def test_a_job_that_was_made_around_the_controls_is_refused_by_the_engine(limits):
    """As by somebody who speaks to the server without a browser."""
    limits(models="embedded", capacity=16, depth=4, new_tokens=20)
    within = {"capacity": 16, "depth": 4, "max_new_tokens": 20}
    for changed, sentence in (
        ({"capacity": 1024}, "This server allows 16 draft nodes"), ({"target": "/etc"}, "is not among the models"),
        ({"drafter": "hierarchy", "middle": "Qwen/Qwen3-0.6B"}, "is not among the models"),
    ):  # fmt: skip
        assert sentence in outcome(RunJob.of(RunSettings(**(within | changed)), "Once"))


def test_settings_that_cannot_be_are_one_sentence_and_no_page(limits):
    limits(jobs="many")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert [str(error.value).replace("\\", "") for error in app.error] == [
        "SpecViz cannot start. The setting jobs is a whole number, not 'many'."
    ]
    assert not app.title


def test_p_of_the_sliders(limits):
    limits(capacity=3)
    assert capacities() == [0, 1, 2, 3]
    assert capacities(least=1) == [1, 2, 3]
    limits(capacity=1024)
    assert capacities()[-2:] == [512, 1024]
