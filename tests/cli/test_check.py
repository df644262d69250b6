"""The commands check and compare write records that the page reads."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest

from specviz.cli import main
from specviz.engine.compare.near_ties import NearTies
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


@pytest.mark.parametrize("as_json", [False, True])
def test_stopping_the_judging_of_near_ties_loses_no_figure(capsys, monkeypatch, as_json):
    """Methods and divergences are there; the texts not judged yet are left out."""
    tool = importlib.import_module("specviz.cli.compare")
    finding = NearTies(np.array([0.0, 0.1]), np.array([0.0, 0.2]), np.ones(2), np.zeros(2))
    printed = []

    def once(comparison, outcome, unit):
        printed.append(capsys.readouterr())
        if len(printed) == 2:
            raise KeyboardInterrupt
        return finding

    monkeypatch.setattr(tool, "parted_runs", lambda comparison: [(one, 0) for one in comparison.outcomes])
    monkeypatch.setattr(tool, "judged", once)
    arguments = ["compare", "--prompt", "One day", "--methods", "chain+token,best_first+sample_and_look"]
    sizes = ["--capacity", "2", "--seeds", "1", "--max-new-tokens", "4", "--temperature", "0"]
    assert main([*arguments, *sizes, *(["--json"] if as_json else [])]) == 0
    printed.append(capsys.readouterr())
    out, err = ("".join(getattr(one, name) for one in printed) for name in ("out", "err"))
    assert "token by token: 2/2" in err
    assert "left out" in err
    if as_json:
        assert len(json.loads(out)["methods"]) == 2
        assert [row["near"] for row in json.loads(out)["near_ties"]] == [0.5]
    else:
        assert "first differ" in printed[0].out  # before anything is judged
        assert out.count("50.0% nearly tie") == 1
