"""Every drafter with every verifier: the output law is the target's, exactly; mutants and wrong pairs are not."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from enumeration import output_law, output_law_of_rounds, random_table, target_law

from specviz.drafting import DRAFTERS
from specviz.seams import Chance, Round
from specviz.verification import VERIFIERS, why_not
from specviz.verification.recursive_rejection import RecursiveRejection
from specviz.verification.recursive_rejection_wor import RecursiveRejectionWor
from specviz.verification.shared_race import SharedRace
from specviz.verification.walk import Decision, NodeView, positive_part

PAIRS = [(d, v) for d in DRAFTERS.all() for v in VERIFIERS.all() if v.lossless and why_not(d, v) is None]
MISFITS = [(d, v) for d in DRAFTERS.all() for v in VERIFIERS.all() if why_not(d, v) is not None]
# (vocabulary, capacity, drafts, depth): at most 6 nodes
SHAPES = [(2, 6, 2, 2), (2, 3, 3, 1), (3, 3, 3, 1), (2, 3, 1, 3), (3, 2, 1, 2)]
LAWS = range(20)


@pytest.mark.parametrize(("drafter", "verifier"), PAIRS, ids=lambda c: c.name)
def test_output_law_is_the_targets(drafter, verifier, record_property):
    branches = laws = 0
    for number in LAWS:
        for vocabulary, capacity, drafts, depth in SHAPES:
            target = random_table(vocabulary, depth, 2 * number, zeros=number % 3 == 0)
            draft = random_table(vocabulary, depth, 2 * number + 1, zeros=number % 4 == 0)
            limits = Round(capacity, drafts, depth)
            law, count = output_law(target, draft, drafter(), verifier(), limits, depth + 1)
            assert law == target_law(target, depth + 1), (drafter.name, verifier.name, number, limits)
            branches, laws = branches + count, laws + 1
    record_property("laws", laws)
    record_property("branches", branches)
    print(f"{drafter.name} x {verifier.name}: {laws} laws, {branches} branches")


@pytest.mark.parametrize(("drafter", "verifier"), PAIRS, ids=lambda c: c.name)
def test_rounds_compose(drafter, verifier):
    """Three tokens over several rounds: what one round read must not bend the next."""
    for number in range(3):
        target = random_table(2, 3, 100 + number, zeros=False)
        draft = random_table(2, 3, 200 + number, zeros=False)
        law = output_law_of_rounds(target, draft, drafter(), verifier(), Round(2, 2, 2), 3)
        assert law == target_law(target, 3)


@pytest.mark.parametrize(("drafter", "verifier"), MISFITS, ids=lambda c: c.name)
def test_declared_misfits_do_fail(drafter, verifier):
    """A pair is refused because it is wrong, not out of caution."""
    assert any(_biased(drafter(), verifier(), number) for number in range(6))


def _biased(drafter, verifier, number: int) -> bool:
    target, draft = random_table(3, 1, 300 + number, False), random_table(3, 1, 400 + number, False)
    try:
        law, _ = output_law(target, draft, drafter, verifier, Round(3, 3, 1), 2)
    except ZeroDivisionError:  # a token that the rule's draft law cannot give: the rule does not fit the tree
        return True
    return law != target_law(target, 2)


@dataclass(frozen=True)
class KeepsResidual(RecursiveRejection):
    """Mutant: the residual is not updated after a rejection."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        for token in view.tokens:
            if chance.coin(min(1, view.target_row[token] / view.draft_row[token]), view.node, token):
                return Decision(token, ())
        return Decision(chance.pick(view.target_row, view.node), ())


@dataclass(frozen=True)
class DropsRepeats(RecursiveRejection):
    """Mutant: equal draws count once."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        once = NodeView(view.node, view.position, list(dict.fromkeys(view.tokens)), view.target_rows, view.draft_rows)
        return super().decide(once, chance)


@dataclass(frozen=True)
class KeepsDraftLaw(RecursiveRejectionWor):
    """Mutant: a rejected token stays in the draft law."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        residual = view.target_row
        for token in view.tokens:
            if chance.coin(min(1, residual[token] / view.draft_row[token]), view.node, token):
                return Decision(token, ())
            residual = positive_part(residual, view.draft_row)
        return Decision(chance.pick(residual, view.node), ())


@dataclass(frozen=True)
class FreshDrawOnMismatch(SharedRace):
    """Mutant: where the race is lost, a fresh token is drawn instead of the target's winner."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        decision = super().decide(view, chance)
        if view.tokens and decision.token not in view.tokens:
            return Decision(chance.pick(view.target_row, view.node), ())
        return decision


@dataclass(frozen=True)
class RatioTestOnSharedClocks(SharedRace):
    """Mutant: the ratio test with a residual raced on the clocks that already drew the draft."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        residual = view.target_row
        for token in view.tokens[:1]:
            if chance.coin(min(1, residual[token] / view.draft_row[token]), view.node, token):
                return Decision(token, ())
            residual = positive_part(residual, view.draft_row)
        return Decision(chance.race(view.position, residual, 1, view.node)[0], ())


MUTANTS = [
    ("iid_sequences", KeepsResidual),
    ("iid_sequences", DropsRepeats),
    ("race_tau_star", KeepsDraftLaw),
    ("chain", FreshDrawOnMismatch),
    ("chain", RatioTestOnSharedClocks),
]


@pytest.mark.parametrize(("drafter", "mutant"), MUTANTS, ids=lambda c: getattr(c, "__name__", c))
def test_mutants_fail(drafter, mutant):
    assert any(_biased(DRAFTERS.get(drafter)(), mutant(), number) for number in range(6))
