"""Whatever bytes are opened as a trace: one sentence, or a run that every picture, table, report and question shows."""

from __future__ import annotations

import copy
import gzip
import json
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fuzzing import ODD, any_json, cases, is_one_sentence
from hypothesis import event, given
from hypothesis import strategies as st

from specviz.engine.whatif.answer import capacity_ladder, what_if
from specviz.engine.whatif.words import change_in_words
from specviz.figures.compare.lanes import lanes_payload
from specviz.figures.player.payload import node_table, player_payload
from specviz.figures.run.accepted import accepted_figure
from specviz.figures.run.passes import chance_figure, depth_figure, length_figure, time_figure
from specviz.figures.run.report import report_html
from specviz.figures.run.running import running_figure
from specviz.figures.run.text import text_figure
from specviz.metrics import (
    accepted_lengths,
    iteration_table,
    kept_by_depth,
    predicted_chances,
    run_bounds,
    run_numbers,
    running_tokens_per_pass,
    time_by_part,
    tokens_along_the_text,
)
from specviz.records import DecodeTrace
from specviz.records.comparison import ComparisonRecord
from specviz.records.export import (
    NODE_FIELDS,
    PASS_FIELDS,
    acceptance_metrics,
    csv_text,
    export_json,
    node_rows,
    pass_rows,
)
from specviz.records.files import TraceError
from specviz.records.replay import first_difference
from specviz.records.store import parse_trace, trace_bytes

ROOT = Path(__file__).parents[2]
LANES = ROOT / "assets" / "comparisons"
FILES = (
    ROOT / "tests" / "records" / "golden" / "schema_1.json.gz",
    *(LANES / "chain_or_tree" / f"lane_{number}.json.gz" for number in (1, 2, 3, 4)),
    LANES / "exact_or_relaxed" / "lane_3.json.gz",
    LANES / "one_text_any_P" / "lane_3.json.gz",
    LANES / "story" / "lane_4.json.gz",
)
WHOLE = [path.read_bytes() for path in FILES]
Place = tuple[Any, ...]


def cut(values: dict[str, Any], passes: int) -> dict[str, Any]:
    return values | {"iterations": values["iterations"][:passes]}


BASES = [cut(json.loads(gzip.decompress(data)), 2) for data in WHOLE]


def places_by_pattern(values: Any) -> list[list[Place]]:
    """Paths to every value, those that differ only by the number of a list's entry or a node together."""
    found: dict[Place, list[Place]] = {}

    def walk(part: Any, place: Place) -> None:
        inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, value in inner:
            here = (*place, key)
            found.setdefault(tuple("#" if isinstance(k, int) or k.isdigit() else k for k in here), []).append(here)
            walk(value, here)

    walk(values, ())
    return list(found.values())


PLACES = [places_by_pattern(base) for base in BASES]


@dataclass
class Changed:
    """A file, and what was done to make it: all of it is what a failing test prints."""

    data: bytes
    how: list[Any]

    def __repr__(self) -> str:
        return f"{len(self.data)} bytes: {self.how}"[:2000]


@st.composite
def mutated(draw: st.DrawFn) -> Changed:
    """A recorded run with one to four changes: replaced, deleted, doubled, swapped with another, nudged."""
    number = draw(st.integers(0, len(BASES) - 1))
    values = copy.deepcopy(BASES[number])
    rng = random.Random(draw(st.integers(0, 2**32)))
    made: list[Any] = [FILES[number].name]
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 4)))):
        place = rng.choice(rng.choice(PLACES[number]))
        part: Any = values
        try:
            for key in place[:-1]:
                part = part[key]
            made.append((place, change(part, place[-1], draw, rng, values, number)))
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier change took the place away
    text = json.dumps(values)
    return Changed(gzip.compress(text.encode(), 1) if rng.random() < 0.1 else text.encode(), made)


def change(part: Any, key: Any, draw: st.DrawFn, rng: random.Random, whole: Any, number: int) -> Any:
    """Change an entry; what it is now."""
    how = draw(st.sampled_from(("odd", "json", "delete", "double", "other", "nudge", "nudge")))
    if how == "odd":
        part[key] = rng.choice(ODD)
    elif how == "json":
        part[key] = draw(any_json())
    elif how == "delete":
        del part[key]
        return how
    elif how == "double" and isinstance(part, list):
        part.insert(rng.randint(0, len(part)), copy.deepcopy(part[key]))
    elif how == "other":
        source: Any = whole
        for step in rng.choice(rng.choice(PLACES[number])):
            source = source[step]
        part[key] = copy.deepcopy(source)
    elif isinstance(part[key], (int, float)):
        part[key] = rng.choice((part[key] + 1, part[key] - 1, -part[key], part[key] * 2, part[key] / 3, 1 - part[key]))
    return how, repr(part[key])[:100]


