"""Every other record from a stranger: studies, tables, checks, comparisons, readings, advice and laws."""

from __future__ import annotations

import copy
import gzip
import io
import json
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specviz.records.advice_store import load_advice
from specviz.records.check import load_check
from specviz.records.comparison import UNITS, load_comparison
from specviz.records.files import TraceError
from specviz.records.laws_store import load_laws
from specviz.records.reading_store import load_reading
from specviz.records.study_store import load_study
from specviz.records.table_store import load_table

ASSETS = Path(__file__).parents[2] / "assets"
RECORDS: dict[str, tuple[Path, Callable[[Path], Any]]] = {
    "study": (ASSETS / "limits" / "temperature_0.7.json.gz", load_study),
    "reading": (ASSETS / "probe" / "reading_code.json.gz", load_reading),
    "advice": (ASSETS / "probe" / "advice.json.gz", load_advice),
    "table": (ASSETS / "probe" / "kinds.json.gz", load_table),
    "check": (ASSETS / "comparisons" / "check_bug.json.gz", load_check),
}
LAWS = ASSETS / "laws" / "recorded.npz"


def refused(load: Callable[[Path], Any], path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(TraceError) as caught:
        load(path)
    said = str(caught.value)
    assert said.endswith(".")
    assert said.isprintable()
    assert len(said) < 300
    return said


@pytest.mark.parametrize("name", RECORDS)
def test_the_recorded_one_opens(name):
    path, load = RECORDS[name]
    assert load(path) is not None


@pytest.mark.parametrize("name", RECORDS)
def test_each_part_of_a_wrong_type_is_refused(name, tmp_path):
    """Each named part of a record, replaced by what it cannot be; and each left out, where it is needed."""
    path, load = RECORDS[name]
    values = json.loads(gzip.decompress(path.read_bytes()))
    free = {"note", "nested", "middle"} | ({"columns", "settings"} if name in ("table", "check") else set())
    for key, value in values.items():
        wrong = [{}] if isinstance(value, (str, int, float)) else 5
        refused(load, tmp_path / "wrong.json", json.dumps(values | {key: wrong}).encode())
        if key not in free:
            refused(load, tmp_path / "less.json", json.dumps({k: v for k, v in values.items() if k != key}).encode())
    for key in ("seconds", "temperature", "mu", "vocabulary"):
        if key in values:
            for wrong in ("1", True, [1], None, 10**400, -1e31):
                refused(load, tmp_path / "number.json", json.dumps(values | {key: wrong}).encode())
            text = json.dumps(values | {key: 12321}).replace("12321", "1e999")
            refused(load, tmp_path / "number.json", text.encode())


@pytest.mark.parametrize("name", RECORDS)
def test_a_stranger_in_the_source_is_refused(name, tmp_path):
    path, load = RECORDS[name]
    values = json.loads(gzip.decompress(path.read_bytes()))
    for change in ({"evil": 1}, {"target": 5}, {"versions": [["a"]]}, {"target": "x" * 5000}, {"device": "\ud800"}):
        changed = copy.deepcopy(values)
        changed["provenance"] |= change
        said = refused(load, tmp_path / "source.json", json.dumps(changed).encode())
        assert "evil" not in said


def test_a_comparison_of_odd_units_is_refused(tmp_path):
    folder = ASSETS / "comparisons" / "story"
    shutil.copytree(folder, tmp_path / "c")
    assert load_comparison(tmp_path / "c").lanes
    values = json.loads(gzip.decompress((folder / UNITS).read_bytes()))
    count = len(values["columns"]["lane"])
    for name, column in {
        "lane": ["../../../etc/passwd"] * count, "seed": [True] * count, "tokens": [1.5] * count,
        "prompt": [[]] * count,
    }.items():  # fmt: skip
        changed = values | {"columns": values["columns"] | {name: column}}
        (tmp_path / "c" / UNITS).write_bytes(gzip.compress(json.dumps(changed).encode()))
        with pytest.raises(TraceError, match="damaged"):
            load_comparison(tmp_path / "c")
    less = {name: column for name, column in values["columns"].items() if name != "lane"}
    (tmp_path / "c" / UNITS).write_bytes(gzip.compress(json.dumps(values | {"columns": less}).encode()))
    with pytest.raises(TraceError, match="has no lane"):
        load_comparison(tmp_path / "c")


def columns() -> dict[str, bytes]:
    with zipfile.ZipFile(LAWS) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def saved(array: np.ndarray, **how: Any) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, **how)
    return out.getvalue()


