"""The toy pair of the tour is run by the real engine, so its numbers are those of the theory."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from specviz.race import match_probability
from specviz.theory import block_efficiency, wilson
from specviz.ui.tour.toy import SOUNDS, Toy, best_tree, draws, race, reach, residual, spelled, tune

TOY = Toy((0.45, 0.25, 0.2, 0.1), (0.3, 0.4, 0.1, 0.2))


def test_what_comes_out_follows_the_target_and_not_the_draft():
    found = draws(TOY, 1, 2000)
    for sound in range(len(SOUNDS)):
        share = wilson(sum(one.put_out == sound for one in found), len(found), level=0.999)
        assert share.low <= TOY.target[sound] <= share.high
        assert not share.low <= TOY.draft[sound] <= share.high
    guessed = wilson(sum(one.guess == 1 for one in found), len(found), level=0.999)
    assert guessed.low <= TOY.draft[1] <= guessed.high
    kept = wilson(sum(one.kept for one in found), len(found), level=0.999)
    assert kept.low <= TOY.agreement <= kept.high


def test_a_guess_is_put_out_exactly_when_its_coin_falls_for_it():
    left = residual(TOY)
    for one in draws(TOY, 3, 200):
        assert one.chance == pytest.approx(min(1.0, TOY.target[one.guess] / TOY.draft[one.guess]))
        assert one.put_out == one.guess if one.kept else left[one.put_out] > 0
    assert draws(TOY, 3, 20) == draws(TOY, 3, 40)[:20]  # more draws never change the first ones


def test_equal_laws_keep_every_guess_and_leave_no_residual():
    same = Toy(TOY.target, TOY.target)
    assert all(one.kept for one in draws(same, 1, 100))
    assert residual(same).tolist() == [0.0] * 4


def test_a_tune_has_its_length_whatever_the_guesses():
    for guesses in (0, 1, 4, 32):
        passes = tune(TOY, guesses, 16)
        assert sum(len(one.emitted) for one in passes) == 16
    assert len(tune(TOY, 0, 16)) == 16


@pytest.mark.parametrize("depth", [1, 3, 8])
def test_passes_of_a_chain_agree_with_the_formula(depth):
    tokens = np.array([len(one.emitted) for one in tune(TOY, depth, 4000)[:-1]])
    error = tokens.std() / np.sqrt(len(tokens))
    assert abs(tokens.mean() - block_efficiency(TOY.agreement, depth)) < 4 * error


def test_the_tree_holds_the_most_probable_beginnings():
    tree, order = best_tree(TOY, 12, 8)
    every = sorted((float(np.prod(law)) for n in (1, 2, 3, 4) for law in product(TOY.draft, repeat=n)), reverse=True)
    assert tree.path_prob[order] == pytest.approx(every[:12])
    small, first = best_tree(TOY, 5, 8)
    assert {spelled(small, int(i)) for i in first} == {spelled(tree, int(i)) for i in order[:5]}


def test_the_target_walks_by_its_own_law():
    tree, _ = best_tree(TOY, 12, 8)
    walks = reach(tree, TOY.p)
    for node in range(1, tree.size + 1):
        sounds = [SOUNDS.index(sound) for sound in spelled(tree, node).split()]
        assert walks[node] == pytest.approx(np.prod(TOY.p[sounds]))


def test_races_agree_as_often_as_the_law_says():
    count = 2000
    share = wilson(sum(race(TOY, 1, number).match for number in range(1, count + 1)), count, level=0.999)
    assert share.low <= match_probability(TOY.p, TOY.q) <= share.high


def test_the_targets_winner_does_not_depend_on_the_draft():
    other = Toy(TOY.target, (0.05, 0.05, 0.05, 0.85))
    assert all(race(TOY, 5, n).target_winner == race(other, 5, n).target_winner for n in range(1, 100))
