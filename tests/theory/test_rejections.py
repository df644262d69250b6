"""Expected rejections against enumeration of the algorithms, the relaxed rule against a linear programme."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from specviz.chance import Exhaustive, enumerate_outcomes
from specviz.theory import (
    batch_curve,
    batch_expected_rejections,
    block_curve,
    block_expected_rejections,
    expected_rejections,
    naive_residual_loss,
    rejection_curve,
    relaxed_acceptance,
    relaxed_rule,
    total_variation,
)

THIRDS = ([[1 / 3, 2 / 3]] * 2, [[2 / 3, 1 / 3]] * 2)


def chain(size: int, seed: int, positions: int = 0, zeros: bool = False) -> np.ndarray:
    """Random kernels of Fractions: object[V, V], or object[T, V, V]."""
    rng = np.random.default_rng(seed)
    shape = (positions, size, size) if positions else (size, size)
    weights = rng.integers(0 if zeros else 1, 7, shape)
    weights[..., 0] += weights.sum(axis=-1) == 0
    totals = weights.sum(axis=-1)
    rows = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        rows[place] = Fraction(int(weights[place]), int(totals[place[:-1]]))
    return rows


def floats(rows: np.ndarray) -> np.ndarray:
    return rows.astype(np.float64)


def left_over(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    left = np.maximum(high - low, 0)
    return left / left.sum() if left.sum() > 0 else high


def batch_run(p: np.ndarray, q: np.ndarray, length: int, drafts: int, chance: Exhaustive) -> tuple[tuple, int]:
    """The batch algorithm itself: the text it writes and how often it rejected.

    The rest of a sequence is drawn when it is looked at, which changes no law.
    """
    text, rejections = [0], 0
    while len(text) <= length:
        here = len(text) - 1
        law, guess = p[here][text[-1]], q[here][text[-1]]
        accepted = None
        for drafted in [chance.pick(guess, 0) for _ in range(drafts)]:
            if chance.coin(min(1, law[drafted] / guess[drafted]), 0, drafted):
                accepted = drafted
                break
            law = left_over(law, guess)
        if accepted is None:
            text.append(chance.pick(law, 0))
            rejections += 1
            continue
        text.append(accepted)
        while len(text) <= length:  # behind the accepted first token: the token rule alone
            here = len(text) - 1
            law, guess = p[here][text[-1]], q[here][text[-1]]
            drafted = chance.pick(guess, 0)
            if not chance.coin(min(1, law[drafted] / guess[drafted]), 0, drafted):
                text.append(chance.pick(left_over(law, guess), 0))
                rejections += 1
                break
            text.append(drafted)
    return tuple(text[1:]), rejections


@pytest.mark.parametrize(("drafts", "length"), [(1, 3), (2, 3), (3, 2), (5, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_the_batch_formula_is_the_algorithm(drafts: int, length: int, seed: int) -> None:
    p, q = chain(2, seed, length, zeros=seed == 2), chain(2, 50 + seed, length)
    counted, law = Fraction(0), dict[tuple, Fraction]()
    for (text, rejections), weight in enumerate_outcomes(lambda chance: batch_run(p, q, length, drafts, chance)):
        counted += weight * rejections
        law[text] = law.get(text, Fraction(0)) + weight
    assert batch_expected_rejections(floats(p), floats(q), length, drafts) == pytest.approx(float(counted), abs=1e-12)
    for text, weight in law.items():  # and it is lossless
        states = (0, *text)
        assert weight == math.prod(p[n][states[n]][states[n + 1]] for n in range(length))


def test_three_tokens_and_a_start_that_is_a_law() -> None:
    p, q = chain(3, 7, 2), chain(3, 8, 2)
    single = [batch_expected_rejections(floats(p), floats(q), 2, 2, start) for start in range(3)]
    mixed = batch_expected_rejections(floats(p), floats(q), 2, 2, [0.2, 0.5, 0.3])
    assert mixed == pytest.approx(np.dot(single, [0.2, 0.5, 0.3]))
    counted = sum(w * n for (_, n), w in enumerate_outcomes(lambda chance: batch_run(p, q, 2, 2, chance)))
    assert single[0] == pytest.approx(float(counted), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_one_draft_is_the_token_rule(seed: int) -> None:
    p, q = floats(chain(4, seed)), floats(chain(4, 100 + seed, zeros=True))
    curve = batch_curve(p, q, 20, 1)
    assert curve.at_start + curve.inside == pytest.approx(rejection_curve(p, q, 20))
    assert curve.inside[0] == 0  # the first position is a fresh start
    assert expected_rejections(p, q, 20) == pytest.approx(rejection_curve(p, q, 20).sum())


def test_the_sum_of_distances_by_hand() -> None:
    p, q = np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.9, 0.1], [1.0, 0.0]])
    # TV is 0.4 after token 0 and 0 after token 1; the target is at token 0 with chance 1, 1/2, 3/4.
    assert rejection_curve(p, q, 3) == pytest.approx([0.4, 0.2, 0.3])
    assert expected_rejections(p, q, 3, start=1) == pytest.approx(0.4 + 0.2)
    assert expected_rejections(p, q, 0) == 0.0


def test_the_gain_of_a_batch_saturates() -> None:
    """Seven states, fifty tokens, random kernels, as in the paper's simulation, on our own chains."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        p, q = (rng.dirichlet(np.ones(7), size=7) for _ in range(2))
        drafts = (1, 2, 3, 4, 5, 10, 50, 500, math.inf)
        curve = np.array([batch_expected_rejections(p, q, 50, m) for m in drafts])
        assert (np.diff(curve) <= 1e-12).all()
        assert curve[0] - curve[1] > curve[1] - curve[2] > curve[2] - curve[3] > 0
        assert curve[-1] > 0.4 * curve[0]
        few, limit = (batch_curve(p, q, 50, m) for m in (1, math.inf))
        assert limit.at_start == pytest.approx(np.zeros(50))
        assert limit.inside.sum() > few.inside.sum()  # no number of drafts removes a rejection inside a chain


