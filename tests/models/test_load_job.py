"""Loading as a job: stages with seconds, the failing one named, the pair before kept; and the command."""

from __future__ import annotations

import re
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from folders import folder, rename_tokens

from specviz.cli import main
from specviz.engine.load_job import LoadJob
from specviz.engine.scheduling import Job, Stage, Workshop
from specviz.models.preflight.facts import facts_of
from specviz.models.preflight.machine import machine, usual
from specviz.models.preflight.outlook import TIGHT, Plan, advice, fitting, outlook
from specviz.models.preflight.stages import LoadStage
from specviz.models.preflight.troubles import Trouble

EMBEDDED = ("fable/target", "fable/draft")
PLAN = Plan("cpu", "float32", 512, 32, 20_000_000_000, False)


def run(workshop: Workshop, *names: str, **how: str) -> LoadJob:
    job = workshop.start(LoadJob(*names, **how))
    deadline = time.monotonic() + 60
    while job.active and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not job.active
    return job


def test_all_stages_are_clocked_in_order():
    workshop = Workshop()
    assert workshop.loaded is None
    job = run(workshop, *EMBEDDED)
    assert (job.stage, job.error, job.trouble) == (Stage.DONE, "", None)
    assert [step.stage for step in job.steps] == list(LoadStage)
    assert all(step.seconds >= 0 for step in job.steps)
    assert job.provenance.dtype == "float32"
    assert workshop.loaded.provenance == job.provenance
    assert job.steps[-1].note.startswith("each size")


def test_costs_are_measured_once_for_a_pair_and_kept_with_it():
    workshop = Workshop()
    workshop.pair(*EMBEDDED)
    first = run(workshop, *EMBEDDED)  # loaded by somebody else, so only the measurement is left to do
    assert [step.stage for step in first.steps] == [LoadStage.COSTS]
    assert workshop.costs is first.costs is not None
    again = run(workshop, *EMBEDDED)
    assert again.steps == []
    assert again.costs is first.costs
    workshop.pair("fable/target", "fable/draft-plain")
    assert workshop.costs is None


class Idle(Job):
    """Does nothing until it is released; it was given what was known when it began."""

    def begin(self, pair):
        self.release, self.begun = threading.Event(), True
        return self.waits()

    def waits(self):
        while not self.release.is_set():
            yield 0

    def advance(self, step):
        time.sleep(0.01)


def ended(job: Job) -> None:
    deadline = time.monotonic() + 60
    while job.active and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not job.active


def test_what_is_measured_again_stays_although_others_run():
    workshop = Workshop()
    workshop.pair(*EMBEDDED)
    first = run(workshop, *EMBEDDED)
    other = workshop.start(Idle(*EMBEDDED))  # begun with the costs as they were
    while not getattr(other, "begun", False):
        time.sleep(0.01)
    anew = workshop.start(LoadJob(*EMBEDDED, again=True))
    assert anew.only_measures
    ended(anew)
    assert anew.costs is not first.costs
    other.release.set()
    ended(other)
    assert other.costs is first.costs
    assert workshop.costs is anew.costs


def test_a_measurement_that_was_stopped_early_is_kept_for_nobody():
    workshop = Workshop()
    workshop.pair(*EMBEDDED)
    job = LoadJob(*EMBEDDED)
    advance = job.advance
    job.advance = lambda step: (advance(step), job.stop())
    workshop.start(job)
    ended(job)
    assert job.error == ""
    assert workshop.costs is None
    known = run(workshop, *EMBEDDED).costs
    stopped = LoadJob(*EMBEDDED, again=True)
    proceed = stopped.advance
    stopped.advance = lambda step: (proceed(step), stopped.stop() if step else None)  # after the first whole round
    workshop.start(stopped)
    ended(stopped)
    assert workshop.costs is known


def test_costs_of_a_pair_that_is_gone_are_not_those_of_the_next():
    workshop = Workshop()
    workshop.pair(*EMBEDDED)
    job = LoadJob(*EMBEDDED)
    advance, seen = job.advance, []

    def swap(step):
        advance(step)
        if not seen:
            seen.append(workshop.pair("fable/target", "fable/draft-plain"))

    job.advance = swap
    workshop.start(job)
    ended(job)
    assert job.costs.provenance.draft == "fable/draft"
    assert workshop.costs is None


def test_a_failure_names_its_stage_and_keeps_the_pair_before(tmp_path):
    workshop = Workshop()
    before = workshop.pair(*EMBEDDED)
    job = run(workshop, "fable/target", str(rename_tokens(folder(tmp_path), 700)))
    assert job.stage == Stage.FAILED
    assert job.trouble == Trouble.TOKENS
    assert job.steps[-1].stage == LoadStage.VOCABULARIES
    assert "token 700" in job.error
    assert workshop.loaded is before
    assert workshop.pair(*EMBEDDED) is before


def test_auto_takes_the_pair_as_it_is_loaded():
    """What was loaded on the Models page in bfloat16 is what every other page runs."""
    workshop = Workshop()
    assert run(workshop, *EMBEDDED, device="cpu", dtype="bfloat16").provenance.dtype == "bfloat16"
    assert workshop.pair(*EMBEDDED).provenance.dtype == "bfloat16"
    again = run(workshop, *EMBEDDED)
    assert again.steps == []
    assert again.provenance.dtype == "bfloat16"
    assert workshop.pair(*EMBEDDED, "cpu", "float32").provenance.dtype == "float32"


