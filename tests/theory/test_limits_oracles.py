"""The limits against exact best trees of six sources whose laws are independent from prefix to prefix."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from specviz.theory import (
    SOURCES,
    EntropyMoments,
    Source,
    asymptotic_tokens,
    dual_bound,
    entropy_moments,
    explicit_bound,
    information_bound,
    mean_tokens,
    named_source,
    oracle_tokens,
    paper_bound,
    renewal_visits,
    source_dual_bound,
    surprisal_text,
)

SIZES = np.arange(1.0, 1025)
READ = np.array([64, 128, 256, 512, 1024])
FIXED = ("binary (0.8, 0.2)", "uniform over 4")
every_source = pytest.mark.parametrize("name", SOURCES)


class Measured(NamedTuple):
    """A source, its moments, and F(1..1,024) of exact trees with standard errors."""

    source: Source
    moments: EntropyMoments
    tokens: np.ndarray
    error: np.ndarray

    @property
    def spread(self) -> float:
        return self.moments.mu2 / self.moments.mu**2


@cache
def measured(name: str) -> Measured:
    source = named_source(name)
    return Measured(source, entropy_moments(source.laws), *mean_tokens(source, 1024, 1500, np.random.default_rng(11)))


@every_source
def test_the_means_are_sharp_enough_to_judge_by(name: str) -> None:
    case = measured(name)
    assert (case.error / case.tokens)[63:].max() < 0.002


@every_source
def test_the_explicit_bound_is_never_violated(name: str) -> None:
    case = measured(name)
    bound = explicit_bound(case.moments.mu, case.moments.mu2, SIZES)
    assert (case.tokens - 4 * case.error <= bound + 1e-9).all()
    # the means lie below by themselves, errors aside, wherever the bound says more than "no more tokens than nodes"
    assert (case.tokens < bound)[SIZES > 1].all()


@every_source
def test_the_published_form_with_constant_one_holds_from_three_nodes_on(name: str) -> None:
    case = measured(name)
    bound = paper_bound(case.moments.mu, case.moments.mu2, SIZES)
    assert (case.tokens <= bound)[SIZES >= 3].all()


@every_source
def test_the_dual_bound_of_sampled_text_is_within_one_percent_of_the_best_tree(name: str) -> None:
    case = measured(name)
    text = surprisal_text(case.source, 100_000, np.random.default_rng(3))
    sampled = dual_bound([text], READ, every_start=True)
    np.testing.assert_allclose(sampled, case.tokens[READ - 1], rtol=0.01)
    np.testing.assert_allclose(sampled, source_dual_bound(case.source, READ), rtol=0.008)


@every_source
def test_the_dual_bound_of_the_source_is_above_and_within_one_percent(name: str) -> None:
    case = measured(name)
    bound = source_dual_bound(case.source, SIZES)
    assert (case.tokens - 4 * case.error <= bound + 1e-9).all()
    assert (bound / case.tokens - 1)[63:].max() < 0.01
    assert (bound <= explicit_bound(case.moments.mu, case.moments.mu2, SIZES) * 1.002).all()


@every_source
def test_the_asymptotic_value_comes_within_three_percent(name: str) -> None:
    # one fixed law moves in visible steps (and the uniform one is a lattice), so it takes 64 nodes to smooth them
    case = measured(name)
    start = max(4 * case.spread, 64 if name in FIXED else 0)
    off = np.abs(asymptotic_tokens(case.moments.mu, case.moments.mu2, SIZES) / case.tokens - 1)
    assert off[start <= SIZES].max() < 0.03


def test_the_asymptotic_value_says_too_much_for_small_trees() -> None:
    case = measured("code-like")
    below = asymptotic_tokens(case.moments.mu, case.moments.mu2, SIZES) > case.tokens + 4 * case.error
    assert below[case.spread > SIZES].all()


def test_the_short_form_is_violated_on_both_sides() -> None:
    chat, binary = measured("chat-like"), measured("binary (0.8, 0.2)")
    place = 63
    # no upper bound: the best trees win far more
    assert chat.tokens[place] - 4 * chat.error[place] > 1.4 * np.log(64) / chat.moments.mu
    # no lower bound: even the best tree of the binary source wins less
    assert binary.tokens[place] < np.log(64) / binary.moments.mu


@every_source
def test_lordens_inequality_holds_for_the_renewal_function(name: str) -> None:
    case = measured(name)
    mu = case.moments.mu
    levels, visits = renewal_visits(case.source, 12.0)
    passed = np.cumsum(visits)
    assert (passed >= levels / mu - 1e-9).all()  # Wald: mu U(t) = t + overshoot
    assert (passed <= (levels / mu + case.spread) * 1.002).all()


@every_source
def test_the_renewal_function_of_a_text_is_that_of_its_source(name: str) -> None:
    source = measured(name).source
    text = surprisal_text(source, 60_000, np.random.default_rng(9))
    sums = np.concatenate([[0.0], np.cumsum(text)])
    starts = np.arange(40_000)
    levels, visits = renewal_visits(source, 6.0)
    for level in (0.7, 2.0, 5.0):
        counted = np.searchsorted(sums, sums[starts] + level, side="right") - starts
        exact = np.cumsum(visits)[np.searchsorted(levels, level, side="right") - 1]
        assert counted.mean() == pytest.approx(exact, rel=0.03)


@pytest.mark.parametrize("name", ["chat-like", "uniform over 4"])
def test_the_minimum_over_levels_is_the_minimum_of_a_fine_grid(name: str) -> None:
    text = surprisal_text(named_source(name), 4_000, np.random.default_rng(1))
    starts = text.reshape(50, 80)
    sums = np.cumsum(np.hstack([np.zeros((50, 1)), starts]), axis=1)[:, :64]
    grid = np.linspace(0, 12, 24_001)
    values = [np.maximum(1 - np.exp(sums - t), 0).sum(axis=1).mean() + 64 * np.exp(-t) for t in grid]
    exact = dual_bound(list(starts), 64)
    assert exact <= min(values) + 1e-12
    assert exact == pytest.approx(min(values), abs=1e-3)


@pytest.mark.parametrize("nodes", [0, 1, 6, 63, 1023])
def test_convention_b_is_convention_a_with_one_more_position(nodes: int) -> None:
    moments = measured("chat-like").moments
    for function in (paper_bound, explicit_bound, asymptotic_tokens):
        assert function(moments.mu, moments.mu2, nodes, convention="B") == function(
            moments.mu, moments.mu2, nodes + 1, convention="A"
        )
    text = [surprisal_text(named_source("chat-like"), 500, np.random.default_rng(0))]
    for every in (False, True):
        assert dual_bound(text, nodes, every_start=every, convention="B") == dual_bound(
            text, nodes + 1, every_start=every
        )
    assert information_bound(nodes, 1.1, 0.4, convention="B") == information_bound(nodes + 1, 1.1, 0.4)
    weights = np.exp(-np.arange(50.0))
    assert oracle_tokens(weights, nodes, convention="B") == oracle_tokens(weights, nodes + 1)
