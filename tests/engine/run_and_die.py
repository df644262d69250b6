"""A server process for the kill tests: one run, whose passes it tells, until it is over or killed."""

from __future__ import annotations

import sys
import time

from specviz.engine.jobs import RunJob
from specviz.engine.scheduling import Workshop
from specviz.policy import Policy
from specviz.records import RunSettings


def main(folder: str, drafter: str, verifier: str, tokens: str) -> None:
    settings = RunSettings(drafter=drafter, verifier=verifier, capacity=8, max_new_tokens=int(tokens))
    shop = Workshop(Policy(job_folder=folder))
    job = RunJob.of(settings, "Once upon a time")
    job.id = "0123456789abcdef"
    shop.start(job)
    told = 0
    while job.active:
        if job.steps_done > told:
            told = job.steps_done
            print(told, flush=True)
        time.sleep(0.001)
    print("over", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