def test_the_limit_keeps_what_the_draft_never_proposes() -> None:
    p, q = [[0.5, 0.3, 0.2]] * 3, [[0.5, 0.5, 0.0]] * 3
    assert batch_expected_rejections(p, q, 1, math.inf) == pytest.approx(0.2)
    assert batch_expected_rejections(p, q, 1, 200) == pytest.approx(0.2, abs=1e-9)


def test_golden_values_of_block_verification() -> None:
    assert [expected_rejections(*THIRDS, n) for n in range(1, 6)] == pytest.approx([n / 3 for n in range(1, 6)])
    values = [block_expected_rejections(*THIRDS, n) for n in range(1, 6)]
    assert values == pytest.approx([0.3333, 0.5556, 0.7778, 0.9753, 1.1728], abs=5e-5)


@pytest.mark.parametrize("seed", range(8))
def test_block_is_never_above_the_sum_of_distances_at_any_position(seed: int) -> None:
    p, q = floats(chain(2, seed, 8, zeros=seed % 2 == 0)), floats(chain(2, 30 + seed, 8))
    token, block = rejection_curve(p, q, 8), block_curve(p, q, 8)
    assert block[0] == pytest.approx(token[0])
    assert (block <= token + 1e-12).all()


def test_too_many_weights_are_refused() -> None:
    rng = np.random.default_rng(1)
    p, q = (rng.dirichlet(np.ones(7), size=7) for _ in range(2))
    with pytest.raises(ValueError, match="too many different weights"):
        block_expected_rejections(p, q, 50)


def pair_and_rule(seed: int, size: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.full(size, 0.6), size=2)
    return p, q, rng.random(size)


def least_loss(p: np.ndarray, kept: np.ndarray) -> float:
    """Linear programme: r P = z >= 0 with sum z = 1 - sum kept, u >= |kept + z - p|, least 1/2 sum u."""
    size = len(p)
    eye = np.eye(size)
    above = np.block([[eye, -eye], [-eye, -eye]])
    answer = linprog(
        np.r_[np.zeros(size), np.full(size, 0.5)], above, np.r_[p - kept, kept - p],
        np.r_[np.ones(size), np.zeros(size)][None], [1 - kept.sum()], bounds=(0, None),
    )  # fmt: skip
    assert answer.success
    return float(answer.fun)


