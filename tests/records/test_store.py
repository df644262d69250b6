"""Saved and loaded is the same; damaged, foreign, hostile and newer files get one sentence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from specviz.records.files import TraceError
from specviz.records.store import load_trace, parse_trace, save_trace, trace_bytes, trace_from_dict, trace_to_dict

TRACES = sorted((Path(__file__).parents[2] / "assets" / "traces").glob("*.json.gz"))


def values() -> dict:
    return json.loads(gzip.decompress(TRACES[0].read_bytes()))


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_load_then_save_gives_the_same_bytes(path, tmp_path):
    trace = load_trace(path)
    save_trace(trace, tmp_path / "again.json.gz")
    assert (tmp_path / "again.json.gz").read_bytes() == path.read_bytes() == trace_bytes(trace)


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_recorded_runs_are_consistent(path):
    trace = load_trace(path)
    position = len(trace.prompt_ids)
    for item in trace.iterations:
        assert item.context_len == position
        position += len(item.emitted)
        path_tokens = [*item.tree.token[item.verdict.path].tolist(), item.verdict.closing_token]
        assert list(item.emitted) == path_tokens[: len(item.emitted)]
        assert item.tree.size <= trace.settings.capacity
        assert item.target.known(0)
        assert set(item.emitted) <= set(trace.texts)


def test_arrays_survive():
    trace = load_trace(TRACES[0])
    again = trace_from_dict(trace_to_dict(trace))
    for one, two in zip(trace.iterations, again.iterations, strict=True):
        np.testing.assert_array_equal(one.tree.parent, two.tree.parent)
        np.testing.assert_allclose(one.target.probs, two.target.probs, rtol=1e-5)
        assert one.verdict.draws == two.verdict.draws


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1f\x8b",
        b"not json",
        b"[]",
        b"{}",
        b'{"kind": "trace"}',
        b'{"kind": "trace", "schema": "1"}',
        b'{"kind": "trace", "schema": 99}',
        b'{"kind": "trace", "schema": 1}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
        pytest.param(gzip.compress(b" " * (70 << 20)), id="bomb"),
    ],
)
def test_foreign_files_get_one_sentence(data):
    with pytest.raises(TraceError) as caught:
        parse_trace(data)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_truncated_files_are_refused(share):
    data = TRACES[0].read_bytes()
    with pytest.raises(TraceError, match=r"cut off|damaged"):
        parse_trace(data[: int(len(data) * share)])


def first(changed: dict) -> dict:
    return changed["iterations"][0]


DAMAGE = {
    "negative parent": lambda v: first(v)["tree"]["parent"].__setitem__(1, -5),
    "a cycle": lambda v: first(v)["tree"]["parent"].__setitem__(1, 1),
    "short column": lambda v: first(v)["tree"]["token"].pop(),
    "wrong type": lambda v: first(v)["tree"].__setitem__("token", "abc"),
    "unknown state": lambda v: first(v)["verdict"]["state"].__setitem__(0, 9),
    "unknown sampling": lambda v: first(v)["tree"].__setitem__("sampling", "magic"),
    "path outside": lambda v: first(v)["verdict"].__setitem__("path", [10**6]),
    "missing key": lambda v: v.pop("texts"),
    "settings out of range": lambda v: v["settings"].__setitem__("capacity", 10**9),
    "settings of a wrong type": lambda v: v["settings"].__setitem__("temperature", "hot"),
    "huge number": lambda v: first(v)["tree"]["token"].__setitem__(1, 10**40),
    "foreign setting": lambda v: v["settings"].__setitem__("shell", "rm"),
}


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_damaged_values_are_refused(damage):
    changed = values()
    DAMAGE[damage](changed)
    with pytest.raises(TraceError, match="damaged"):
        parse_trace(json.dumps(changed).encode())


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TraceError, match="could not be read"):
        load_trace(tmp_path / "none.json.gz")
