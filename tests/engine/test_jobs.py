"""Jobs: they finish, stop within a pass, keep what they decoded, and say what went wrong."""

from __future__ import annotations

import sys
import time

import pytest

from specviz.engine.jobs import RunJob, StudyJob
from specviz.engine.probe.candidates import CAPACITIES
from specviz.engine.scheduling import Job, Stage, Workshop
from specviz.records import RunSettings, StopReason

BASE = RunSettings(capacity=4, max_new_tokens=16)


@pytest.fixture(scope="module")
def workshop():
    return Workshop()


def wait(job: Job, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while job.active and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not job.active


def test_a_job_runs_to_its_end(workshop):
    job = workshop.start(RunJob.of(BASE, "Once upon a time"))
    wait(job)
    assert (job.stage, job.error, job.tokens) == (Stage.DONE, "", 16)
    assert job.trace().stop_reason == StopReason.LENGTH


def test_stop_keeps_what_was_decoded(workshop):
    job = workshop.start(RunJob.of(RunSettings(capacity=0, max_new_tokens=400), "Once upon a time"))
    while job.tokens < 3 and job.active:
        time.sleep(0.005)
    job.stop()
    wait(job)
    trace = job.trace()
    assert trace.stop_reason == StopReason.STOPPED
    assert 3 <= len(trace.emitted) < 400
    assert len(trace.emitted) == job.tokens


@pytest.mark.parametrize(
    ("settings", "prompt", "sentence"),
    [
        (RunSettings(target="./nowhere"), "Once", "There is no folder ./nowhere"),
        (BASE, "   ", "The prompt is empty"),
        (RunSettings(drafter="magic"), "Once", "no drafter called 'magic'"),
    ],
)
def test_what_went_wrong_is_said(workshop, settings, prompt, sentence):
    job = workshop.start(RunJob.of(settings, prompt))
    wait(job)
    assert job.stage == Stage.FAILED
    assert sentence in job.error
    assert job.trace() is None


def test_two_people_share_one_pair(workshop):
    jobs = [workshop.start(RunJob.of(BASE, "One day")) for _ in range(3)]
    for job in jobs:
        wait(job)
    assert len({job.trace().text for job in jobs}) == 1


def test_a_failure_in_the_middle_keeps_the_record(workshop, monkeypatch):
    module = sys.modules["specviz.engine.decode"]
    real, calls = module.iterate, []

    def breaks(*arguments, **more):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        return real(*arguments, **more)

    monkeypatch.setattr(module, "iterate", breaks)
    job = workshop.start(RunJob.of(BASE, "One day"))
    wait(job)
    assert job.stage == Stage.FAILED
    assert "out of memory" in job.error
    assert len(job.trace().iterations) == 2
    assert job.trace().stop_reason == StopReason.FAILED


def test_an_automatic_run_says_what_was_chosen(workshop):
    job = workshop.start(RunJob.of(BASE, "Once upon a time", automatic=True))
    wait(job)
    trace = job.trace()
    assert job.error == ""
    assert job.choosing == ""
    assert trace.settings == job.settings
    assert trace.note.startswith("Chosen automatically: ")
    assert " predicted, " in trace.note
    assert " measured" in trace.note
    assert trace.settings.capacity in (0, *CAPACITIES)
    assert workshop.costs is not None  # the next one need not measure again
    again = workshop.start(RunJob.of(BASE, "Once upon a time", automatic=True))
    wait(again)
    assert again.costs is workshop.costs
    assert job.trace() is trace


def test_a_stop_while_choosing_leaves_no_run(workshop):
    job = RunJob.of(RunSettings(max_new_tokens=64), "Once upon a time", automatic=True)
    advance = job.advance
    job.advance = lambda step: (advance(step), job.stop())
    workshop.start(job)
    wait(job)
    assert (job.stage, job.error, job.tokens) == (Stage.DONE, "", 0)
    assert job.choosing != ""
    assert job.trace() is None


def test_a_study_is_a_job_too(workshop):
    settings = RunSettings(temperature=1.0, depth=4, max_new_tokens=6)
    job = workshop.start(
        StudyJob(
            "fable/target", "fable/draft", settings=settings, prompts=[("own", "A cat")], capacities=[2, 4], nested=[1]
        )
    )
    wait(job)
    assert job.stage == Stage.DONE
    assert job.progress.done == job.progress.total
    assert len(job.record().nested) == 4


def test_a_stopped_study_keeps_what_it_measured(workshop):
    settings = RunSettings(temperature=1.0, depth=4, max_new_tokens=40)
    job = workshop.start(
        StudyJob("fable/target", "fable/draft", settings=settings, prompts=[("own", "A cat")] * 4, capacities=[1, 2, 4])
    )
    while job.record() is None and job.active:
        time.sleep(0.005)
    job.stop()
    wait(job)
    assert job.error == ""
    assert 1 <= len(job.record().measurements) < 15


def test_a_study_without_a_prompt_says_so(workshop):
    job = workshop.start(StudyJob("fable/target", "fable/draft", prompts=[("own", "  ")], capacities=[1]))
    wait(job)
    assert "The prompt is empty" in job.error
    assert job.record() is None
