"""Sweep files: saved and read unchanged; a stranger's file is refused in one sentence before it can do harm."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import asdict, replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specviz.records import Provenance, RunSettings
from specviz.records.files import TraceError
from specviz.records.sweep import Obtained, Sweep, SweepMethod, SweepPlan, SweepPrompt, SweepRow, in_order
from specviz.records.sweep_store import CHILD, COLUMNS, HEADER, load_sweep, pack_sweep, save_sweep, unpack_sweep

PLAN = SweepPlan(
    RunSettings(max_new_tokens=8),
    (SweepPrompt.of("1", "tales", "Once <b>upon</b> a time \ud800"), SweepPrompt.of("2", "sums", "1 + 1")),
    (SweepMethod("best_first", "sample_and_look", 4, (4, 16)), SweepMethod("chain", "token", 4, (4,))),
    (1, 2),
)
MADE = Provenance("fable/target", "fable/draft", "cpu", "float32", (("torch", "2.13.0"),))


def row(prompt: int, seed: int, cell: int, **numbers: object) -> SweepRow:
    """A row that a run could have left."""
    common, known = PLAN.settings, PLAN.prompts[prompt]
    values = {"tokens": 8, "passes": 3, "drafted": 12, "accepted": 6, "examined": 9, "entropy": 7.25, "overlap": 2.5,
              "overlap_places": 5, "text": "ab" * 32, "stop_reason": "length", "obtained": "run", "target_passes": 3,
              "trees": 3, "trees_grown": 3, "draft_seconds": 0.5}  # fmt: skip
    return SweepRow(
        prompt=prompt, name=known.name, kind=known.kind, seed=seed, **asdict(PLAN.cells[cell]), depth=common.depth,
        temperature=common.temperature, top_k=common.top_k, top_p=common.top_p, max_new_tokens=common.max_new_tokens,
        **values | numbers,
    )  # fmt: skip


FAILED = {"tokens": 0, "passes": 0, "drafted": 0, "accepted": 0, "examined": 0, "overlap_places": 0, "overlap": 0.0,
          "text": "", "stop_reason": "failed", "obtained": "failed", "target_passes": 0, "trees": 0, "trees_grown": 0,
          "error": "The prompt is too long."}  # fmt: skip
SWEEP = Sweep(PLAN, MADE, (row(0, 1, 0), row(0, 2, 2, obtained="read", target_passes=0), row(1, 1, 1, **FAILED)))


def test_saving_and_reading_changes_nothing(tmp_path):
    path = tmp_path / "deep" / "s.parquet"
    save_sweep(SWEEP, path)
    assert load_sweep(path) == SWEEP
    assert list(path.parent.iterdir()) == [path]
    assert pack_sweep(SWEEP) == path.read_bytes()
    assert unpack_sweep(pack_sweep(replace(SWEEP, rows=()))).rows == ()
    assert pq.read_table(path).to_pylist() == [asdict(one) for one in SWEEP.rows]


def test_a_record_tells_its_numbers():
    first, read, failed = SWEEP.rows
    assert (first.block_efficiency, first.utilisation, first.acceptance_rate) == (8 / 3, 0.5, 0.5)
    assert (first.is_timed, read.is_timed, failed.failed) == (True, False, True)
    assert SWEEP.target_passes == (3, 6)
    assert SWEEP.kinds == ("tales", "sums")
    assert not SWEEP.is_whole
    assert in_order(PLAN, SWEEP.rows[::-1]) == SWEEP.rows
    assert first.without_times().seconds == 0
    assert {str(one.obtained) for one in SWEEP.rows} == set(Obtained)
    with pytest.raises(ValueError, match="two rows of the same"):
        in_order(PLAN, [first, first])


def changed(table: pa.Table | None = None, compression: str = "none", **header: object) -> bytes:
    """The file with other columns or another header."""
    whole = pq.read_table(io.BytesIO(pack_sweep(SWEEP))) if table is None else table
    head = json.loads(pq.read_table(io.BytesIO(pack_sweep(SWEEP))).schema.metadata[HEADER]) | header
    packed = io.BytesIO()
    whole = whole.replace_schema_metadata({HEADER: json.dumps(head).encode()})
    pq.write_table(whole, packed, compression=compression)
    return packed.getvalue()


def with_column(name: str, values: list[object]) -> pa.Table:
    """The table with other values in one column."""
    table = pq.read_table(io.BytesIO(pack_sweep(SWEEP)))
    field = COLUMNS.field(name)
    return table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))


def unknown_packing() -> bytes:
    """A byte that ends the process of whoever asks this library about it."""
    column = b"\x19\x18\x06prompt\x15"  # a list of one name, then the way of packing
    data = pack_sweep(SWEEP)
    assert data.count(column + b"\x00") == 1
    return data.replace(column + b"\x00", column + b"\x3b")


def hostile() -> dict[str, bytes]:
    """Files that nobody made with this program."""
    table = pq.read_table(io.BytesIO(pack_sweep(SWEEP)))
    plan = PLAN.as_dict()
    bare = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({}), bare, compression="none")
    return {
        "nothing": b"",
        "a picture": b"\x89PNG",
        "marks alone": b"PAR1PAR1",
        "no plan": bare.getvalue(),
        "cut off": pack_sweep(SWEEP)[:2000],
        "a column more": changed(table.append_column("x", pa.array([1, 2, 3]))),
        "a column less": changed(table.drop_columns(["seed"])),
        "another type": changed(table.set_column(3, "seed", pa.array([1.0, 2.0, 1.0]))),
        "a way of packing that does not exist": unknown_packing(),
        "from the future": changed(schema=99),
        "another kind": changed(kind="limits"),
        "a plan of another shape": changed(plan=plan | {"prompts": 7}),
        "a plan with a stranger": changed(plan=plan | {"x": 1}),
        "a plan beyond all limits": changed(plan=plan | {"settings": plan["settings"] | {"capacity": 10**9}}),
        "not a number": changed(with_column("entropy", [float("nan"), 0.0, 0.0])),
        "infinite": changed(with_column("overlap", [float("inf"), 0.0, 0.0])),
        "negative": changed(with_column("tokens", [-1, 8, 0])),
        "more tokens than passes give": changed(with_column("accepted", [1, 6, 0])),
        "a prompt that is not there": changed(with_column("prompt", [0, 0, 7])),
        "a row twice": changed(pa.concat_tables([table, table])),
        "another temperature": changed(with_column("temperature", [0.1, 0.7, 0.7])),
        "an unknown word": changed(with_column("obtained", ["run", "guessed", "failed"])),
        "markup for a digest": changed(with_column("text", ["<script>", "ab" * 32, ""])),
        "one long text in every row": changed(with_column("error", ["", "", "x" * 5_000_000])),
    }


@pytest.mark.parametrize("name", list(hostile()))
def test_a_strangers_file_is_refused_in_one_sentence(name):
    with pytest.raises(TraceError) as refused:
        unpack_sweep(hostile()[name])
    said = str(refused.value)
    assert said.endswith(".")
    assert len(said) < 300
    assert "\n" not in said


def test_a_text_that_stands_in_every_row_is_never_unrolled():
    """A dictionary holds it once, so that a small file could ask for gigabytes."""
    rows = 200_000
    long = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 100_000]))
    zeros = {"int64": pa.array([0] * rows), "double": pa.array([0.0] * rows), "string": pa.array([""] * rows)}
    columns = [long if f.name == "error" else zeros[str(f.type)] for f in COLUMNS]
    schema = pa.schema([pa.field(f.name, long.type if f.name == "error" else f.type, False) for f in COLUMNS])
    data = changed(pa.Table.from_arrays(columns, schema=schema))
    assert len(data) < 5_000_000
    with pytest.raises(TraceError, match="a text of the column error has more than"):
        unpack_sweep(data)


def test_another_program_may_have_packed_it():
    assert unpack_sweep(changed(compression="zstd")) == SWEEP


@settings(max_examples=12, deadline=None)  # a process each
@given(st.data())
def test_damaged_files_never_break_anything_else(data):
    whole = bytearray(pack_sweep(SWEEP))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = unpack_sweep(bytes(whole))
    except TraceError:
        return
    assert set(found.plan.cells) >= {one.cell for one in found.rows}


def test_a_library_that_ends_badly_does_not_make_a_good_file_look_damaged():
    """Its threads sometimes abort the process while Python shuts down, after the answer."""
    last_words = (
        f"import atexit, os, runpy; atexit.register(os.abort); runpy.run_module({CHILD!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", last_words], input=pack_sweep(SWEEP), capture_output=True, check=True)
    assert "header" in json.loads(done.stdout)
