"""Exported rows: vLLM's names and meanings, definitions for every field, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from specviz.figures.player.payload import node_table
from specviz.metrics import run_numbers
from specviz.records import Seconds, StopReason, root_only
from specviz.records.export import (
    NODE_FIELDS,
    PASS_FIELDS,
    RUN_FIELDS,
    VLLM_FIELDS,
    acceptance_metrics,
    csv_text,
    export_json,
    node_rows,
    pass_rows,
    safe_cell,
)
from specviz.records.replay import Difference, common_tokens, first_difference, same_run
from specviz.records.store import load_trace, parse_trace, trace_bytes

TRACES = sorted((Path(__file__).parents[2] / "assets" / "traces").glob("*.json.gz"))
STORY = load_trace(next(path for path in TRACES if path.name.startswith("story")))


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_metrics_have_vllms_names_and_meanings(path):
    trace = load_trace(path)
    found = acceptance_metrics(trace)
    assert list(found) == list(VLLM_FIELDS)
    numbers, steps = run_numbers(trace), found["num_spec_steps"]
    assert sum(found["acceptance_histogram"]) == steps == len(found["per_step_accepted"])
    assert len(found["acceptance_histogram"]) == found["num_spec_tokens"] + 1
    assert found["num_draft_tokens"] == sum(found["per_step_drafted"]) == numbers.drafted
    assert found["num_accepted_draft_tokens"] == numbers.accepted
    assert found["mean_acceptance_length"] == pytest.approx(1 + numbers.accepted / steps)
    assert found["draft_acceptance_rate"] == pytest.approx(numbers.utilisation)
    weighted = sum(length * count for length, count in enumerate(found["acceptance_histogram"]))
    assert weighted == numbers.accepted  # the bonus token is not counted


def test_a_pass_without_a_draft_is_no_step():
    """Plain decoding: no step, nothing accepted, and no ratio of nothing."""
    bare = [replace(item, tree=root_only(item.tree.sampling)) for item in STORY.iterations]
    found = acceptance_metrics(replace(STORY, iterations=tuple(bare)))
    assert found["num_spec_steps"] == 0
    assert found["mean_acceptance_length"] is None
    assert found["draft_acceptance_rate"] is None
    assert set(found["acceptance_histogram"]) == {0}


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_every_pass_and_node_is_a_row_with_defined_fields(path):
    trace = load_trace(path)
    passes, nodes = pass_rows(trace), node_rows(trace)
    assert len(passes) == trace.target_calls
    assert all(list(row) == list(PASS_FIELDS) for row in passes)
    assert all(list(row) == list(NODE_FIELDS) for row in nodes)
    assert sum(row["emitted"] for row in passes) == len(trace.emitted)
    assert "".join(row["text"] for row in passes).strip().startswith(trace.text.strip())
    for item in trace.iterations:
        mine = sorted((row for row in nodes if row["iteration"] == item.index), key=lambda row: row["node"])
        theirs = node_table(item, trace.texts)  # the table on the page is built by other code
        names = {"node": "node", "depth": "depth", "outcome": "outcome", "target probability": "target_probability"}
        assert [[row[b] for b in names.values()] for row in mine] == [[row[a] for a in names] for row in theirs]


def test_json_defines_every_field_it_has():
    values = json.loads(export_json(STORY))
    defined = values["definitions"]
    assert set(values["metrics"]["speculative_decoding"]) == set(defined["metrics"])
    assert set(values["passes"][0]) == set(defined["passes"])
    assert set(values["nodes"][0]) == set(defined["nodes"])
    assert set(RUN_FIELDS) <= set(values["run"])
    assert all(text.endswith(".") for group in defined.values() for text in group.values())


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("+", "'+"), ("-3", "'-3"), ("@SUM(A1)", "'@SUM(A1)"), (" =x", "' =x"), ("\t=x", r"\t=x"),
     ("a\nb", r"a\nb"), ("\r", r"\r"), ("\x00", r"\x00"), ("\u202e", r"\u202e"), ("\u2028", r"\u2028"), ("a-b", "a-b"),
     ("\uff1dx", "'\uff1dx"), ("caf\u00e9", "caf\u00e9"), ("", ""), ("\ud800", r"\ud800")],
)  # fmt: skip
def test_a_cell_is_shown_and_never_run(text, cell):
    assert safe_cell(text) == cell


def test_csv_survives_every_token_text():
    evil = '=HYPERLINK("http://x","y"),\n"a'
    trace = replace(STORY, texts=dict.fromkeys(STORY.texts, evil))
    rows = list(csv.DictReader(io.StringIO(csv_text(node_rows(trace), NODE_FIELDS))))
    assert len(rows) == len(node_rows(STORY))
    assert {row["token"] for row in rows} == {"'" + evil.replace("\n", r"\n")}
    assert float(rows[0]["target_probability"]) <= 1
    whole = list(csv.DictReader(io.StringIO(csv_text(pass_rows(trace), PASS_FIELDS))))
    assert all(row["text"].startswith("'=") for row in whole)


def other_seconds(trace):
    items = tuple(replace(item, seconds=Seconds(9.0, 9.0, 9.0)) for item in trace.iterations)
    return replace(trace, iterations=items, provenance=replace(trace.provenance, versions=(("torch", "0"),)))


def test_a_run_is_the_same_whatever_the_clock_said():
    assert same_run(STORY, other_seconds(STORY))
    assert first_difference(STORY, other_seconds(STORY)) is None
    assert same_run(STORY, parse_trace(trace_bytes(STORY)))


def test_the_first_difference_is_named():
    items = list(STORY.iterations)
    fifth = items[5]
    target = replace(fifth.target, probs=fifth.target.probs * 0.999)
    numbers = replace(STORY, iterations=(*items[:5], replace(fifth, target=target), *items[6:]))
    assert first_difference(STORY, numbers) == Difference("numbers", 5)
    assert not same_run(STORY, numbers)
    text = replace(fifth, emitted=(*fifth.emitted[:-1], 3))
    worse = replace(numbers, iterations=(*numbers.iterations[:5], text, *items[6:]))
    assert first_difference(STORY, worse) == Difference("text", 5)
    shared = common_tokens(STORY, worse)
    assert STORY.emitted[:shared] == worse.emitted[:shared]
    assert STORY.emitted[shared] != worse.emitted[shared]
    swapped = (*items[:2], replace(items[2], tree=items[3].tree), *items[3:])
    assert first_difference(STORY, replace(STORY, iterations=swapped)) == Difference("tree", 2)
    other = replace(STORY, settings=replace(STORY.settings, seed=99))
    assert first_difference(STORY, other) == Difference("settings")
    assert first_difference(STORY, replace(STORY, prompt_ids=(1,))) == Difference("prompt")


def test_a_stopped_run_is_compared_as_far_as_it_came():
    half = replace(STORY, iterations=STORY.iterations[:9], stop_reason=StopReason.STOPPED)
    assert first_difference(half, STORY) is None
    ended = replace(half, stop_reason=StopReason.LENGTH)
    assert first_difference(ended, STORY) == Difference("passes", 9)
    assert first_difference(STORY, half) == Difference("passes", 9)
