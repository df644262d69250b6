"""A server killed at random moments of a run and of its saving: what its file kept, and where the run went on to.

python -m benchmarks.kills FOLDER SEED TOKENS      (the server that is killed)
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from specviz.engine.jobs import RunJob
from specviz.engine.scheduling import Workshop
from specviz.engine.scheduling.folder import JOURNAL
from specviz.policy import Policy
from specviz.records import RunSettings, StopReason
from specviz.records.replay import comparable

ID = "0123456789abcdef"
PROMPT = "Once upon a time, there was a little fox who lived near a river."
METHODS = (
    ("best_first", "sample_and_look"), ("chain", "token"), ("sequoia", "traversal"), ("race_tau_star", "shared_race"),
    ("iid_sequences", "recursive_rejection"),
)  # fmt: skip
TOKENS = 96


@dataclass(frozen=True)
class Kill:
    """One kill.  told: passes that the server had said were made.  kept: passes in its file.  saving: it was saving."""

    method: str
    told: int
    kept: int
    ended: bool
    saving: bool
    same: bool


def job_of(number: int) -> RunJob:
    """The run that is killed; its settings are those of its number."""
    drafter, verifier = METHODS[number % len(METHODS)]
    settings = RunSettings(drafter=drafter, verifier=verifier, capacity=12, max_new_tokens=TOKENS, seed=number + 1)
    job = RunJob.of(settings, PROMPT)
    job.id = ID
    return job


def serve(folder: str, number: int) -> None:
    """Run it, telling each pass; then tell that it is saved."""
    shop = Workshop(Policy(job_folder=folder))
    shop.pair("fable/target", "fable/draft")
    print("ready", flush=True)
    job, told = shop.start(job_of(number)), 0
    while job.active:
        if job.steps_done > told:
            told = job.steps_done
            print(told, flush=True)
        time.sleep(0.0005)
    print("over", flush=True)
    time.sleep(60)


def kill(folder: Path, number: int, after: int, wait: float) -> tuple[int, bool]:
    """Kill the server so many seconds after it told of a pass; passes it had told of, and whether it was over."""
    command = [sys.executable, "-m", "benchmarks.kills", str(folder), str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"SPECVIZ_LOG": "off"}) as one:
        assert one.stdout is not None
        told = ["0"]
        for line in one.stdout:
            told.append(line.strip())
            if (
                told[-1] == "over"
                or (told[-1].isdigit() and int(told[-1]) >= after)
                or (not after and line == "ready\n")
            ):
                break
        time.sleep(wait)
        one.send_signal(signal.SIGKILL)
        told += [line.strip() for line in one.stdout]
    return max(int(line) for line in told if line.isdigit()), "over" in told


def every(count: int) -> Iterator[Kill]:
    """So many kills, a quarter of them while the last pass is made and the run is saved."""
    chance = Random(7)
    for number in range(count):
        shop = Workshop(Policy(job_folder=""))
        shop.pair("fable/target", "fable/draft")
        whole = shop.start(job_of(number))
        whole.over(600)
        expected = whole.trace()
        last = len(expected.iterations) - 1
        with tempfile.TemporaryDirectory() as home:
            after = last if number % 4 == 3 else chance.randrange(last)
            told, over = kill(Path(home), number, after, chance.uniform(0.0, 0.03))
            yield _seen(Path(home), expected, told, over, shop)


def _seen(home: Path, expected, told: int, over: bool, spare: Workshop) -> Kill:
    again = Workshop(Policy(job_folder=str(home)))
    again.pairs = spare.pairs
    journal = (home / f"{ID}{JOURNAL}").is_file()
    found = again.folder.find(ID) if again.folder is not None else None
    method = f"{expected.settings.drafter} + {expected.settings.verifier}"
    if found is None:  # killed before the first pass: pressing Run again is all there is
        return Kill(method, told, 0, over, False, told == 0)
    ended = found.stop_reason != StopReason.INTERRUPTED
    kept = len(found.iterations)
    job = RunJob.stored(ID, found)
    if not ended:
        job = again.start(job.continued())
        job.over(600)
    trace = job.trace()
    same = trace is not None and trace.text == expected.text and trace.emitted == expected.emitted
    if ended and same and trace is not None:
        same = comparable(trace)["iterations"] == comparable(expected)["iterations"]
    return Kill(method, told, kept, ended, journal and ended, same)


def report(quick: bool) -> Iterator[str]:
    """One row for each kill, and a sentence."""
    kills = list(every(3 if quick else 20))
    lost = [max(0, one.told - one.kept) for one in kills]
    yield (
        f"{len(kills)} servers killed (`kill -9`) at random moments of a run of {TOKENS} tokens and of its saving. "
        f"Passes that the server had told of and its file had lost: at most {max(lost)}. Text after continuing equal "
        f"to the uninterrupted run: {sum(one.same for one in kills)} of {len(kills)}."
    )
    yield ""
    yield "| method | passes told of | passes in the file | state of the file | text in the end |"
    yield "|---|---|---|---|---|"
    for one in kills:
        state = "over, being saved" if one.saving else "over" if one.ended else "interrupted"
        state = state if one.kept else "no pass yet"
        yield f"| {one.method} | {one.told} | {one.kept} | {state} | {'equal' if one.same else 'DIFFERENT'} |"


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
