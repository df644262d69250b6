"""Comparisons: methods with sizes of their own, records, paired numbers, jobs that stop."""

from __future__ import annotations

import time

import pytest

from specviz.engine.compare.comparison import Comparison, Method
from specviz.engine.compare.jobs import CheckJob, CompareJob
from specviz.engine.compare.paired import differences, lane_numbers
from specviz.engine.scheduling import Job, Stage, Workshop
from specviz.records import MeasuredTable, RunSettings
from specviz.records.comparison import ComparisonRecord, Unit, first_difference, load_comparison, save_comparison
from specviz.records.files import TraceError
from specviz.records.table_store import save_table

COMMON = RunSettings(temperature=0.8, depth=4, max_new_tokens=12)
METHODS = [Method.parse(text) for text in ("prompt_lookup+shared_race@0", "chain+shared_race@4", "chain+token@6")]


@pytest.fixture(scope="module")
def workshop():
    return Workshop()


@pytest.fixture(scope="module")
def comparison(workshop):
    made = Comparison(workshop.pair("fable/target", "fable/draft"), COMMON, METHODS, ["A cat"], range(5), whole=1)
    made.steps = list(made)
    return made


def wait(job: Job) -> None:
    deadline = time.monotonic() + 120
    while job.active and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not job.active


@pytest.mark.parametrize(
    "text", ["chain+token", "chain+token@8", "sequoia+traversal@16x3", "chain+relaxed(epsilon=1)@8"]
)
def test_a_method_is_written_as_it_is_read(text):
    assert str(Method.parse(text)) == text


@pytest.mark.parametrize("text", ["chain+token@", "chain+token@x", "chain+token@8x", "chain+token@-1", "chain@8"])
def test_a_size_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"written"):
        Method.parse(text)


def test_each_method_keeps_its_own_size():
    settings = Method.parse("sequoia+traversal@16x3").settings(COMMON)
    assert (settings.drafter, settings.capacity, settings.drafts, settings.depth) == ("sequoia", 16, 3, 4)
    assert Method.parse("chain+token").settings(COMMON).capacity == COMMON.capacity


def test_progress_is_by_pass_and_every_method_begins_a_unit_in_turn(comparison):
    finished = [step for step in comparison.steps if step.finished]
    assert len(finished) == 15
    assert [step.tokens for step in finished] == [12] * 15
    assert len(comparison.steps) - 15 == sum(len(unit) for o in comparison.outcomes for unit in o.units)
    assert [str(finished[3 * unit].method) for unit in range(3)] == [str(method) for method in METHODS]


def test_only_the_first_unit_keeps_its_laws(comparison):
    first, second = comparison.outcomes[1].runs[:2]
    assert first.iterations[0].target.known(0)
    assert not second.iterations[0].target.known(0)
    assert second.iterations[0].tree.size == first.iterations[0].tree.size == 4


def test_shared_clocks_write_one_text_in_every_p(comparison):
    plain, race, token = comparison.outcomes
    assert [run.emitted for run in plain.runs] == [run.emitted for run in race.runs]
    assert all(first_difference(a.emitted, b.emitted) is not None for a, b in zip(plain.runs, token.runs, strict=True))


def test_plain_decoding_pays_for_no_draft_model(comparison):
    steps = [step for run in comparison.outcomes[0].runs for step in run.iterations]
    assert sum(s.seconds.draft for s in steps) < 0.1 * sum(s.seconds.target for s in steps)


def test_numbers_are_those_of_the_runs(comparison):
    record = comparison.record()
    assert record.plain == 0
    numbers = lane_numbers(record)
    assert numbers[0].tokens_per_pass.value == 1
    assert numbers[0].speedup.value == pytest.approx(1)
    assert numbers[1].tokens_per_pass.value == comparison.outcomes[1].block_efficiency.value > 1
    time_of = [sum(u.seconds for u in units) / sum(u.tokens for u in units) for units in record.units]
    assert numbers[2].speedup.value == pytest.approx(time_of[0] / time_of[2])
    assert {n.per_token.count for n in numbers} == {5}


def unit(seed: int, tokens: int, passes: int, seconds: float) -> Unit:
    return Unit("x", seed, tokens, passes, seconds)


def test_differences_are_paired_and_judged(comparison):
    lanes = comparison.record().lanes
    slow = tuple(unit(i, 10, 5, 1.0 + i) for i in range(8))  # seeds differ much, methods little
    fast = tuple(unit(i, 10, 4, 0.9 + i) for i in range(8))
    noisy = tuple(unit(i, 10, 5 + (-1) ** i, 1.0 + i) for i in range(8))
    found = differences(ComparisonRecord(lanes, (slow, fast, noisy)), 0)
    words = {(d.lane, d.what): d.verdict for d in found}
    assert words[1, "tokens per pass"] == words[1, "time per token"] == "better"
    assert words[2, "tokens per pass"] == words[2, "time per token"] == "cannot tell"
    turned = differences(ComparisonRecord(lanes, (slow, fast, noisy)), 1)
    assert {d.verdict for d in turned if d.lane == 0} == {"worse"}
    assert differences(ComparisonRecord(lanes, tuple(column[:1] for column in (slow, fast, noisy))), 0) == []


def test_methods_of_a_record_did_the_same_units(comparison):
    lanes = comparison.record().lanes
    with pytest.raises(ValueError, match="same units"):
        ComparisonRecord(lanes[:2], ((unit(1, 1, 1, 1.0),), (unit(2, 1, 1, 1.0),)))
    with pytest.raises(ValueError, match="at least one run"):
        ComparisonRecord((), ())


def test_a_comparison_is_saved_and_read_again(comparison, tmp_path):
    record = comparison.record()
    save_comparison(record, tmp_path)
    again = load_comparison(tmp_path)
    assert [lane.emitted for lane in again.lanes] == [lane.emitted for lane in record.lanes]
    assert [u.passes for u in again.units[1]] == [u.passes for u in record.units[1]]
    save_table(MeasuredTable("other", {}, record.lanes[0].provenance, {}, 0.0), tmp_path / "units.json.gz")
    with pytest.raises(TraceError):
        load_comparison(tmp_path)


def test_a_job_ends_with_a_record(workshop):
    job = workshop.start(CompareJob.of(COMMON, "A cat", METHODS, 2))
    wait(job)
    assert (job.stage, job.error, job.finished, job.total) == (Stage.DONE, "", 6, 6)
    assert [len(column) for column in job.record().units] == [2, 2, 2]


def test_a_stopped_job_keeps_the_run_under_way(workshop):
    job = workshop.start(CompareJob.of(RunSettings(max_new_tokens=400), "A cat", METHODS, 2))
    while job.active and (job.step is None or job.step.tokens < 4):
        time.sleep(0.005)
    job.stop()
    wait(job)
    record = job.record()
    assert job.error == ""
    assert len(record.lanes) == 1
    assert 4 <= len(record.lanes[0].emitted) < 400
    assert record.counted[0][0].tokens == len(record.lanes[0].emitted)
    assert differences(record, 0) == []


def test_a_check_is_a_job_too(workshop):
    settings = RunSettings(drafter="chain", verifier="relaxed(epsilon=1)", capacity=2, depth=1, temperature=1.0)
    job = workshop.start(CheckJob.of(settings, "Once upon a time", 3, 60, 1))
    wait(job)
    assert (job.stage, job.error, job.done) == (Stage.DONE, "", 60)
    assert job.result().draws == 60
    assert job.result() is job.result()
    bad = workshop.start(CheckJob.of(settings, "  ", 0, 10, 1))
    wait(bad)
    assert "prompt is empty" in bad.error
    assert bad.result() is None
