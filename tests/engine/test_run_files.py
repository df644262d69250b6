"""Runs on disk: killed in the middle, they reopen but for the pass under way, and go on to the same text."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from specviz.engine.jobs import RunJob
from specviz.engine.scheduling import Workshop
from specviz.engine.scheduling.folder import JOURNAL, BusyError, RunFolder
from specviz.policy import Policy
from specviz.records import RunSettings, StopReason
from specviz.records.files import TraceError
from specviz.records.replay import comparable

ID = "0123456789abcdef"
TOKENS = 60
ROOT = Path(__file__).parents[2]


def killed(folder: Path, drafter: str, verifier: str, passes: int) -> None:
    """Kill a server of its own after so many passes of its run."""
    command = [sys.executable, str(Path(__file__).with_name("run_and_die.py")), str(folder), drafter, verifier]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*command, str(TOKENS)], stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout:
            if line.strip() == "over" or int(line) >= passes:
                break
        process.send_signal(signal.SIGKILL)


def whole(drafter: str, verifier: str):
    settings = RunSettings(drafter=drafter, verifier=verifier, capacity=8, max_new_tokens=TOKENS)
    job = Workshop(Policy(job_folder="")).start(RunJob.of(settings, "Once upon a time"))
    assert job.over(120)
    return job.trace()


@pytest.mark.parametrize(
    ("drafter", "verifier", "passes"),
    [("best_first", "sample_and_look", 3), ("chain", "token", 6), ("race_tau_star", "shared_race", 4)],
)
def test_a_killed_run_reopens_and_goes_on_to_the_same_text(tmp_path, drafter, verifier, passes):
    killed(tmp_path, drafter, verifier, passes)
    shop = Workshop(Policy(job_folder=str(tmp_path)))
    kept = shop.folder.find(ID)
    assert kept.stop_reason == StopReason.INTERRUPTED
    assert len(kept.iterations) >= passes - 1
    assert "can be continued" in kept.note
    expected = whole(drafter, verifier)
    assert kept.emitted == expected.emitted[: len(kept.emitted)]
    assert expected.text.startswith(kept.text)
    job = shop.start(RunJob.stored(ID, kept).continued())
    assert job.over(120)
    trace = job.trace()
    assert (trace.text, trace.emitted) == (expected.text, expected.emitted)
    assert trace.stop_reason == StopReason.LENGTH
    assert [item.tree.token.tolist() for item in trace.iterations] == [
        item.tree.token.tolist() for item in expected.iterations
    ]
    assert job.written == TOKENS - len(kept.emitted)
    assert [path.name for path in tmp_path.iterdir()] == [f"{ID}.json.gz"]
    assert shop.folder.find(ID).emitted == expected.emitted


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Workshop(Policy(job_folder=str(tmp_path_factory.mktemp("runs"))))


def stopped(shop: Workshop, tokens: int = 3) -> RunJob:
    job = shop.start(RunJob.of(RunSettings(capacity=0, max_new_tokens=40), "One day"))
    while job.tokens < tokens:
        time.sleep(0.001)
    job.stop()
    assert job.over(60)
    return job


def test_a_stopped_run_goes_on_too(shop):
    job = stopped(shop)
    assert job.unfinished
    again = shop.start(job.continued())
    assert again.over(60)
    plain = shop.start(RunJob.of(job.settings, "One day"))
    assert plain.over(60)
    assert again.trace().text == plain.trace().text
    assert not again.unfinished
    assert shop.jobs[job.id] is again


def test_a_torn_last_line_is_dropped_and_a_whole_file_is_the_same_run(shop, tmp_path):
    """Cut the file of a run at every kind of place: what is read is always a beginning of it."""
    job = stopped(shop, 6)
    trace = job.trace()
    folder = RunFolder(tmp_path, 1, 1)
    path = tmp_path / f"{ID}{JOURNAL}"
    from specviz.engine.decode import Run
    from specviz.engine.scheduling.folder import RunFile

    run = Run(shop.pair("fable/target", "fable/draft"), job.settings, "One day", iterations=list(trace.iterations))
    run.reason = StopReason.STOPPED
    file = RunFile(folder, run, ID)
    with pytest.raises(BusyError, match="another process"):
        folder.find(ID)
    file.end()
    file.leave()
    data = path.read_bytes()
    assert comparable(folder.find(ID)) == comparable(trace)
    lines = data.split(b"\n")
    for cut in range(len(lines[0]) + 1, len(data), 397):
        path.write_bytes(data[:cut])
        found = folder.find(ID)
        assert found.emitted == trace.emitted[: len(found.emitted)]
        assert len(found.iterations) >= data[:cut].count(b"\n") - 1
    path.write_bytes(lines[0][:50])
    with pytest.raises(TraceError, match="not the file of a run"):
        folder.find(ID)
    path.write_bytes(data.replace(b'"parent":[-1', b'"parent":[7'))
    with pytest.raises(TraceError, match="damaged"):
        folder.find(ID)


def test_ids_of_strangers_reach_no_file(tmp_path):
    (tmp_path.parent / "secret.json.gz").write_bytes(b"x")
    folder = RunFolder(tmp_path, 1, 1)
    for number in ("../secret", "", "0123", "G" * 16, f"{ID}/../{ID}", ID.upper(), ID + "\n", "\x00" * 16):
        assert folder.find(number) is None


def test_a_full_disk_costs_the_file_and_not_the_run(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    shop = Workshop(Policy(job_folder=str(blocked)))
    job = shop.start(RunJob.of(RunSettings(capacity=2, max_new_tokens=6), "One day"))
    assert job.over(60)
    assert (job.error, job.tokens) == ("", 6)
    assert "could not be" in job.unkept
    assert not job.spill()
    assert job.trace().text


def test_old_files_and_too_many_go_first(tmp_path):
    folder = RunFolder(tmp_path, days=2, megabytes=1)
    names = [f"{number:016x}.json.gz" for number in range(4)]
    for age, name in enumerate(names):
        (tmp_path / name).write_bytes(b"x" * 400_000)
        os.utime(tmp_path / name, (time.time() - age * 3600,) * 2)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / f"{9:016x}.run.jsonl").write_text("old")
    os.utime(tmp_path / f"{9:016x}.run.jsonl", (time.time() - 3 * 86_400,) * 2)
    assert folder.tidy(keep=[names[3].partition(".")[0]]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names[:2], names[3], "notes.txt"])


def test_models_that_read_the_prompt_otherwise_do_not_go_on(shop):
    job = stopped(shop)
    other = job.continued()
    other.before = replace(other.before, prompt_ids=(1, 2, 3))
    shop.start(other)
    assert other.over(60)
    assert "cannot be continued" in other.error
