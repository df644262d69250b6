"""Both models along one text: the same laws as in separate passes, and a text that really follows the target."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.engine.decode import Run, finish
from specviz.engine.laws import laws_of_run, laws_of_texts
from specviz.models.pair import load_pair
from specviz.records import RunSettings, StopReason, Warp


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft")


def test_every_row_is_that_of_a_pass_of_its_own(pair):
    laws = laws_of_texts(pair, [("story", "Once upon a time"), ("code", "def f(x):")], 6, 1.0, 5)
    assert laws.kinds == ("story", "code")
    assert len(laws.texts) == laws.vocabulary == pair.target.vocabulary
    prompts = [pair.encode(prompt) for prompt in laws.prompts]
    for position in range(len(laws.text)):
        context = [*prompts[laws.text[position]], *laws.before(position, 99)]
        for model, row in zip((pair.target, pair.draft), laws.laws(position, Warp(0.7)), strict=True):
            fresh = model.open(context, Warp(0.7)).feed([], [])[0]
            assert row == pytest.approx(fresh, abs=2e-5)


def test_a_run_can_be_read_and_its_overlap_is_that_of_the_laws(pair):
    settings = RunSettings(drafter="chain", verifier="token", temperature=0.8, capacity=3, depth=3, max_new_tokens=12)
    trace = finish(Run(pair, settings, "One day, a girl"))
    laws = laws_of_run(pair, trace)
    assert laws.token.tolist() == list(trace.emitted)
    recorded = np.concatenate([step.overlap for step in trace.iterations])
    for position, overlap in enumerate(recorded):
        if np.isfinite(overlap):
            p, q = laws.laws(position, settings.warp)
            assert np.minimum(p, q).sum() == pytest.approx(overlap, abs=1e-4)


def test_an_empty_run_is_refused(pair):
    run = Run(pair, RunSettings(max_new_tokens=4), "A cat")
    run.reason = StopReason.STOPPED
    with pytest.raises(ValueError, match="emitted nothing"):
        laws_of_run(pair, run.trace())
