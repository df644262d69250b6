"""The command that counts rejections."""

from __future__ import annotations

import json

import pytest

from specviz.cli import main
from specviz.records.table_store import load_table


def test_rejections(capsys, tmp_path):
    out = tmp_path / "table.json.gz"
    arguments = ["rejections", "--repeats", "1", "--depth", "4", "--max-new-tokens", "6", "--json", "--out", str(out)]
    assert main(arguments) == 0
    rows = json.loads(capsys.readouterr().out)
    table = load_table(out)
    assert [row["verifier"] for row in rows] == ["token", "block"]
    assert all(row["runs"] == 12 for row in rows)
    for row in rows:
        mine = [run for run in table.rows() if run["verifier"] == row["verifier"]]
        assert row["rejections"] == sum(run["rejections"] for run in mine)
        assert row["distance"] == pytest.approx(sum(run["distance"] for run in mine), abs=1e-3)
        assert row["low"] <= row["difference_per_run"] <= row["high"]
    assert set(table.columns["tokens"]) == {6}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--repeats", "0"], "at least one"),
        (["--depth", "0"], "a depth of 1 or more"),
        (["--verifiers", "magic"], "no verifier called 'magic'"),
    ],
)
def test_bad_input_is_one_sentence(arguments, words, capsys):
    assert main(["rejections", *arguments]) == 2
    assert words in capsys.readouterr().err
