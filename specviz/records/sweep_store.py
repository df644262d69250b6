"""Sweeps as Parquet files: one row for each run, the plan and what made it beside them, read within limits."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from specviz.records.column_shapes import numbers, wholes
from specviz.records.common_shapes import PROVENANCE, SETTINGS, header
from specviz.records.files import TraceError, check_schema, damage_as_sentence, provenance_of, read_bytes
from specviz.records.json_text import MAX_BYTES, parse_json
from specviz.records.settings import MAX_CAPACITY, MAX_DRAFTS, MAX_SEED
from specviz.records.shapes import MOST_NAME, each, flag, parts, text, whole
from specviz.records.sweep import Obtained, Sweep, SweepRow, in_order
from specviz.records.sweep_columns import COLUMNS, HEADER, KINDS, MOST_HEADER, TEXTS, read_columns
from specviz.records.sweep_plan import MOST_CELLS, OPENING, SweepPlan
from specviz.records.trace import StopReason

SCHEMA = 1
ROWS_OF_A_GROUP = 65_536
DIGEST = 64
NAME = text(MOST_NAME)
NONE = "This file is not a sweep of SpecViz; make one with `python -m specviz sweep`."
CHILD = "specviz.records.sweep_child"
SECONDS = 60.0  # of a child, the libraries' start included, on a busy machine
# Beginnings of the names of variables that a Python process needs to find itself and its libraries.
NEEDED = ("PATH", "HOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_")

FOUND = parts(
    {
        "header": text(MOST_HEADER),
        "numbers": parts(
            {
                name: wholes(0, 10**12, MOST_CELLS) if kind is int else numbers(-1e-6, 1e12, most=MOST_CELLS)
                for name, kind in KINDS.items()
                if name not in TEXTS
            }
        ),
        "texts": parts(
            dict.fromkeys(
                TEXTS, parts({"words": each(NAME, MOST_CELLS, "text"), "index": wholes(0, MOST_CELLS, MOST_CELLS)})
            )
        ),
    }
)
HEAD = parts(
    header(
        provenance=PROVENANCE,
        plan=parts(
            {
                "settings": SETTINGS,
                "prompts": each(
                    parts({"name": NAME, "kind": NAME, "digest": text(DIGEST), "opening": text(OPENING)}),
                    MOST_CELLS,
                    "prompt",
                ),
                "methods": each(
                    parts(
                        {
                            "drafter": NAME,
                            "verifier": NAME,
                            "drafts": whole(1, MAX_DRAFTS),
                            "capacities": wholes(0, MAX_CAPACITY, MAX_CAPACITY + 1),
                        }
                    ),
                    1_000,
                    "method",
                ),
                "seeds": wholes(0, MAX_SEED, MOST_CELLS),
                "separate": flag,
            }
        ),
    )
)


def save_sweep(sweep: Sweep, path: Path) -> None:
    """Write a sweep whole or not at all; what is on disk survives a loss of power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(pack_sweep(sweep))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def pack_sweep(sweep: Sweep) -> bytes:
    """The bytes of the file."""
    head = {"kind": "sweep", "schema": SCHEMA, "plan": sweep.plan.as_dict(), "provenance": asdict(sweep.provenance)}
    line = json.dumps(head, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    columns = [pa.array([getattr(row, f.name) for row in sweep.rows], f.type) for f in COLUMNS]
    table = pa.Table.from_arrays(columns, schema=COLUMNS.with_metadata({HEADER: line.encode("utf-8", "replace")}))
    packed = io.BytesIO()
    pq.write_table(table, packed, compression="none", row_group_size=ROWS_OF_A_GROUP)
    return packed.getvalue()


def load_sweep(path: Path) -> Sweep:
    """Read a sweep that this program has saved; TraceError says what is wrong with the file."""
    data = read_bytes(path)
    _check_bytes(data)
    with damage_as_sentence("file"):
        return _sweep_of(read_columns(data))


def unpack_sweep(data: bytes) -> Sweep:
    """The sweep in the bytes of a stranger's file; TraceError, in one sentence, for anything else.

    The Parquet library reads it in a process of its own, within bounds of memory and time, and what that process says
    is checked here like any other file.
    """
    _check_bytes(data)
    # The child is given only those variables of this process that it needs to start.
    clean = {name: value for name, value in os.environ.items() if name.startswith(NEEDED)}
    clean["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    try:
        done = subprocess.run(
            [sys.executable, "-m", CHILD], input=data, capture_output=True, timeout=SECONDS, env=clean, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise TraceError(
            f"This file takes longer than {SECONDS:g} seconds to read; SpecViz does not open it."
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise TraceError("This file is damaged: it cannot be read as Parquet.") from error
    with damage_as_sentence("file"):
        found = parse_json(done.stdout)
        if isinstance(found, dict) and isinstance(found.get("error"), str):
            raise TraceError(found["error"])
        return _sweep_of(found)


def _check_bytes(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise TraceError(f"This file is larger than {MAX_BYTES >> 20} MB; SpecViz does not open it.")
    if data[:4] != b"PAR1" or data[-4:] != b"PAR1":
        raise TraceError(NONE)


def _sweep_of(found: Any) -> Sweep:
    """The record in the plain values of `read_columns`; ValueError for values that are none."""
    FOUND(found)
    head = parse_json(found["header"].encode())
    if not isinstance(head, dict) or head.get("kind") != "sweep":
        raise TraceError(NONE)
    check_schema(head, SCHEMA)
    HEAD(head)
    plan = SweepPlan.from_dict(head["plan"])
    columns = dict(found["numbers"])
    for name, column in found["texts"].items():
        columns[name] = [column["words"][place] for place in column["index"]]
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("its columns have different lengths")
    names = list(KINDS)
    rows = [SweepRow(*values) for values in zip(*(columns[name] for name in names), strict=True)]
    for row in rows:
        _check_row(row, plan)
    return Sweep(plan, provenance_of(head["provenance"]), in_order(plan, rows))


def _check_row(row: SweepRow, plan: SweepPlan) -> None:
    """ValueError for a row that no run of this plan can leave."""
    if not 0 <= row.prompt < len(plan.prompts):
        raise ValueError("a row is about a prompt that the plan does not have")
    prompt, common = plan.prompts[row.prompt], plan.settings
    told = (row.name, row.kind, row.depth, row.temperature, row.top_k, row.top_p, row.max_new_tokens)
    if told != (prompt.name, prompt.kind, common.depth, common.temperature, common.top_k, common.top_p,
                common.max_new_tokens):  # fmt: skip
        raise ValueError("a row says something else than the plan")
    if row.obtained not in set(Obtained) or row.stop_reason not in set(StopReason):
        raise ValueError("a row ended in a way that SpecViz does not know")
    if len(row.text) != (0 if row.failed else DIGEST):
        raise ValueError("a text of a row is no digest")
    if row.failed != (row.obtained == Obtained.FAILED) or (row.failed and (row.tokens or row.passes)):
        raise ValueError("a row has both numbers and an error, or neither")
    _check_counts(row)


def _check_counts(row: SweepRow) -> None:
    in_turn = (row.passes <= row.tokens <= row.max_new_tokens, row.accepted <= row.examined <= row.drafted,
               row.drafted <= row.passes * row.capacity, row.tokens <= row.passes + row.accepted,
               row.trees_grown <= row.trees <= row.passes, row.target_passes <= row.passes,
               row.overlap_places <= row.tokens, row.overlap <= row.overlap_places * (1 + 1e-4))  # fmt: skip
    if not all(in_turn):
        raise ValueError("the counts of a row contradict each other")