@pytest.mark.parametrize("seed", range(20))
def test_the_relaxed_loss_is_the_optimum_of_a_linear_programme(seed: int) -> None:
    p, q, b = pair_and_rule(seed)
    rule = relaxed_rule(p, q, b)
    assert rule.loss == pytest.approx(least_loss(p, b * q), abs=1e-9)
    output = b * q + rule.rejection * rule.residual
    assert total_variation(output, p) == pytest.approx(rule.loss)
    assert naive_residual_loss(p, q, b) >= rule.loss - 1e-12
    assert naive_residual_loss(p, q, b) == pytest.approx(total_variation(b * q + rule.rejection * p, p))


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_no_rule_is_below_the_line_and_generous_ones_are_on_it(seed: int, epsilon: float) -> None:
    p, q, b = pair_and_rule(seed)
    distance = total_variation(p, q)
    free = relaxed_rule(p, q, b)
    assert free.rejection + free.loss >= distance - 1e-12
    for generous in (relaxed_acceptance(p, q, epsilon), np.maximum(b, np.minimum(1, p / q))):
        rule = relaxed_rule(p, q, generous)
        assert rule.rejection + rule.loss == pytest.approx(distance)


def test_the_ends_of_the_line() -> None:
    p, q, _ = pair_and_rule(3)
    exact, free = (relaxed_rule(p, q, relaxed_acceptance(p, q, epsilon)) for epsilon in (0.0, 1.0))
    assert (exact.loss, exact.rejection) == (pytest.approx(0), pytest.approx(total_variation(p, q)))
    assert exact.residual == pytest.approx(np.maximum(p - q, 0) / np.maximum(p - q, 0).sum())
    assert (free.rejection, free.loss) == (pytest.approx(0), pytest.approx(total_variation(p, q)))
    same = relaxed_rule(p, p, np.ones(5))
    assert (same.rejection, same.loss) == (0.0, 0.0)
    assert same.residual == pytest.approx(p)
    assert relaxed_acceptance([0.5, 0.5], [1.0, 0.0], 0.1).tolist() == [0.6, 1.0]


GOOD = [[0.5, 0.5]] * 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[0.5, 0.6]] * 2, GOOD, 3), "target chain"),
        ((GOOD, [[-0.5, 1.5]] * 2, 3), "draft chain"),
        ((GOOD, [[np.nan, 1]] * 2, 3), "draft chain"),
        (([0.5, 0.5], GOOD, 3), "shape"),
        ((np.ones((2, 3)) / 3, GOOD, 3), "shape"),
        ((GOOD, [[1.0]], 3), "same tokens"),
        ((GOOD, [GOOD] * 2, 3), "fewer than the 3"),
        ((GOOD, GOOD, -1), "length"),
        ((GOOD, GOOD, 1.5), "length"),
        ((GOOD, GOOD, np.nan), "length"),
        ((GOOD, GOOD, 3, 2), "start"),
        ((GOOD, GOOD, 3, 0.5), "start"),
        ((GOOD, GOOD, 3, [0.5, 0.6]), "start"),
        ((GOOD, GOOD, 3, [1.0]), "start"),
    ],
)
def test_chains_that_do_not_fit_are_refused(arguments: tuple, words: str) -> None:
    for rule in (expected_rejections, block_expected_rejections):
        with pytest.raises(ValueError, match=words):
            rule(*arguments)


@pytest.mark.parametrize("drafts", [0, -1, 1.5, np.nan, -math.inf])
def test_numbers_of_drafts_that_make_no_sense_are_refused(drafts: float) -> None:
    with pytest.raises(ValueError, match="number of drafts"):
        batch_expected_rejections(GOOD, GOOD, 3, drafts)


@pytest.mark.parametrize(
    ("p", "q", "b", "words"),
    [
        ([0.5, 0.6], [0.5, 0.5], [1, 1], "target law"),
        ([0.5, 0.5], [0.5, 0.5], [1, 1.1], "Acceptance probabilities"),
        ([0.5, 0.5], [0.5, 0.5], [1, -0.1], "Acceptance probabilities"),
        ([0.5, 0.5], [0.5, 0.5], [1, np.nan], "Acceptance probabilities"),
        ([0.5, 0.5], [0.5, 0.5], [1], "Acceptance probabilities"),
    ],
)
def test_rules_that_are_none_are_refused(p: list, q: list, b: list, words: str) -> None:
    for measure in (relaxed_rule, naive_residual_loss):
        with pytest.raises(ValueError, match=words):
            measure(p, q, b)


@pytest.mark.parametrize("epsilon", [-0.1, np.nan, np.inf])
def test_a_slack_out_of_range_is_refused(epsilon: float) -> None:
    with pytest.raises(ValueError, match="epsilon"):
        relaxed_acceptance([0.5, 0.5], [0.5, 0.5], epsilon)
