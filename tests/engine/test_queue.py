"""The queue of a server: places, shares, refusals, orphans, and what is kept of jobs that are over."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import pytest

from specviz.engine.jobs import RunJob
from specviz.engine.load_job import LoadJob
from specviz.engine.scheduling import Job, RefusedError, Stage, Workshop
from specviz.models.preflight.troubles import Trouble
from specviz.policy import Policy
from specviz.records import RunSettings, StopReason

PAIR = ("fable/target", "fable/draft")
SHORT = RunSettings(capacity=2, max_new_tokens=6)
LONG = RunSettings(capacity=0, max_new_tokens=400)


def server(tmp_path, **limits) -> Workshop:
    return Workshop(Policy(**{"job_folder": str(tmp_path / "runs"), **limits}))


def until(said, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@dataclass
class Idle(Job):
    """Holds its place, not the models, until it is stopped."""

    def begin(self, pair):
        while not self.stopping:
            time.sleep(0.005)
        return ()


def idle(visitor: str = "", **more) -> Idle:
    return Idle(*PAIR, visitor=visitor, **more)


def test_who_waits_has_a_place_and_moves_up(tmp_path):
    shop = server(tmp_path, jobs=1)
    first, second, third = (shop.start(idle()) for _ in range(3))
    assert (first.place, second.place, third.place) == (0, 1, 2)
    assert second.stage == Stage.WAITING
    first.stop()
    until(lambda: second.place == 0 and third.place == 1)
    third.stop()  # while it waits: it is gone at once
    assert (third.stage, third.error) == (Stage.DONE, "")
    second.stop()
    until(lambda: not second.active)
    assert shop.status().stopped == 3


def test_a_visitor_with_nothing_at_work_comes_first(tmp_path):
    shop = server(tmp_path, jobs=2)
    mine = [shop.start(idle("me")) for _ in range(3)]
    shop.start(idle("other"))
    mine[0].stop()
    until(lambda: [job.visitor for job in shop._running] == ["me", "other"])
    for job in list(shop.jobs.values()):
        job.stop()


def test_more_than_a_server_takes_is_refused_in_words(tmp_path):
    shop = server(tmp_path, jobs=1, queue=2, visitor_jobs=2)
    held = [shop.start(idle("me")), shop.start(idle("me"))]
    with pytest.raises(RefusedError, match="You have 2 jobs at work or waiting"):
        shop.start(idle("me"))
    held.append(shop.start(idle("other")))
    with pytest.raises(RefusedError, match="2 jobs wait already"):
        shop.start(idle("third"))
    for job in reversed(held):
        job.stop()


def test_a_short_run_is_not_stuck_behind_a_long_one(tmp_path):
    shop = server(tmp_path)
    long = shop.start(RunJob.of(LONG, "Once upon a time", visitor="a"))
    until(lambda: long.tokens > 2)
    short = shop.start(RunJob.of(SHORT, "One day", visitor="b"))
    until(lambda: not short.active)
    assert long.active
    assert short.tokens == 6
    long.stop()
    assert long.over(10)


def test_a_job_nobody_looks_at_is_stopped_and_its_run_kept(tmp_path):
    shop = server(tmp_path, orphan_seconds=5)
    job = shop.start(RunJob.of(replace(LONG, max_new_tokens=480), "Once upon a time", visitor="gone"))
    seen = shop.start(idle("here"))
    until(lambda: job.tokens > 2)
    for one in (job, seen):
        one.seen -= 6
    shop.present("here")
    shop.keeper.reap()
    assert job.over(10)
    assert not seen.stopping
    assert job.unfinished
    assert shop.status().orphans == 1
    seen.stop()


def test_over_its_time_a_job_ends(tmp_path, monkeypatch):
    shop = server(tmp_path)
    monkeypatch.setattr("specviz.engine.scheduling.job.policy", lambda: Policy(seconds=1))
    job = shop.start(RunJob.of(replace(LONG, max_new_tokens=480), "Once upon a time"))
    until(lambda: job.tokens > 2)
    job.began -= 2
    assert job.over(10)
    assert job.trace().stop_reason == StopReason.STOPPED


def test_finished_runs_beyond_the_budget_are_on_disk_alone_and_open_again(tmp_path):
    shop = server(tmp_path, memory_mb=0)
    jobs = [shop.start(RunJob.of(SHORT, text)) for text in ("One day", "A cat")]
    for job in jobs:
        assert job.over(60)
    texts = [job.trace().text for job in jobs]
    assert min(job.weight for job in jobs) > 0
    until(lambda: (shop.keeper.spill(), all(job.spilled for job in jobs))[1])
    assert [job.weight for job in jobs] == [0, 0]
    assert [job.trace().text for job in jobs] == texts
    assert shop.status().spilled == 2
    assert not any(job.unfinished for job in jobs)


def test_without_a_folder_what_is_too_much_is_forgotten(tmp_path):
    shop = Workshop(Policy(job_folder="", memory_mb=0))
    job = shop.start(RunJob.of(SHORT, "One day"))
    assert job.over(60)
    until(lambda: job.id not in (shop.keeper.spill(), shop.jobs)[1])


def test_another_pair_waits_for_room_and_drops_no_running_job(tmp_path):
    shop = server(tmp_path, pairs=1)
    run = shop.start(RunJob.of(LONG, "Once upon a time", visitor="a"))
    until(lambda: run.tokens > 2)
    load = shop.start(LoadJob("fable/target", "fable/draft-plain", visitor="b"))
    until(lambda: "waits until 1 job" in load.waits_for)
    late = shop.start(RunJob.of(SHORT, "One day", visitor="c"))  # for the pair that is to go: it does not hold it up
    until(lambda: "loaded first" in late.waits_for)
    assert run.active
    run.stop()
    assert load.over(60)
    assert (load.error, load.provenance.draft) == ("", "fable/draft-plain")
    assert len(run.trace().emitted) > 2
    assert late.over(60)
    assert (late.error, late.tokens) == ("", 6)


def test_a_load_that_waits_can_be_stopped(tmp_path):
    shop = server(tmp_path, pairs=1)
    run = shop.start(idle())
    until(lambda: run.stage == Stage.LOADING and len(shop.pairs))
    load = shop.start(LoadJob("fable/target", "fable/draft-plain"))
    until(lambda: load.waits_for)
    load.stop()
    assert load.over(10)
    assert load.trouble == Trouble.STOPPED
    run.stop()
    assert run.over(10)
    assert shop.pair(*PAIR).provenance.draft == "fable/draft"


def test_two_pairs_stay_side_by_side_where_both_may(tmp_path):
    shop = server(tmp_path)
    first = shop.pair(*PAIR)
    second = shop.pair("fable/target", "fable/draft-plain")
    assert shop.pair(*PAIR) is first
    assert shop.loaded is first
    assert shop.pair("fable/target", "fable/draft-plain") is second
    assert [pair.draft for pair in shop.status().pairs] == ["fable/draft-plain", "fable/draft"]
