"""The law that is left after each rejection, against laws worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specviz.chance import Drawn, Sampled
from specviz.drafting.base import TreeBuilder
from specviz.engine import residuals as module
from specviz.engine.residuals import residual_laws
from specviz.records import DraftTree, DrawKind, Sampling
from specviz.verification import make_verifier

P = np.array([0.05, 0.35, 0.1, 0.2, 0.3])
Q = np.array([0.5, 0.1, 0.25, 0.1, 0.05])


def left(p, q):
    rest = np.maximum(p - q, 0)
    return rest / rest.sum()


def without(q, tokens):
    rest = q.copy()
    rest[tokens] = 0
    return rest / rest.sum()


class Known(dict):
    """Rows of one node."""

    def __missing__(self, node):
        raise KeyError(node)

    def arrivals(self, nodes, clocks, count):
        return [None] * len(nodes)


def star(tokens: list[int], sampling: Sampling) -> DraftTree:
    builder = TreeBuilder(sampling)
    builder.add_draws(0, Drawn.of(tokens, Q))
    return builder.build()


def decided(rule: str, tokens: list[int], sampling: Sampling, rejections: int):
    """Rows after a verdict with that many lost coins at the root, of the first seed that has one."""
    tree, verifier = star(tokens, sampling), make_verifier(rule)
    target = Known(dict.fromkeys(range(tree.size + 1), P))
    draft = Known({0: Q})
    for seed in range(10_000):
        verdict = verifier.verify(tree, target, draft, Sampled(seed, 10), 10)
        lost = [d for d in verdict.draws if d.kind == DrawKind.COIN and not d.outcome and d.node == 0]
        if len(lost) == rejections:
            return residual_laws(verifier, tree, target, draft, verdict, 10, 5)
    raise AssertionError("no such verdict")


def dense(rows, row):
    return np.array([rows.row(row).get(i, 0.0) for i in range(len(P))])


def test_independent_draws_take_the_same_law_away_again_and_again():
    rows = decided("recursive_rejection", [0, 2, 0], Sampling.IID, 3)[0]
    first = left(P, Q)
    second = left(first, Q)
    for row, law in enumerate((first, second, left(second, Q))):
        np.testing.assert_allclose(dense(rows, row), law, atol=1e-6)


def test_draws_without_replacement_take_a_shrinking_law_away():
    rows = decided("recursive_rejection_wor", [0, 2], Sampling.WITHOUT_REPLACEMENT, 2)[0]
    first = left(P, Q)
    np.testing.assert_allclose(dense(rows, 0), first, atol=1e-6)
    np.testing.assert_allclose(dense(rows, 1), left(first, without(Q, [0])), atol=1e-6)


@pytest.mark.parametrize("rule", ["token", "naive_tree", "recursive_rejection", "canonical", "optimal_transport"])
def test_one_guess_leaves_the_positive_part_of_the_difference(rule):
    rows = decided(rule, [0], Sampling.SINGLE, 1)[0]
    assert len(rows.ids) == 1
    np.testing.assert_allclose(dense(rows, 0), left(P, Q), atol=1e-6)


def test_a_relaxed_rule_leaves_its_own_law():
    rows = decided("relaxed(epsilon=0.1)", [0], Sampling.SINGLE, 1)[0]
    np.testing.assert_allclose(dense(rows, 0), left(P, np.minimum(Q, P + 0.1)), atol=1e-6)


def test_a_rule_with_a_common_factor_has_no_law_in_between():
    rows = decided("k_seq", [0, 2], Sampling.IID, 2)[0]
    assert not rows.known(0)
    assert rows.known(1)
    assert dense(rows, 1).sum() == pytest.approx(1, abs=1e-6)


def test_an_accepted_guess_after_a_rejection_keeps_what_it_was_tried_against():
    rows = decided("recursive_rejection", [0, 1], Sampling.IID, 1)[0]
    np.testing.assert_allclose(dense(rows, 0), left(P, Q), atol=1e-6)


@pytest.mark.parametrize("rule", ["shared_race", "traversal", "sample_and_look"])
def test_rules_that_race_or_judge_whole_paths_leave_nothing(rule):
    tree, verifier = star([0], Sampling.SINGLE), make_verifier(rule)
    rows = Known({0: P, 1: P})
    verdict = verifier.verify(tree, rows, Known({0: Q}), Sampled(3, 10, shared=verifier.shares_clocks), 10)
    assert residual_laws(verifier, tree, rows, Known({0: Q}), verdict, 10, 5) == {}


def test_no_more_than_eight_rejections_are_told_apart():
    q = np.array([0.96, 0.01, 0.01, 0.01, 0.01])
    tree, verifier = star([0] * 12, Sampling.IID), make_verifier("recursive_rejection")
    rows, draft = Known({0: P, 1: P}), Known({0: q})
    for seed in range(2000):
        verdict = verifier.verify(tree, rows, draft, Sampled(seed, 10), 10)
        if sum(not d.outcome for d in verdict.draws) > 8:
            break
    found = residual_laws(verifier, tree, rows, draft, verdict, 10, 5)
    assert len(found[0].ids) == module.MOST


def test_a_row_from_another_test_is_not_recorded():
    """A verdict whose coins had other chances than the rule gives: nothing may be shown as what was left."""
    tree, verifier = star([0], Sampling.SINGLE), make_verifier("token")
    rows = Known({0: P, 1: P})
    for seed in range(100):
        verdict = verifier.verify(tree, rows, Known({0: Q}), Sampled(seed, 10), 10)
        if not verdict.draws[0].outcome:
            break
    other = replace(verdict, draws=tuple(replace(d, law=d.law / 2) for d in verdict.draws))
    assert residual_laws(verifier, tree, rows, Known({0: Q}), verdict, 10, 5)
    assert residual_laws(verifier, tree, rows, Known({0: Q}), other, 10, 5) == {}
