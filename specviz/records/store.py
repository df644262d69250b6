"""Traces as record files."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from specviz.records.files import (
    TraceError,
    check_schema,
    damage_as_sentence,
    pack,
    plain,
    provenance_of,
    read_bytes,
    unpack,
    write_bytes,
)
from specviz.records.race import Race
from specviz.records.rows import SparseRows
from specviz.records.settings import RunSettings
from specviz.records.story import check_story
from specviz.records.trace import SCHEMA, DecodeTrace, Iteration, Seconds, StopReason
from specviz.records.trace_shape import check_trace
from specviz.records.tree import DraftTree, Sampling
from specviz.records.verdict import ClosingKind, Draw, DrawKind, Verdict


def save_trace(trace: DecodeTrace, path: Path) -> None:
    """Write a trace as `.json.gz`."""
    write_bytes(pack(trace_to_dict(trace)), path)


def trace_bytes(trace: DecodeTrace) -> bytes:
    """The bytes of a trace file."""
    return pack(trace_to_dict(trace))


def load_trace(path: Path) -> DecodeTrace:
    """Read a trace; TraceError says what is wrong with the file."""
    return parse_trace(read_bytes(path))


def parse_trace(data: bytes) -> DecodeTrace:
    """A trace from the bytes of a `.json.gz` or `.json` file."""
    values = unpack(data)
    if values.get("kind") != "trace":
        raise TraceError("This file is not a SpecViz trace; choose a .json.gz file that SpecViz saved.")
    return checked_trace(values)


def checked_trace(values: dict[str, Any]) -> DecodeTrace:
    """A trace from plain values of a stranger; TraceError says what is wrong with them."""
    check_schema(values, SCHEMA)
    with damage_as_sentence("trace file"):
        check_trace(values)
        trace = trace_from_dict(values)
        check_story(trace)
    return trace


def trace_to_dict(trace: DecodeTrace) -> dict[str, Any]:
    """A trace as plain JSON values."""
    return {
        "kind": "trace",
        "schema": trace.schema,
        "settings": trace.settings.as_dict(),
        "provenance": plain(asdict(trace.provenance)),
        "prompt": trace.prompt,
        "prompt_ids": list(trace.prompt_ids),
        "iterations": [iteration_to_dict(i) for i in trace.iterations],
        "texts": {str(i): text for i, text in trace.texts.items()},
        "vocabulary": trace.vocabulary,
        "text": trace.text,
        "stop_reason": str(trace.stop_reason),
        "note": trace.note,
    }


def trace_from_dict(values: dict[str, Any]) -> DecodeTrace:
    """The trace that `trace_to_dict` wrote; raises ValueError where the parts do not fit."""
    return DecodeTrace(
        settings=RunSettings.from_dict(values["settings"]),
        provenance=provenance_of(values["provenance"]),
        prompt=str(values["prompt"]),
        prompt_ids=tuple(int(i) for i in values["prompt_ids"]),
        iterations=tuple(_iteration_from_dict(i) for i in values["iterations"]),
        texts={int(i): str(text) for i, text in values["texts"].items()},
        vocabulary=int(values["vocabulary"]),
        text=str(values["text"]),
        stop_reason=StopReason(values["stop_reason"]),
        note=str(values["note"]),
        schema=SCHEMA,
    )


def iteration_to_dict(item: Iteration) -> dict[str, Any]:
    """A pass as plain JSON values."""
    tree, verdict = item.tree, item.verdict
    return {
        "index": item.index,
        "context_len": item.context_len,
        "tree": {
            "token": plain(tree.token),
            "parent": plain(tree.parent),
            "draft_prob": plain(tree.draft_prob),
            "rank": plain(tree.rank),
            "sampling": str(tree.sampling),
            "drawn": plain(tree.drawn),
        },
        "draft": _rows_to_dict(item.draft),
        "target": _rows_to_dict(item.target),
        "verdict": {
            "state": plain(verdict.state),
            "accept_prob": plain(verdict.accept_prob),
            "path": plain(verdict.path),
            "closing_token": verdict.closing_token,
            "closing_kind": str(verdict.closing_kind),
            "draws": [[str(d.kind), d.node, d.token, plain(d.law), plain(d.u), d.outcome] for d in verdict.draws],
        },
        "emitted": list(item.emitted),
        "entropy": plain(item.entropy),
        "second_moment": plain(item.second_moment),
        "surprisal": plain(item.surprisal),
        "overlap": plain(item.overlap),
        "seconds": plain(asdict(item.seconds)),
        "races": {
            str(node): {
                "ids": plain(race.ids),
                "draft_rate": plain(race.draft_rate),
                "target_rate": plain(race.target_rate),
                "clock": plain(race.clock),
            }
            for node, race in item.races.items()
        },
        "residuals": {str(node): _rows_to_dict(rows) for node, rows in item.residuals.items()},
    }


def _iteration_from_dict(values: dict[str, Any]) -> Iteration:
    tree = _tree(values["tree"])
    size = tree.size + 1
    verdict = _verdict(values["verdict"], size)
    emitted = tuple(int(i) for i in values["emitted"])
    return Iteration(
        index=int(values["index"]),
        context_len=int(values["context_len"]),
        tree=tree,
        draft=_rows(values["draft"], size),
        target=_rows(values["target"], size),
        verdict=verdict,
        emitted=emitted,
        entropy=_column(values["entropy"], np.float64, len(emitted)),
        second_moment=_column(values["second_moment"], np.float64, len(emitted)),
        surprisal=_column(values["surprisal"], np.float64, len(emitted)),
        overlap=_column(values["overlap"], np.float64, len(emitted)),
        seconds=Seconds(**{name: float(values["seconds"][name]) for name in ("draft", "target", "verify")}),
        races={_node(node, size): _race(race) for node, race in values["races"].items()},
        residuals={_node(node, size): _rows(rows) for node, rows in values.get("residuals", {}).items()},
    )


def _tree(values: dict[str, Any]) -> DraftTree:
    token = _column(values["token"], np.int32)
    parent = _column(values["parent"], np.int32, len(token))
    depth = np.zeros(len(token), np.int16)
    for node in range(1, len(token)):
        if not 0 <= parent[node] < node:
            raise ValueError(f"node {node} comes before its parent.")
        depth[node] = depth[parent[node]] + 1
    drawn = tuple(tuple(_node(i, len(token)) for i in order) for order in values["drawn"])
    rank = _column(values["rank"], np.int16, len(token))
    prob = _column(values["draft_prob"], np.float64, len(token))
    return DraftTree(token, parent, depth, rank, prob, Sampling(values["sampling"]), drawn)


def _verdict(values: dict[str, Any], size: int) -> Verdict:
    draws = tuple(
        Draw(DrawKind(kind), _node(node, size), int(token), _number(law), _number(u), bool(outcome))
        for kind, node, token, law, u, outcome in values["draws"]
    )
    state = _column(values["state"], np.uint8, size)
    if state.max() > 3:
        raise ValueError("a node has an unknown state.")
    return Verdict(
        state=state,
        accept_prob=_column(values["accept_prob"], np.float64, size),
        path=np.array([_node(i, size) for i in values["path"]], np.int32),
        closing_token=int(values["closing_token"]),
        closing_kind=ClosingKind(values["closing_kind"]),
        draws=draws,
    )


def _race(values: dict[str, Any]) -> Race:
    ids = _column(values["ids"], np.int64)
    return Race(ids, *(_column(values[n], np.float64, len(ids)) for n in ("draft_rate", "target_rate", "clock")))


def _rows_to_dict(rows: SparseRows) -> dict[str, Any]:
    """Each row without its padding."""
    known = rows.ids >= 0
    return {
        "ids": [rows.ids[i][known[i]].tolist() for i in range(len(rows.ids))],
        "probs": [plain(rows.probs[i][known[i]]) for i in range(len(rows.ids))],
        "below": [plain(rows.below[i][known[i]]) for i in range(len(rows.ids))],
        "tail": plain(rows.tail),
    }


def _rows(values: dict[str, Any], size: int | None = None) -> SparseRows:
    """The rows that `_rows_to_dict` wrote, `size` of them if that is known; schema 1 had no `below`."""
    lengths = [len(names) for names in values["ids"]]
    size = len(lengths) if size is None else size
    below = values.get("below") or [[None] * length for length in lengths]
    if len(lengths) != size or any([len(row) for row in column] != lengths for column in (values["probs"], below)):
        raise ValueError("a row is missing, or has a column of another length.")
    whole = SparseRows.unknown(size, max(lengths, default=1) or 1)
    filled = np.arange(whole.ids.shape[1]) < np.array(lengths, np.int64)[:, None]
    for column, rows in ((whole.ids, values["ids"]), (whole.probs, values["probs"]), (whole.below, below)):
        column[filled] = np.array(list(chain.from_iterable(rows)), column.dtype)
    whole.tail[:] = _column(values["tail"], np.float32, size)
    return whole


def _node(value: Any, size: int) -> int:
    node = int(value)
    if not 0 <= node < size:
        raise ValueError(f"node {node} does not exist.")
    return node


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _column(values: Any, dtype: Any, length: int | None = None) -> np.ndarray:
    if not isinstance(values, list) or (length is not None and len(values) != length):
        raise ValueError("a column has the wrong length.")
    if np.issubdtype(dtype, np.floating):
        return np.array([_number(v) for v in values], dtype)
    return np.array([int(v) for v in values], dtype)
