"""Laws, tables and studies: saved and read again, cut off, foreign, newer, bombed; and laws under every warp."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from specviz.models.laws import law
from specviz.records import LimitsStudy, MeasuredTable, Measurement, NestedTrees, PairLaws, Provenance, Warp, warped
from specviz.records.files import TraceError
from specviz.records.laws_store import load_laws, save_laws
from specviz.records.study_store import load_study, save_study
from specviz.records.table_store import load_table, save_table

MADE = Provenance("big", "small", "cpu", "float32", (("torch", "2"),))


def some_laws() -> PairLaws:
    rng = np.random.default_rng(0)
    rows = [np.log(rng.dirichlet(np.full(7, 0.4), size=5)).astype(np.float32) for _ in range(2)]
    return PairLaws(
        MADE, 1.0, 3, ("story", "code"), ("A cat", "def f"), np.array([0, 0, 0, 1, 1], np.int32),
        np.array([1, 2, 3, 4, 0], np.int32), *rows, {i: f"<{i}>" for i in range(7)},
    )  # fmt: skip


def some_study() -> LimitsStudy:
    column = (np.array([0.1, 0.2]), np.array([0.3]))
    measured = Measurement("chain", "token", 4, (8, 9), (3, 4), 0.5, (8.5, 9.5), (3.0, 4.0), (1.0, 2.0), (5, 1))
    nested = NestedTrees("chain", "token", 4, (1, 2), ((2.0, 3.0), (2.5, 3.5)), (3, 4))
    return LimitsStudy(
        1.0, 4, 8, 16, 1, MADE, 7, ("story", "code"), ("A cat", "def f"), (measured,), column, column, column, (nested,)
    )


def some_table() -> MeasuredTable:
    return MeasuredTable("races", {"k": (1, 2), "mean": (0.5, 0.75)}, MADE, {"temperature": 1.0}, 2.5, "a note")


@pytest.mark.parametrize(
    "warp", [Warp(), Warp(0.0), Warp(0.6), Warp(1.5, 3), Warp(1.0, 0, 0.7), Warp(0.8, 4, 0.5), Warp(1.0, 99)]
)
def test_laws_on_the_host_are_those_on_the_device(warp: Warp) -> None:
    logits = np.random.default_rng(1).normal(0, 2, (6, 9))
    assert warped(logits, warp) == pytest.approx(law(torch.from_numpy(logits), warp).numpy(), abs=1e-12)


def test_laws_are_read_as_they_were_saved(tmp_path) -> None:
    laws = some_laws()
    save_laws(laws, tmp_path / "laws.npz")
    again = load_laws(tmp_path / "laws.npz")
    assert again.texts == laws.texts
    assert (again.kinds, again.prompts, again.provenance) == (laws.kinds, laws.prompts, laws.provenance)
    assert again.token.tolist() == laws.token.tolist()
    for position in range(5):
        for mine, theirs in zip(laws.laws(position, Warp(0.7)), again.laws(position, Warp(0.7)), strict=True):
            assert theirs.sum() == pytest.approx(1)
            assert theirs == pytest.approx(mine, rel=2e-3, abs=1e-12)


def test_positions_know_their_text() -> None:
    laws = some_laws()
    assert laws.of_kind("code").tolist() == [3, 4]
    assert laws.of_kind(None).tolist() == [0, 1, 2, 3, 4]
    assert laws.before(2, 9) == [1, 2]
    assert laws.before(3, 9) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"token": np.array([1, 2, 3, 4, 7], np.int32)}, "vocabulary"),
        ({"text": np.array([0, 0, 1, 0, 1], np.int32)}, "no text"),
        ({"token": np.zeros(4, np.int32)}, "wrong length"),
        ({"draft": np.zeros((5, 6), np.float32)}, "one row"),
        ({"draft": np.full((5, 7), np.nan, np.float32)}, "not finite"),
    ],
)
def test_laws_that_do_not_fit_are_refused(change, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(some_laws(), **change)


def test_a_table_and_a_study_survive_the_disk(tmp_path) -> None:
    save_table(some_table(), tmp_path / "t.json.gz")
    table = load_table(tmp_path / "t.json.gz")
    assert table.rows() == [{"k": 1, "mean": 0.5}, {"k": 2, "mean": 0.75}]
    assert (table.settings, table.note, table.provenance) == ({"temperature": 1.0}, "a note", MADE)
    save_study(some_study(), tmp_path / "s.json.gz")
    study = load_study(tmp_path / "s.json.gz")
    assert study.measurements == some_study().measurements
    assert study.nested == some_study().nested
    assert study.surprisals[0].tolist() == [0.1, 0.2]


def test_a_study_of_the_first_schema_still_opens(tmp_path) -> None:
    """It knows neither nested trees nor what the trees win on average."""
    save_study(some_study(), tmp_path / "s.json.gz")
    values = json.loads(gzip.decompress((tmp_path / "s.json.gz").read_bytes()))
    values |= {"schema": 1}
    del values["nested"]
    for m in values["measurements"]:
        for name in ("expected", "surprisal", "closing", "ranks"):
            del m[name]
    (tmp_path / "old.json").write_text(json.dumps(values))
    old = load_study(tmp_path / "old.json")
    assert old.nested == ()
    assert old.measurements[0].expected == ()


def test_columns_of_a_table_have_one_length() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        MeasuredTable("x", {"a": (1,), "b": (1, 2)}, MADE, {}, 0.0)


def test_damaged_files_are_one_sentence(tmp_path) -> None:
    save_laws(some_laws(), tmp_path / "laws.npz")
    whole = (tmp_path / "laws.npz").read_bytes()
    save_table(some_table(), tmp_path / "table.json.gz")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.npy", b"\0" * (80 << 20))
    pickled = io.BytesIO()
    np.savez(pickled, header=np.array([{"kind": "laws"}], dtype=object))
    for name, data in {
        "cut": whole[: len(whole) // 2], "none": b"", "text": b"hello", "bomb": bomb.getvalue(),
        "pickle": pickled.getvalue(), "gzip": (tmp_path / "table.json.gz").read_bytes(),
    }.items():  # fmt: skip
        path = tmp_path / f"{name}.bin"
        path.write_bytes(data)
        for load in (load_laws, load_table, load_study):
            if (name, load) == ("gzip", load_table):
                continue
            with pytest.raises(TraceError) as error:
                load(path)
            assert str(error.value).endswith(".")
            assert "\n" not in str(error.value)
    with pytest.raises(TraceError, match="could not be read"):
        load_laws(tmp_path / "missing.npz")


def test_newer_laws_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("specviz.records.laws_store.SCHEMA", 2)
    save_laws(some_laws(), tmp_path / "laws.npz")
    monkeypatch.undo()
    with pytest.raises(TraceError, match="does not hold laws that this SpecViz reads"):
        load_laws(tmp_path / "laws.npz")
