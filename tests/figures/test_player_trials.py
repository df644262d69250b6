"""The trials at one node, from a record made by hand: order, what each loss left, where the last draw fell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specviz.figures.player.trials import trials
from specviz.records import ClosingKind, DraftTree, Draw, DrawKind, Iteration, Sampling, State, Verdict
from specviz.records import sparse_from_dense as kept
from specviz.records.trace import Seconds

TEXTS = {0: " cat", 1: " dog", 2: " park", 3: "x"}
TARGET = np.array([0.2, 0.3, 0.4, 0.1])
AFTER = [np.array([0.0, 0.4, 0.5, 0.1]), np.array([0.0, 0.0, 0.8, 0.2])]  # after the 1st and the 2nd rejection


@pytest.fixture
def lost() -> Iteration:
    """Two guesses at the root that both lose, and a token drawn from what was left."""
    tree = DraftTree(
        np.array([-1, 0, 1], np.int32), np.array([-1, 0, 0], np.int32), np.array([0, 1, 1], np.int16),
        np.array([0, 1, 2], np.int16), np.array([1.0, 0.6, 0.3]), Sampling.WITHOUT_REPLACEMENT,
    )  # fmt: skip
    draws = (
        Draw(DrawKind.COIN, 0, 0, 0.32, 0.61, False),
        Draw(DrawKind.COIN, 0, 1, 0.5, 0.7, False),
        Draw(DrawKind.PICK, 0, 2, 0.8, 0.25, True),
    )
    states = np.array([State.ROOT, State.REJECTED, State.REJECTED], np.uint8)
    verdict = Verdict(states, np.array([np.nan, 0.32, 0.5]), np.array([], np.int32), 2, ClosingKind.CORRECTION, draws)
    rows, one = kept([TARGET, None, None], 4, [[], [], []]), np.ones(1)
    return Iteration(
        0, 3, tree, rows, rows, verdict, (2,), one, one, one, one, Seconds(0, 0, 0),
        residuals={0: kept(AFTER, 4, [[], []])},
    )  # fmt: skip


def test_each_loss_shows_the_law_before_and_after(lost):
    first, second, last = trials(lost, 0, TEXTS)
    assert [t["t"] for t in (first, second, last)] == ["\u2423cat", "\u2423dog", "\u2423park"]
    assert (first["u"], first["law"], first["ok"]) == (0.61, 0.32, 0)
    assert first["left"][0] == ["\u2423cat", 0.2, 0.0]  # the guess that lost comes first
    assert ["\u2423park", 0.4, 0.5] in first["left"]
    assert ["\u2423park", 0.5, 0.8] in second["left"]  # before the second is after the first


def test_the_last_draw_falls_into_its_part_of_what_was_left(lost):
    last = trials(lost, 0, TEXTS)[-1]
    assert last["spans"] == [["\u2423park", 0.0, 0.8, None]]


def test_parts_that_do_not_hold_the_draw_are_not_shown(lost):
    """A draw from another law than the recorded one: its picture would lie."""
    draws = (*lost.verdict.draws[:2], Draw(DrawKind.PICK, 0, 2, 0.8, 0.95, True))
    other = replace(lost, verdict=replace(lost.verdict, draws=draws))
    assert "spans" not in trials(other, 0, TEXTS)[-1]


def test_without_recorded_residuals_only_the_coins_are_told(lost):
    for trial in trials(replace(lost, residuals={}), 0, TEXTS):
        assert "left" not in trial
        assert "spans" not in trial


def test_an_unknown_residual_hides_its_own_bars_only(lost):
    partly = replace(lost, residuals={0: kept([None, AFTER[1]], 4, [[], []])})
    first, second, _ = trials(partly, 0, TEXTS)
    assert "left" not in first
    assert ["\u2423park", None, 0.8] in second["left"]


def test_repeated_trials_of_one_guess_stay_apart(lost):
    twice = (lost.verdict.draws[0], *lost.verdict.draws)
    found = trials(replace(lost, verdict=replace(lost.verdict, draws=twice)), 0, TEXTS)
    assert [t["n"] for t in found] == [1, 1, 2, None]


def test_a_guess_that_lost_without_a_coin_stands_before_the_last_draw(lost):
    verdict = replace(lost.verdict, draws=lost.verdict.draws[1:], accept_prob=np.array([np.nan, 0.0, 0.5]))
    found = trials(replace(lost, verdict=verdict), 0, TEXTS)
    assert [(t["k"], t["n"]) for t in found] == [("none", 1), ("coin", 2), ("pick", None)]
