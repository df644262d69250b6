"""Every kind of work keeps to what the server allows, whoever starts it and from what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from specviz.cli import main
from specviz.engine import Run
from specviz.engine.compare.comparison import Comparison, Method
from specviz.engine.compare.losslessness import Check
from specviz.engine.laws import laws_of_texts
from specviz.engine.limits import Study
from specviz.engine.probe.advice import Adviser
from specviz.engine.probe.auto import Chooser
from specviz.engine.probe.candidates import candidates, candidates_of
from specviz.engine.probe.prompts import Prompt
from specviz.engine.probe.reading import TextReader
from specviz.engine.probe.survey import Survey
from specviz.engine.rejections import RejectionStudy
from specviz.models.pair import load_pair
from specviz.policy import NotAllowedError
from specviz.records import RunSettings

WITHIN = RunSettings(capacity=16, depth=4, max_new_tokens=20, temperature=1.0)
BEYOND = [replace(WITHIN, capacity=17), replace(WITHIN, depth=5), replace(WITHIN, max_new_tokens=21)]
STORY = "Once upon a time"


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft", "cpu", "float32")


@pytest.fixture(autouse=True)
def _limits(limits):
    limits(capacity=16, depth=4, new_tokens=20, prompt=100)


def chains(settings: RunSettings) -> RunSettings:
    return replace(settings, capacity=max(settings.capacity, settings.depth))


WORK = {
    "run": lambda pair, settings, prompt: Run(pair, settings, prompt),
    "compare": lambda pair, settings, prompt: Comparison(
        pair, settings, [Method("chain", "token", settings.capacity, 4)], [prompt], [1]
    ),
    "check": lambda pair, settings, prompt: Check(pair, settings, prompt, 1, 5, 1),
    "study": lambda pair, settings, prompt: Study(
        pair, settings, [("own", prompt)], [1, settings.capacity], [("chain", "token")]
    ),
    "rejections": lambda pair, settings, prompt: RejectionStudy(
        pair, chains(settings), [("own", prompt)], 1, ["token"]
    ),
}


@pytest.mark.parametrize("kind", WORK)
def test_work_within_the_limits_is_done_and_beyond_them_refused(pair, kind):
    assert list(WORK[kind](pair, WITHIN, STORY))
    for settings in BEYOND:
        with pytest.raises(NotAllowedError, match=r"This server allows .+ at most; .+ were asked for\."):
            list(WORK[kind](pair, settings, STORY))
    with pytest.raises(NotAllowedError, match="reads prompts of 100 characters at most; this one has 101"):
        list(WORK[kind](pair, WITHIN, "a" * 101))


def test_a_text_to_read_or_to_write_has_its_limit_too(pair):
    with pytest.raises(NotAllowedError, match="prompts of 100 characters"):
        TextReader.of_text(pair, "a" * 101)
    with pytest.raises(NotAllowedError, match="20 new tokens a run"):
        laws_of_texts(pair, [("own", STORY)], 21, 1.0, 1)
    with pytest.raises(NotAllowedError, match="prompts of 100 characters"):
        Adviser(pair, WITHIN, "a" * 101)


def test_of_many_prompts_a_long_one_is_left_out(pair):
    survey = Survey(pair, WITHIN, [Prompt("1", "own", STORY), Prompt("2", "own", "a" * 101)])
    assert list(survey)
    assert len(survey.rows) == 1
    assert survey.notes == [
        "Prompt 2 was left out: This server reads prompts of 100 characters at most; this one has 101; shorten it."
    ]


def test_what_is_chosen_automatically_lies_within(pair, limits):
    assert max(one.capacity for one in candidates()) == 16
    assert max(one.depth for one in candidates()) == 4
    chooser = Chooser(pair, WITHIN, STORY)
    for _ in chooser:
        pass
    assert chooser.chosen.settings.capacity <= 16
    assert chooser.chosen.settings.depth <= 4
    limits(capacity=1, depth=1)
    for found in (candidates(), candidates_of(WITHIN, (1, 2, 4, 64)), candidates_of(WITHIN, (32, 64))):
        assert found
        assert {(one.capacity, one.depth) for one in found} == {(1, 1)}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--capacity", "17"], "This server allows 16 draft nodes a pass (P) at most; 17 were asked for."),
        (["--depth", "5", "--capacity", "8"], "This server allows 4 tokens in a path"),
        (["--max-new-tokens", "21", "--capacity", "8", "--depth", "2"], "This server allows 20 new tokens a run"),
        (["--capacity", "8", "--depth", "2", "--max-new-tokens", "2", "--prompt", "a" * 101], "prompts of 100"),
    ],
)  # fmt: skip
def test_the_command_line_obeys_too(capsys, options, words):
    assert main(["decode", "--prompt", STORY, *options]) == 2
    assert words in capsys.readouterr().err


def test_the_command_line_loads_no_other_models(capsys, limits):
    limits(models="embedded")
    small = ["--capacity", "8", "--depth", "2", "--max-new-tokens", "2"]
    assert main(["decode", "--prompt", STORY, *small]) == 0
    assert main(["decode", "--prompt", STORY, "--target", "Qwen/Qwen3-4B", *small]) == 2
    assert "specviz: Qwen/Qwen3-4B is not among the models of this server." in capsys.readouterr().err
    assert main(["models", "--target", "Qwen/Qwen3-4B", "--capacity", "8"]) == 2
    assert "what to do: Whoever runs this server has chosen what it loads" in capsys.readouterr().err
