"""What the lanes draw, where texts part, and the picture of paired differences."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specviz.figures.compare.lanes import lane_letters, lane_method, lane_size, lanes_payload, pass_rows
from specviz.figures.compare.paired import PairedPoint, paired_figure
from specviz.records.comparison import ComparisonRecord, first_difference, load_comparison
from specviz.theory import Estimate

FOLDER = Path(__file__).parents[2] / "assets" / "comparisons"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
TITLES = [("a", "b")] * 3


def payload(record: ComparisonRecord, reference: int = 1, clock: str = "seconds") -> dict:
    return lanes_payload(record, reference, clock, [[("1", "2")] * 3] * len(record.lanes), TITLES)


@pytest.mark.parametrize("name", NAMES)
def test_the_payload_is_the_record(name):
    record = load_comparison(FOLDER / name)
    made = payload(record)
    assert len(json.dumps(made, allow_nan=False)) < 40 * 1024
    for lane, trace in zip(made["lanes"], record.lanes, strict=True):
        assert len(lane["tokens"]) == len(trace.emitted)
        assert [p[5] for p in lane["passes"]] == [len(step.emitted) for step in trace.iterations]
        assert sum(sum(p[:3]) for p in lane["passes"]) == pytest.approx(
            sum(step.seconds.total for step in trace.iterations), abs=1e-3
        )
        assert {kind for _, kind, _ in lane["tokens"]} <= set(made["outcomes"])
    assert lane_letters(record) == ["Plain", "A", "B", "C"][: len(record.lanes)]
    assert {kind for _, kind, _ in made["lanes"][0]["tokens"]} == {"plain"}


@pytest.mark.parametrize("name", NAMES)
def test_the_table_twin_has_the_same_passes(name):
    record = load_comparison(FOLDER / name)
    rows = pass_rows(record)
    assert len(rows) == sum(trace.target_calls for trace in record.lanes)
    assert sum(row["written"] for row in rows if row["lane"] == "A") == len(record.lanes[1].emitted)


def test_marks_stand_where_texts_part():
    record = load_comparison(FOLDER / "story")
    made = payload(record)
    texts = [trace.emitted for trace in record.lanes]
    for lane in (0, 2, 3):
        place = first_difference(texts[lane], texts[1])
        assert made["lanes"][lane]["marks"] == [[place, "\u2260A"]]
        assert any(mark[0] == place for mark in made["lanes"][1]["marks"])


def test_one_text_is_said_to_be_one_and_why():
    record = load_comparison(FOLDER / "one_text_any_P")
    (sentence,) = payload(record)["sentences"]
    assert sentence.startswith("Plain, A, B and C wrote the same 64 tokens")
    assert "clocks" in sentence
    assert all(lane["marks"] == [] for lane in payload(record)["lanes"])


def test_parting_is_told_with_both_tokens_and_the_reason():
    sentences = payload(load_comparison(FOLDER / "exact_or_relaxed"))["sentences"]
    assert any(
        "A and B first differ at token" in s and "B did not have to keep the target's law" in s for s in sentences
    )
    story = payload(load_comparison(FOLDER / "story"))["sentences"]
    assert any("Plain and B wrote the same" in s for s in story)
    assert any("first differ at token" in s and "spent in different ways" in s for s in story)


def test_equal_texts_without_clocks_are_called_chance_and_greedy_ones_are_not():
    record = load_comparison(FOLDER / "token_or_block")
    token = record.lanes[1]
    twins = ComparisonRecord((token, replace(token)), ())
    assert "another seed may part them" in payload(twins, 0)["sentences"][0]
    cold = [replace(trace, settings=replace(trace.settings, temperature=0.0)) for trace in twins.lanes]
    assert "most probable token" in payload(ComparisonRecord(tuple(cold), ()), 0)["sentences"][0]


@pytest.mark.parametrize(
    ("dtype", "told"),
    [("float32", False), ("bfloat16", True), ("float16", True), ("float16,float32", True), ("float32,float16", False)],
)
def test_greedy_lanes_that_part_in_16_bits_are_explained(dtype, told):
    lanes = []
    for trace in load_comparison(FOLDER / "story").lanes[:2]:
        settings = replace(trace.settings, temperature=0.0)
        lanes.append(replace(trace, settings=settings, provenance=replace(trace.provenance, dtype=dtype)))
    sentence = payload(ComparisonRecord(tuple(lanes), ()), 1)["sentences"][-1]
    assert "first differ at token" in sentence
    assert (f"16 bits ({dtype.split(',')[0]})" in sentence) == told
    assert ("almost equally probable can change places" in sentence) == told


def test_a_run_of_an_unknown_method_is_still_drawn():
    trace = load_comparison(FOLDER / "story").lanes[1]
    strange = replace(trace, settings=replace(trace.settings, drafter="magic", verifier="<b>x</b>"))
    made = payload(ComparisonRecord((strange,), ()), 0)
    assert made["lanes"][0]["method"] == "magic, <b>x</b>"
    assert lane_size(strange.settings) == "P = 2, k = 4"
    assert lane_method(trace.settings) == "Chain, standard rule, token by token"


def test_a_stopped_lane_says_so():
    trace = load_comparison(FOLDER / "story").lanes[1]
    empty = replace(trace, iterations=())
    made = payload(ComparisonRecord((trace, empty), ()), 0)
    assert made["lanes"][1]["tokens"] == []
    json.dumps(made, allow_nan=False)


@pytest.mark.parametrize("more", [True, False])
def test_paired_differences_end_with_their_verdict(more):
    points = [PairedPoint("A", "#009E73", Estimate(0.5, 0.2, 0.9, 0.95, 6), "better"),
              PairedPoint("B", "#E69F00", Estimate(0.1, -0.2, 0.4, 0.95, 6), "cannot tell")]  # fmt: skip
    figure = paired_figure(points, "tokens per pass", "Plain", more)
    texts = " ".join(a.text for a in figure.layout.annotations)
    assert "<b>better</b>  +0.50 [+0.20, +0.90]" in texts
    assert "<b>cannot tell</b>" in texts
    assert ("better \u2192" in texts) == more
    assert figure.layout.xaxis.range[0] < -0.2 < 0.9 < figure.layout.xaxis.range[1]
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "circle-open"]
