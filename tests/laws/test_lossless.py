"""Every drafter with every verifier: the output law is the target's, exactly; mutants and wrong pairs are not."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mutants import MUTANTS

from specviz.drafting import DRAFTERS, make_drafter
from specviz.engine.exact import largest_deviation, law_of_rounds, output_law, target_law, toy_models
from specviz.records import Warp
from specviz.seams import Guesser, Round
from specviz.verification import VERIFIERS, why_not

ALL = [(d, v) for d in DRAFTERS.all() for v in VERIFIERS.all()]
PAIRS = [(d, v) for d, v in ALL if v.lossless and why_not(d, v) is None]
MISFITS = [(d, v) for d, v in ALL if why_not(d, v) is not None]
# (vocabulary, capacity, drafts, depth): at most 6 nodes
SHAPES = [(2, 6, 2, 2), (2, 3, 3, 1), (3, 3, 3, 1), (2, 3, 1, 3), (3, 2, 1, 2)]
LAWS = range(20)
# A race on several fields of clocks has as many dimensions as clocks: fewer and smaller ones are cut exactly.
FEW_SHAPES, FEW_LAWS = [(2, 4, 2, 2), (2, 2, 2, 1), (3, 2, 1, 2)], range(6)
# The shapes in which a wrong pair shows its bias; the last one is for trees whose shape depends on the draws.
BIAS_SHAPES = [(3, 3, 3, 1), (3, 2, 2, 1), (2, 6, 2, 2), (2, 2, 2, 2)]
BIASED_SPEC = {"race_dynamic": "race_dynamic(sharpness=0.4)"}


@pytest.mark.parametrize(("drafter", "verifier"), PAIRS, ids=lambda c: c.name)
def test_output_law_is_the_targets(drafter, verifier, record_property):
    branches = laws = 0
    many = verifier.one_field_per_draft
    for number in FEW_LAWS if many else LAWS:
        for vocabulary, capacity, drafts, depth in FEW_SHAPES if many else SHAPES:
            models = toy_models(vocabulary, depth, number, zeros=number % 3 == 0)
            found = output_law(models, drafter(), verifier(), Round(capacity, drafts, depth), depth + 1)
            assert found.law == target_law(models, depth + 1), (drafter.name, verifier.name, number)
            branches, laws = branches + found.branches, laws + 1
    record_property("laws", laws)
    record_property("branches", branches)


@pytest.mark.parametrize(("drafter", "verifier"), PAIRS, ids=lambda c: c.name)
def test_rounds_compose(drafter, verifier):
    """Three tokens over several rounds: what one round read must not bend the next."""
    for number in range(1 if verifier.one_field_per_draft else 2):
        models = toy_models(2, 3, 100 + number)
        assert law_of_rounds(models, drafter(), verifier(), Round(2, 2, 2), 3) == target_law(models, 3)


@pytest.mark.parametrize(("drafter", "verifier"), MISFITS, ids=lambda c: c.name)
def test_declared_misfits_do_fail(drafter, verifier):
    """A pair is refused because it is wrong, not out of caution: a biased law, or a question without an answer."""
    spec = BIASED_SPEC.get(drafter.name, drafter.name)
    assert any(bias(spec, verifier(), number) != 0 for number in range(10))


def bias(drafter: str, verifier, number: int) -> Fraction | str:
    """Largest deviation from the target's law, or why there is none: the rule asks for what the tree does not have."""
    largest = Fraction(0)
    for vocabulary, capacity, drafts, depth in BIAS_SHAPES:
        models, limits = toy_models(vocabulary, depth, 300 + number), Round(capacity, drafts, depth)
        try:
            law = output_law(models, make_drafter(drafter), verifier, limits, depth + 1).law
        except ZeroDivisionError:
            return "a token that the rule's draft law cannot give"
        except KeyError:
            assert DRAFTERS.get(drafter.partition("(")[0]).guesser == Guesser.CONTEXT  # only there is no model to ask
            return "a draft law that no model was asked for"
        except ValueError as error:
            return str(error) if "needs" in str(error) else Fraction(0)
        largest = max(largest, largest_deviation(law, target_law(models, depth + 1)))
    return largest


@pytest.mark.parametrize(("drafter", "mutant"), MUTANTS, ids=lambda c: getattr(c, "__name__", c))
def test_mutants_fail(drafter, mutant):
    assert why_not(DRAFTERS.get(drafter), mutant) is None
    assert any(isinstance(found := bias(drafter, mutant(), number), Fraction) and found > 0 for number in range(6))


def test_every_lossless_rule_has_a_mutant():
    assert {v.name for v in VERIFIERS.all() if v.lossless} == {mutant.name for _, mutant in MUTANTS}


def test_relaxed_loses_what_it_says():
    """Not lossless: bias within epsilon, none at epsilon = 0."""
    for number in range(4):
        models = toy_models(3, 1, 500 + number)
        exact = output_law(models, make_drafter("chain"), VERIFIERS.make("relaxed(epsilon=0)"), Round(1, 1, 1), 1)
        loose = output_law(models, make_drafter("chain"), VERIFIERS.make("relaxed(epsilon=0.2)"), Round(1, 1, 1), 1)
        assert exact.law == target_law(models, 1)
        p, q = (model.open([0, 1, 0], Warp()).feed([], [])[0] for model in (models.target, models.draft))
        loss = sum(max(min(b, a + Fraction(0.2)) - a, 0) for a, b in zip(p, q, strict=True))
        found = sum(max(loose.law.get((i,), 0) - p[i], 0) for i in range(3))
        assert found == loss
        assert loose.expected_tokens >= exact.expected_tokens
