"""Runs on tiny random models: lengths, stops, sameness, and the shared race's invariance."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

from tiny import tiny_model

from specviz.drafting import DRAFTERS
from specviz.engine.decode import decode
from specviz.engine.guessers import Cast
from specviz.race import CLOCK, exponentials
from specviz.records import RunSettings, Warp

PROMPT = [5, 9, 3]
BASE = RunSettings(temperature=0.8, capacity=10, drafts=3, depth=4, max_new_tokens=30, seed=11)


@pytest.fixture(scope="module")
def models():
    return Cast(tiny_model(seed=1), tiny_model(seed=2), tiny_model(seed=3))


NAMES = [d.name for d in DRAFTERS.all()]


def ids_of(models, settings: RunSettings, **more) -> list[int]:
    return [token for step in decode(models, settings, PROMPT, **more) for token in step.emitted]


def plain_race(target, settings: RunSettings, count: int) -> list[int]:
    """The target's own race at every position, without a draft."""
    session, ids = target.open(PROMPT, settings.warp), []
    for _ in range(count):
        row = session.feed([], [])[0]
        clocks = exponentials(settings.seed, CLOCK, session.length, np.arange(len(row)))
        ids.append(int(np.argmin(clocks / np.where(row > 0, row, 1e-300))))
        session.commit(ids[-1:])
    return ids


@pytest.mark.parametrize("drafter", NAMES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shared_race_text_does_not_depend_on_the_drafter(models, drafter, seed):
    settings = replace(BASE, drafter=drafter, verifier="shared_race", seed=seed)
    assert ids_of(models, settings) == plain_race(models.target, settings, BASE.max_new_tokens)


@pytest.mark.parametrize("drafter", NAMES)
@pytest.mark.parametrize("drafts", [1, 3])
def test_gls_text_depends_on_the_number_of_fields_alone(models, drafter, drafts):
    """The same text from every drafter, and not the text of one field of clocks unless there is only one."""
    settings = replace(BASE, drafter=drafter, verifier="gls", drafts=drafts)
    expected = ids_of(models, replace(settings, drafter="chain", capacity=0))
    assert ids_of(models, settings) == expected
    assert (expected == plain_race(models.target, settings, BASE.max_new_tokens)) == (drafts == 1)


def test_shared_race_depends_on_the_seed(models):
    settings = replace(BASE, drafter="chain", verifier="shared_race")
    assert ids_of(models, settings) != ids_of(models, replace(settings, seed=12))


def test_the_same_seed_gives_the_same_run(models):
    assert ids_of(models, BASE) == ids_of(models, BASE)


@pytest.mark.parametrize("length", [1, 2, 7])
def test_exactly_the_tokens_asked_for(models, length):
    assert len(ids_of(models, replace(BASE, max_new_tokens=length))) == length


def test_capacity_zero_is_plain_decoding(models):
    steps = list(decode(models, replace(BASE, capacity=0), PROMPT))
    assert all(step.tree.size == 0 and len(step.emitted) == 1 for step in steps)
    assert len(steps) == BASE.max_new_tokens


@pytest.mark.parametrize("drafter", NAMES)
@pytest.mark.parametrize("capacity", [1, 2, 5, 40])
def test_no_tree_exceeds_the_capacity(models, drafter, capacity):
    settings = replace(BASE, drafter=drafter, verifier="shared_race", capacity=capacity, drafts=7)
    for step in decode(models, settings, PROMPT):
        assert step.tree.size <= capacity
        assert step.tree.depth.max() <= settings.depth


def test_more_siblings_than_tokens(models):
    settings = replace(BASE, drafter="race_tau_star", verifier="shared_race", capacity=200, depth=1)
    assert next(iter(decode(models, settings, PROMPT))).tree.size <= 61


def test_an_end_of_text_token_ends_the_run_inside_a_path(models):
    everything = ids_of(models, BASE)
    stop = everything[len(everything) // 2]
    ids = ids_of(models, BASE, stop_ids=frozenset({stop}))
    assert ids[-1] == stop
    assert stop not in ids[:-1]


def test_the_context_is_never_overrun(models):
    short = Cast(replace(models.target, context=20), models.draft)
    ids = [token for step in decode(short, BASE, PROMPT) for token in step.emitted]
    assert len(PROMPT) + len(ids) == 20


def test_rows_in_the_record_are_the_targets(models):
    step = next(iter(decode(models, BASE, PROMPT)))
    row = models.target.open(PROMPT, Warp(BASE.temperature)).feed([], [])[0]
    for token, prob in step.target.row(0).items():
        assert prob == pytest.approx(row[token], abs=1e-5)
    assert step.entropy[0] == pytest.approx(-(row[row > 0] * np.log(row[row > 0])).sum(), rel=1e-4)


def test_misfits_are_refused_with_the_reason(models):
    with pytest.raises(ValueError, match="would no longer be the target's"):
        list(decode(models, replace(BASE, drafter="best_first", verifier="recursive_rejection"), PROMPT))