def works(trace: DecodeTrace, drawn: bool) -> None:
    """Everything that a page makes of a run; drawn: the Plotly pictures too, which take nine tenths of the time."""
    json.dumps(player_payload(trace), allow_nan=False)
    run_numbers(trace), run_bounds(trace), time_by_part(trace), accepted_lengths(trace)
    kept_by_depth(trace.iterations), predicted_chances(trace), tokens_along_the_text(trace), iteration_table(trace)
    running_tokens_per_pass(trace)
    for item in trace.iterations:
        node_table(item, trace.texts)
    json.loads(export_json(trace))
    csv_text(pass_rows(trace), PASS_FIELDS), csv_text(node_rows(trace), NODE_FIELDS)
    page = report_html(trace, trace.settings.target)
    assert "<script>alert" not in page
    json.dumps(lanes_payload(ComparisonRecord((trace, trace), ()), 0, "passes", [[], []], []), allow_nan=False)
    again = parse_trace(trace_bytes(trace))
    assert first_difference(trace, again) is None
    if trace.iterations:
        recorded = what_if(trace, 0, trace.settings)
        capacity_ladder(trace, 0, trace.settings, (1, 4))
        assert recorded.iteration is not None or recorded.reason
        if recorded.iteration is not None:
            assert change_in_words(trace.iterations[0], recorded.iteration, str)
    if drawn and trace.iterations:
        lengths = acceptance_metrics(trace)["acceptance_histogram"]
        depths, chances = kept_by_depth(trace.iterations), predicted_chances(trace)
        pictures = [length_figure(accepted_lengths(trace), 1.0), text_figure(tokens_along_the_text(trace))]
        pictures += [running_figure(trace), time_figure(iteration_table(trace))]
        pictures += [] if depths.empty else [depth_figure(depths)]
        pictures += [] if chances.empty else [chance_figure(chances)]
        for picture in (*pictures, accepted_figure({trace.settings.target: lengths})):
            picture.to_json()


def opened(data: bytes, drawn: bool = False) -> bool:
    """Whether these bytes are a run; if so it works, if not one sentence says why."""
    trace, said = None, ""
    try:
        trace = parse_trace(data)
    except TraceError as error:
        said = str(error)
    assert trace is not None or is_one_sentence(said), said
    if trace is not None:
        works(trace, drawn)
    return trace is not None


def told(changed: Changed, drawn: bool = False) -> None:
    """The same, and how often it was which, for `--hypothesis-show-statistics`."""
    event("shown" if opened(changed.data, drawn) else "refused")


@pytest.mark.parametrize("number", range(len(FILES)))
def test_the_runs_that_are_changed_are_good(number):
    assert opened(json.dumps(BASES[number]).encode(), drawn=True)


@cases(250)
@given(mutated(), st.integers(0, 9))
def test_a_changed_run_is_refused_or_works(changed, tenth):
    told(changed, drawn=tenth == 0)


@st.composite
def damaged_bytes(draw: st.DrawFn) -> Changed:
    """A recorded file, packed or not, with flipped, cut, doubled or inserted bytes, or several packed parts."""
    packed = draw(st.sampled_from(WHOLE))
    data, made = bytearray(packed if draw(st.booleans()) else gzip.decompress(packed)), []
    for _ in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from(("flip", "head", "cut", "insert", "member", "double", "repack")))
        place = draw(st.integers(0, max(0, len(data) - 1)))
        made.append((how, place))
        if how in ("flip", "head") and data:
            data[min(place, 12) if how == "head" else place] ^= draw(st.integers(1, 255))
        elif how == "cut":
            del data[place:]
        elif how == "insert":
            data[place:place] = draw(st.binary(max_size=20) | st.sampled_from((b"1e999", b"NaN", b"[" * 999, b'{"":')))
        elif how == "member":
            data += gzip.compress(draw(st.binary(max_size=50)), 1)
        elif how == "double":
            data += data[place : place + 2000]
        else:
            data = bytearray(gzip.compress(bytes(data), 1))
    return Changed(bytes(data), made)


@cases(250)
@given(damaged_bytes())
def test_damaged_bytes_are_refused_or_work(changed):
    told(changed)


@cases(150)
@given(any_json(40), st.sampled_from((None, "trace", "table", "journal")))
def test_arbitrary_json_is_refused(values, kind):
    if kind is not None and isinstance(values, dict):
        values |= {"kind": kind, "schema": 2}
    assert not opened(json.dumps(values).encode())


HEADS = (b"", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"{", b"[", b'{"kind":"trace",')


@cases(100)
@given(st.binary(max_size=400), st.sampled_from(HEADS))
def test_arbitrary_bytes_are_refused(data, head):
    assert not opened(head + data)


def test_a_number_that_is_none_is_refused_everywhere():
    """Each number of a run replaced by one that JSON may write and no run may hold."""
    for pattern in PLACES[0]:
        place = pattern[0]
        values = copy.deepcopy(BASES[0])
        part: Any = values
        for key in place[:-1]:
            part = part[key]
        if isinstance(part[place[-1]], (int, float)) and not isinstance(part[place[-1]], bool):
            for wrong in (math.inf, 1e300, 10**400, "1", [1]):
                part[place[-1]] = wrong
                text = json.dumps(values).replace("Infinity", "1e999")
                assert not opened(text.encode()), (place, wrong)
