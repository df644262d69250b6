"""A sweep in the background: its progress, its file, what a stop leaves, and letting go of the memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from specviz.engine.compare.comparison import Method
from specviz.engine.probe.prompts import Prompt
from specviz.engine.scheduling import Workshop
from specviz.engine.scheduling.folder import RunFolder
from specviz.engine.sweep.jobs import SweepJob
from specviz.engine.sweep.plan import make_plan
from specviz.policy import Policy
from specviz.records import RunSettings
from specviz.records.sweep_store import load_sweep

PROMPTS = [Prompt(str(n), "story", text) for n, text in enumerate(("Once upon", "A cat", "One day", " "))]
METHODS = [Method.parse("best_first+shared_race"), Method.parse("chain+shared_race")]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    return Workshop(Policy(job_folder=str(tmp_path_factory.mktemp("runs"))))


def job_of(length: int) -> SweepJob:
    plan = make_plan(RunSettings(max_new_tokens=length), PROMPTS, METHODS, [2, 6], [1, 2])
    return SweepJob.of(plan, PROMPTS)


def test_a_sweep_job_keeps_its_rows_in_memory_and_in_a_file(workshop):
    job = workshop.start(job_of(8))
    assert job.over(120)
    assert job.error == ""
    sweep = job.sweep()
    assert sweep.is_whole
    assert (job.progress.done, job.progress.failures) == (32, 8)
    assert load_sweep(job.file) == sweep
    assert job.weight > 0
    assert job.spill()
    assert job.weight == 0
    assert job.sweep() == sweep
    assert isinstance(workshop.folder, RunFolder)
    assert job.file.parent == Path(workshop.folder.path)


def test_a_stop_leaves_what_was_done(workshop):
    job = workshop.start(job_of(200))
    deadline = time.monotonic() + 120
    while (job.progress is None or not job.progress.done) and time.monotonic() < deadline:
        time.sleep(0.005)
    job.stop()
    assert job.over(60)
    sweep = job.sweep()
    assert 0 < len(sweep.rows) < sweep.plan.total
    assert load_sweep(job.file) == sweep
    assert not job.error