def test_where_two_do_not_fit_the_pair_before_goes(monkeypatch):
    workshop = Workshop()
    workshop.pair(*EMBEDDED)
    monkeypatch.setattr("specviz.models.weighing.free_memory", lambda _: 50_000_000 if not len(workshop.pairs) else 1)
    job = run(workshop, "fable/target", "fable/draft-plain")
    assert job.error == ""
    assert workshop.loaded.provenance.draft == "fable/draft-plain"


def test_a_stop_takes_effect_before_the_next_stage():
    workshop = Workshop()
    before = workshop.pair(*EMBEDDED)
    job = LoadJob("fable/target", "fable/draft-plain")
    job.stop()
    workshop.start(job)
    while job.active:
        time.sleep(0.01)
    assert job.trouble == Trouble.STOPPED
    assert "stays" in job.error
    assert workshop.loaded is before


@pytest.mark.parametrize(
    ("free", "words"),
    [
        (20_000_000_000, "It fits"),
        (10_000_000_000, "It is tight"),
        (8_000_000_000, "in bfloat16 it would take about 5.31 GB, or GPT-2 large with GPT-2"),
        (6_400_000_000, "free on cpu. Instead: GPT-2 large with GPT-2 would fit."),
        (1_000_000, "the embedded pair takes a few dozen MB"),
        (None, "is known once it is in use"),
    ],
)
def test_advice_says_what_would_fit(free, words):
    pair = facts_of("Qwen/Qwen3-1.7B"), facts_of("Qwen/Qwen3-0.6B")
    plan = replace(PLAN, free=free)
    seen = outlook(*pair, plan)
    said = advice(seen, plan)
    assert words in said
    assert "Qwen3 1.7B with 0.6B would fit" not in said  # never itself
    assert seen.fits(free) == (None if free is None else free >= seen.estimate.total)


def test_advice_names_the_largest_run_that_fits():
    """Weights fit, the run does not: what it says would fit does, twice as much does not."""
    pair = facts_of("Qwen/Qwen3-1.7B"), facts_of("Qwen/Qwen3-0.6B")
    plan = replace(PLAN, tokens=512, capacity=1024, free=14_000_000_000)
    said = advice(outlook(*pair, plan), plan)
    found = int(re.search(r"P = ([\d,]+) would fit", said)[1].replace(",", ""))
    assert outlook(*pair, replace(plan, capacity=found)).estimate.total <= TIGHT * plan.free
    assert outlook(*pair, replace(plan, capacity=2 * found)).estimate.total > TIGHT * plan.free


def test_larger_memory_fits_more_pairs_and_all_that_fit_do():
    few, many = ({label for label, _ in fitting(replace(PLAN, free=free))} for free in (4 * 10**9, 40 * 10**9))
    assert few < many
    assert fitting(replace(PLAN, free=None)) == []
    assert [size for _, size in fitting(PLAN)] == sorted((size for _, size in fitting(PLAN)), reverse=True)


def test_notes_say_what_is_peculiar():
    def notes(target: str, draft: str) -> str:
        return " ".join(outlook(facts_of(target), facts_of(draft), PLAN).notes)

    assert "152,064 and 151,936 rows" in notes("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-0.5B-Instruct")
    assert "is gated" in notes("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.2-1B-Instruct")
    assert "see only the last 512 tokens; the tree pass keeps to that" in notes(
        "google/gemma-3-1b-it", "google/gemma-3-270m-it"
    )
    assert "not smaller than the target" in notes("fable/draft", "fable/target")
    assert "different tokenizers" in notes("Qwen/Qwen3-1.7B", "HuggingFaceTB/SmolLM2-135M")
    assert notes(*EMBEDDED) == ""


def test_what_stands_against_a_pair_is_seen_before_loading(tmp_path):
    seen = outlook(facts_of("fable/target"), facts_of(str(rename_tokens(folder(tmp_path), 3))), PLAN)
    assert seen.comparison.first.where == 3
    broken = outlook(facts_of("<b>"), facts_of("<b>"), PLAN)
    assert [problem.trouble for problem in broken.problems] == [Trouble.NAME]
    assert broken.estimate is None


def test_the_machine_and_what_auto_means():
    here = machine()
    assert here.cores >= 1
    assert here.devices[:2] == ("auto", "cpu")
    assert dict(here.versions)["torch"] != "not installed"
    assert usual("auto", "auto", ("auto", "cpu")) == ("cpu", "float32")
    assert usual("auto", "auto", ("auto", "cpu", "cuda:0")) == ("cuda:0", "bfloat16")
    assert usual("cpu", "auto", ("auto", "cpu", "cuda:0")) == ("cpu", "float32")
    assert usual("auto", "float16", ("auto", "cpu")) == ("cpu", "float16")


def test_the_command_checks_a_pair_and_loads_it(capsys):
    assert main(["models", "--load"]) == 0
    out, err = capsys.readouterr()
    assert "2,722,048 parameters x 4 bytes" in out
    assert "tokens: 1,024 in common, agree" in out
    assert "ready: 1,024 tokens, on cpu in float32" in out
    assert "Try a first pass: off by" in err


def test_the_command_refuses_with_a_way_out(capsys):
    assert main(["models", "--target", "<script>"]) == 2
    _, err = capsys.readouterr()
    assert "neither a folder here nor an id" in err
    assert "what to do: An id looks like" in err
    assert "works: --target fable/target --draft fable/draft" in err
    assert "Traceback" not in err
    assert main(["models", "--tokens", "0"]) == 2
    assert "--tokens must lie" in capsys.readouterr().err


def test_the_command_lists_the_curated_pairs(capsys):
    assert main(["models", "--list"]) == 0
    out = capsys.readouterr().out
    assert "Qwen/Qwen3-4B Qwen/Qwen3-0.6B  Apache-2.0, open" in out
    assert "Llama 3.1 Community License, login" in out
