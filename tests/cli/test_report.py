"""The commands that write a report and tables of a recorded run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from specviz.cli import main
from specviz.records.store import load_trace

SUM = Path(__file__).parents[2] / "assets" / "traces" / "sum.json.gz"


def test_report(tmp_path, capsys):
    out = tmp_path / "run.html"
    assert main(["report", str(SUM), "--out", str(out), "--title", "a < b"]) == 0
    page = out.read_text(encoding="utf-8")
    assert "<h1>SpecViz run: a &lt; b</h1>" in page
    assert "saved" in capsys.readouterr().err


def test_export(tmp_path, capsys):
    trace = load_trace(SUM)
    assert main(["export", str(SUM)]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["run"]["tokens"] == len(trace.emitted)
    for table, count in (("passes", trace.target_calls), ("nodes", sum(i.tree.size for i in trace.iterations))):
        out = tmp_path / f"{table}.csv"
        assert main(["export", str(SUM), "--table", table, "--out", str(out)]) == 0
        with out.open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == count


@pytest.mark.parametrize("command", ["report", "export"])
def test_a_file_that_is_no_run_is_one_sentence(command, tmp_path, capsys):
    (tmp_path / "x.json").write_text("[]")
    assert main([command, str(tmp_path / "x.json")]) == 2
    assert "not a SpecViz record" in capsys.readouterr().err
    assert main([command, str(tmp_path / "none.json.gz")]) == 2
    assert "could not be read" in capsys.readouterr().err
