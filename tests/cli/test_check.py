"""The commands check and compare write records that the page reads."""

from __future__ import annotations

import json

from specviz.cli import main
from specviz.records.check import load_check
from specviz.records.comparison import load_comparison

SMALL = ["--prompt", "One day", "--depth", "1", "--temperature", "1"]


def test_check_catches_the_wrong_rule_and_saves_its_record(capsys, tmp_path):
    file = tmp_path / "check.json.gz"
    wrong = ["--drafter", "chain", "--verifier", "forgets_the_residual", "--capacity", "1", "--position", "1"]
    assert main(["check", *SMALL, *wrong, "--draws", "600", "--json", "--out", str(file)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["draws"] == 600
    assert report["p_value"] < 1e-3
    assert report["distance"] > report["distance_by_chance"]
    assert load_check(file).draws == 600
    assert main(["check", *SMALL, "--drafter", "chain", "--verifier", "token", "--draws", "0"]) == 2
    assert "1 to 20,000 draws" in capsys.readouterr().err


def test_compare_saves_its_record(capsys, tmp_path):
    methods = "prompt_lookup+shared_race@0,chain+shared_race@3"
    sizes = ["--seeds", "2", "--max-new-tokens", "6", "--record", str(tmp_path)]
    assert main(["compare", *SMALL, "--methods", methods, *sizes]) == 0
    record = load_comparison(tmp_path)
    assert [lane.settings.capacity for lane in record.lanes] == [0, 3]
    assert record.lanes[0].emitted == record.lanes[1].emitted
    assert [len(column) for column in record.units] == [2, 2]
    assert "first differ: never" in capsys.readouterr().out
