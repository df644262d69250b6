"""A survey of prompts: paired runs, whole prompts only, estimates by kind, and the sentence on who gains least."""

from __future__ import annotations

import pytest

from specviz.engine.probe.jobs import AdviceJob, ReadJob, SurveyJob
from specviz.engine.probe.prompts import Prompt
from specviz.engine.probe.survey import Kind, Survey, by_kind, disparity
from specviz.engine.scheduling import Stage, Workshop
from specviz.models.pair import load_pair
from specviz.records import RunSettings
from specviz.theory import Estimate

SETTINGS = RunSettings(drafter="chain", verifier="token", capacity=2, depth=2, max_new_tokens=12)
PROMPTS = [
    Prompt("1", "story", "Once upon a time"),
    Prompt("2", "code", "def f(x):\n"),
    Prompt("3", "story", "One day"),
]


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft")


def wait(job) -> None:
    import time

    end = time.monotonic() + 60
    while job.active and time.monotonic() < end:
        time.sleep(0.01)
    assert not job.active


def test_every_prompt_is_run_twice(pair):
    survey = Survey(pair, SETTINGS, PROMPTS)
    steps = list(survey)
    table = survey.table()
    assert steps[-1].passes == len(steps)
    rows = table.rows()
    assert [row["kind"] for row in rows] == ["story", "code", "story"]
    for row in rows:
        assert 0 < row["tokens"] <= 12
        assert 0 < row["plain_tokens"] <= 12
        assert row["passes"] <= row["tokens"]
        assert 0 < row["overlap"] <= row["places"] == row["tokens"] + row["plain_tokens"]
        assert row["seconds"] > 0
    kinds = by_kind(table)
    assert {kind.name: kind.count for kind in kinds} == {"story": 2, "code": 1}
    for kind in kinds:
        own = [row for row in rows if row["kind"] == kind.name]
        assert kind.tau.value == pytest.approx(sum(r["tokens"] for r in own) / sum(r["passes"] for r in own))
        slow = sum(r["plain_seconds"] for r in own) / sum(r["plain_tokens"] for r in own)
        fast = sum(r["seconds"] for r in own) / sum(r["tokens"] for r in own)
        assert kind.speedup.value == pytest.approx(slow / fast)


def test_a_prompt_that_cannot_be_run_is_left_out_and_named(pair):
    survey = Survey(pair, SETTINGS, [Prompt("long", "x", "word " * 3000), PROMPTS[0]])
    list(survey)
    assert len(survey.table().rows()) == 1
    assert survey.notes[0].startswith("Prompt long was left out: The prompt has")
    assert "left out" in survey.table().note


def test_a_method_that_does_not_fit_is_refused(pair):
    with pytest.raises(ValueError, match="needs"):
        Survey(pair, RunSettings(drafter="best_first", verifier="token"), PROMPTS)


def test_stop_keeps_whole_prompts(pair):
    calls = iter([False] * 25 + [True] * 1000)
    survey = Survey(pair, SETTINGS, PROMPTS * 5, stop=lambda: next(calls))
    list(survey)
    assert 1 <= len(survey.rows) < 15


def estimate(value: float, width: float = 0.0) -> Estimate:
    return Estimate(value, value - width, value + width, 0.95, 4)


def kind(name: str, speedup: float, overlap: float, mu: float, width: float = 0.0, count: int = 4) -> Kind:
    return Kind(name, count, estimate(speedup, width), estimate(2), estimate(mu), estimate(2), estimate(overlap))


@pytest.mark.parametrize(
    ("least", "said"),
    [
        (kind("b", 1.1, 0.5, 2.0), "less decided .* agrees with it less often"),
        (kind("b", 1.1, 0.5, 0.5), "no less decided .* agrees with it less often"),
        (kind("b", 1.1, 0.8, 2.0), "agrees about as often .* less decided"),
        (kind("b", 1.1, 0.8, 0.5), "Neither"),
        (kind("b", 1.1, 0.8, 0.5, width=0.6), "intervals overlap"),
        (kind("b", 1.1, 0.8, 0.5, count=1), "one prompt of a kind"),
    ],
)
def test_who_gains_least_and_why(least, said):
    import re

    sentence = disparity([kind("a", 1.6, 0.8, 0.5), least])
    assert sentence.startswith("“b” gains least: 1.10 times plain decoding, against 1.60 for “a”.")
    assert re.search(said, sentence)


def test_a_gain_above_the_tokens_per_pass_is_called_impossible():
    assert "cannot be" in disparity([kind("a", 2.4, 0.8, 0.5), kind("b", 1.1, 0.5, 2.0)])


def test_one_kind_cannot_be_compared():
    assert "one kind of prompt only" in disparity([kind("a", 1.6, 0.8, 0.5)])


def test_jobs_run_stop_and_say_what_is_wrong():
    shop = Workshop()
    pair_names = ("fable/target", "fable/draft")
    survey = shop.start(SurveyJob(*pair_names, settings=SETTINGS, prompts=PROMPTS))
    text = shop.start(ReadJob(*pair_names, text="Once upon a time", settings=RunSettings(max_new_tokens=8)))
    empty = shop.start(ReadJob(*pair_names, text="  "))
    advice = shop.start(AdviceJob(*pair_names, settings=RunSettings(max_new_tokens=8), prompt=" "))
    for job in (survey, text, empty, advice):
        wait(job)
    assert len(survey.table().rows()) == 3
    assert text.stage == Stage.DONE
    assert sum(bool(name) for name in text.reading().outcomes) == 8
    assert "empty" in empty.error
    assert empty.reading() is None
    assert "empty" in advice.error
    assert advice.advice() is None
