"""`specviz sweep`: a results file that survives being killed, one line for each failure, one sentence for bad input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from specviz.cli import main
from specviz.records.sweep_store import load_sweep

SMALL = ["--capacities", "2,6", "--max-new-tokens", "10", "--depth", "3"]


@pytest.fixture(scope="module")
def prompts(tmp_path_factory):
    path = tmp_path_factory.mktemp("prompts") / "prompts.jsonl"
    path.write_text(
        '{"prompt": "Once upon", "kind": "story"}\n{"question": "1 + 1 =", "kind": "sum"}\nno\n'
        '{"text": "def f(", "kind": "code"}\n'
    )
    return path


def test_a_sweep_from_files_to_a_table(capsys, prompts, tmp_path):
    out = tmp_path / "s.parquet"
    long = tmp_path / "long"
    long.mkdir()
    (long / "much.txt").write_text("word " * 9000)
    arguments = ["sweep", "--prompts", str(prompts), str(long), "--methods", "chain+token@4,best_first+shared_race",
                 *SMALL, "--seeds", "2", "--out", str(out), "--table"]  # fmt: skip
    assert main(arguments) == 0
    shown, err = capsys.readouterr()
    sweep = load_sweep(out)
    assert len(sweep.rows) == 4 * 2 * 3
    assert len(sweep.failures) == 6
    assert err.count("failed: prompt much (long)") == 6
    assert "prompts.jsonl: Line 3 is not JSON; it was left out." in err
    assert "24 runs in" in shown
    assert "6 failed" in shown
    assert "saved by sharing" in shown
    assert {"story", "sum", "code"} <= set(shown.split())
    assert main(arguments) == 0
    again, err = capsys.readouterr()
    assert "loading" not in err
    assert again.splitlines()[1:] == shown.splitlines()[1:]
    assert load_sweep(out) == sweep


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--methods", "chain"], "A method is written drafter+verifier"),
        (["--methods", "chain+token", "--capacities", "4,x"], "--capacities are whole numbers"),
        (["--methods", "chain+token", "--capacities", "4,4"], "named twice"),
        (["--methods", "chain+token", "--seeds", "0"], "--seeds must lie between"),
        (["--methods", "chain+token", "--limit", "0"], "--limit must be at least 1"),
        (["--methods", "chain+token", "--workers", "-1"], "--workers must lie"),
        (["--methods", "chain+token", "--prompts", "/no/such.jsonl"], "could not be read"),
        (["--methods", "best_first+token"], "needs siblings that are"),
    ],
)
def test_bad_input_is_one_sentence(capsys, tmp_path, options, said):
    assert main(["sweep", *options, "--out", str(tmp_path / "s.parquet")]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "s.parquet").exists()


def test_a_file_that_is_something_else_is_not_written_over(capsys, tmp_path):
    out = tmp_path / "s.parquet"
    out.write_bytes(b"my thesis")
    assert main(["sweep", "--methods", "chain+token", "--out", str(out)]) == 2
    assert "is not a sweep of SpecViz" in capsys.readouterr().err
    assert out.read_bytes() == b"my thesis"


@pytest.fixture(scope="module")
def long(prompts):
    """A sweep that is long enough to be killed in."""
    return ["sweep", "--prompts", str(prompts), "--methods", "chain+token,best_first+shared_race", *SMALL,
            "--seeds", "40"]  # fmt: skip


@pytest.fixture(scope="module")
def whole(long, tmp_path_factory):
    """The same, never killed."""
    path = tmp_path_factory.mktemp("whole") / "whole.parquet"
    assert main([*long, "--out", str(path)]) == 0
    return load_sweep(path)


@pytest.mark.parametrize(("signals", "code"), [((signal.SIGKILL, signal.SIGKILL), -9), ((signal.SIGINT,), 130)])
def test_a_killed_sweep_does_the_rest(long, whole, tmp_path, signals, code):
    """The process is ended as soon as its file has grown, once or twice; then the same command finishes it."""
    out = tmp_path / "killed.parquet"
    kept = [0]
    for sent in signals:
        with subprocess.Popen(
            [sys.executable, "-m", "specviz", *long, "--out", str(out)], stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            deadline = time.monotonic() + 120
            while process.poll() is None and time.monotonic() < deadline:
                if out.exists() and len(load_sweep(out).rows) > kept[-1]:
                    os.kill(process.pid, sent)
                    break
                time.sleep(0.02)
            process.wait(60)
        assert process.returncode == code
        kept.append(len(load_sweep(out).rows))
    assert 0 < kept[-1] < load_sweep(out).plan.total
    assert main([*long, "--out", str(out)]) == 0
    one = load_sweep(out)
    assert one.plan == whole.plan
    assert [row.without_times() for row in one.rows] == [row.without_times() for row in whole.rows]
