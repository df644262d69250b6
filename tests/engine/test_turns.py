"""Turns: one at a time, shared between visitors and not between jobs; who is stopped no longer waits."""

from __future__ import annotations

import threading
import time

from specviz.engine.scheduling.turns import Clocks, Turns


def hold(turns: Turns, share: str, job: str, counts: dict[str, int], over: threading.Event) -> None:
    while not over.is_set():
        with turns(share, job):
            counts[share] = counts.get(share, 0) + 1
            counts[job] = counts.get(job, 0) + 1
            time.sleep(0.001)


def race(wanted: int, jobs: dict[str, str], first: str) -> dict[str, int]:
    """Passes of each job and share when the share `first` has had `wanted`. jobs: the share of each."""
    turns, counts, over = Turns(), {}, threading.Event()
    threads = [threading.Thread(target=hold, args=(turns, share, job, counts, over)) for job, share in jobs.items()]
    for thread in threads:
        thread.start()
    while counts.get(first, 0) < wanted:
        time.sleep(0.001)
    over.set()
    for thread in threads:
        thread.join()
    return counts


def test_four_jobs_of_one_visitor_get_no_more_than_one_of_another():
    counts = race(60, {"a1": "a", "a2": "a", "a3": "a", "a4": "a", "b1": "b"}, "b")
    assert 30 <= counts["a"] <= 120
    assert min(counts[job] for job in ("a1", "a2", "a3", "a4")) >= 3


def test_nobody_is_left_out():
    counts = race(20, {f"j{i}": f"v{i}" for i in range(12)}, "v0")
    assert min(counts[f"v{i}"] for i in range(12)) >= 5


def test_only_one_holds_the_models():
    turns, inside, most = Turns(), [], []

    def work() -> None:
        for _ in range(30):
            with turns("v", threading.current_thread().name):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0002)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 150
    assert turns.waiting == 0


def test_who_is_stopped_leaves_the_queue():
    turns, stopped, seen = Turns(), threading.Event(), []

    def wait() -> None:
        with turns("b", "b", stopped.is_set) as granted:
            seen.append(granted)

    with turns("a", "a"):
        thread = threading.Thread(target=wait)
        thread.start()
        while not turns.waiting:
            time.sleep(0.001)
        stopped.set()
        thread.join(5)
    assert seen == [False]
    with turns("c") as granted:
        assert granted


def test_an_error_gives_the_turn_back():
    turns = Turns()
    for _ in range(2):
        try:
            with turns("a"):
                raise RuntimeError
        except RuntimeError:
            pass
    with turns("b") as granted:
        assert granted


def test_who_was_away_has_saved_nothing_up(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("specviz.engine.scheduling.turns.time.monotonic", lambda: now[0])
    clocks = Clocks()
    for owner, seconds in (("old", 100.0), ("idle", 1.0)):
        clocks.enter(owner)
        clocks.serve(owner)
        clocks.add(owner, seconds)
    now[0] = 10.0
    clocks.enter("old")
    clocks.serve("old")
    clocks.enter("idle")
    clocks.enter("new")
    assert clocks.read("idle") == clocks.read("new") == clocks.read("old") == 100.0
    clocks.add("idle", 2.0)
    now[0] = 10.5
    clocks.enter("idle")  # back within a second: its clock counts on
    assert clocks.read("idle") == 102.0