def head(text: bytes, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text + b"\n" + data


HUGE = head(b"{'descr': '<i4', 'fortran_order': False, 'shape': (999999999,), }", b"1234")
LAWS_FILES: dict[str, Callable[[], bytes]] = {
    "a column of four gigabytes that is not there": lambda: packed(columns() | {"text.npy": HUGE}),
    "a column of objects": lambda: packed(columns() | {"text.npy": saved(np.array([{}]), allow_pickle=True)}),
    "a column of texts": lambda: packed(columns() | {"text.npy": saved(np.array(["a"]))}),
    "a column of half numbers": lambda: packed(columns() | {"text.npy": saved(np.zeros(384, "<f8"))}),
    "a column with three axes": lambda: packed(columns() | {"target.npy": saved(np.zeros((2, 2, 2), "<i2"))}),
    "a column of no axis": lambda: packed(columns() | {"text.npy": saved(np.array(5, "<i4"))}),
    "a header that is Python": lambda: packed(columns() | {"text.npy": head(b"{'descr': " + b"-" * 200 + b"1}")}),
    "a header that nests": lambda: packed(columns() | {"text.npy": head(b"(" * 60_000)}),
    "a column that is cut": lambda: packed(columns() | {"text.npy": columns()["text.npy"][:-4]}),
    "a column that goes on": lambda: packed(columns() | {"text.npy": columns()["text.npy"] + b"\0"}),
    "one column less": lambda: packed({k: v for k, v in columns().items() if k != "text.npy"}),
    "one column more": lambda: packed(columns() | {"evil.npy": b""}),
    "a column outside": lambda: packed(columns() | {"../../evil.npy": b""}),
    "a bomb": lambda: packed(columns() | {"text.npy": bytes(100 << 20)}),
    "half a million entries": lambda: b"PK\x01\x02" * 500_000,
    "cut": lambda: LAWS.read_bytes()[:100_000],
    "an entry that lies about its size": lambda: lying(),
    "an encrypted entry": lambda: LAWS.read_bytes().replace(
        b"PK\x01\x02\x2d\x03\x2d\x00\x00", b"PK\x01\x02\x2d\x03\x2d\x00\x01"
    ),
    "a header of NaN": lambda: packed(columns() | {"header.npy": text(b'{"kind": "laws", "schema": NaN}')}),
    "a header from the future": lambda: packed(columns() | {"header.npy": text(b'{"kind": "laws", "schema": 99}')}),
    "a header of another type": lambda: packed(columns() | {"header.npy": text(b"[]")}),
    "a nested header": lambda: packed(columns() | {"header.npy": text(b"[" * 100_000)}),
    "a header without texts": lambda: packed(columns() | {"header.npy": text(b'{"kind": "laws", "schema": 1}')}),
    "another law": lambda: packed(columns() | {"target.npy": saved(np.zeros((384, 7), "<i2"))}),
}


def text(data: bytes) -> bytes:
    return saved(np.frombuffer(data, np.uint8))


def lying() -> bytes:
    """The directory says that a column is as long as it should be; what is packed is a hundred megabytes."""
    whole = packed(columns() | {"text.npy": bytes(100 << 20)})
    return whole.replace(struct.pack("<L", 100 << 20), struct.pack("<L", 1664))


@pytest.mark.parametrize("name", LAWS_FILES)
def test_hostile_laws_are_refused(name, tmp_path):
    refused(load_laws, tmp_path / "laws.npz", LAWS_FILES[name]())


def test_the_recorded_laws_open_packed_or_not(tmp_path):
    for how in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        (tmp_path / "laws.npz").write_bytes(packed(columns(), how))
        assert len(load_laws(tmp_path / "laws.npz").text) == 384


@pytest.mark.parametrize("load", [load_laws, load_study, load_table])
def test_names_that_no_file_has(load):
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(TraceError, match=r"There is no file|could not be read"):
            load(Path(name))
    with pytest.raises(TraceError):
        load(Path("/dev/zero"))
