"""Wrong rules, one or more for each right one: each must fail the proof that its original passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from specviz.seams import Chance
from specviz.verification.block import Block
from specviz.verification.canonical import Canonical
from specviz.verification.gls import Gls
from specviz.verification.greedy import Greedy
from specviz.verification.k_seq import KSeq
from specviz.verification.naive_tree import NaiveTree
from specviz.verification.optimal_transport import OptimalTransport
from specviz.verification.recursive_rejection import RecursiveRejection
from specviz.verification.recursive_rejection_wor import RecursiveRejectionWor
from specviz.verification.residual import Residual
from specviz.verification.sample_and_look import SampleAndLook
from specviz.verification.shared_race import SharedRace
from specviz.verification.spechub import SpecHub
from specviz.verification.token import Token
from specviz.verification.traversal import Traversal
from specviz.verification.walk import Decision, NodeView


def positive_part(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """norm(max(p - q, 0)), or p where nothing is left."""
    left = np.maximum(p - q, 0)
    return left / left.sum() if left.sum() > 0 else p


def independent_retries(view: NodeView, chance: Chance) -> Decision:
    """The ratio test for every draw against the whole target law, and a draw from that law where all fail."""
    for token in view.tokens:
        if chance.coin(min(1, view.target_row[token] / view.draft_row[token]), view.node, token):
            return Decision(token, ())
    return Decision(chance.pick(view.target_row, view.node), ())


@dataclass(frozen=True)
class LooksTwice(SampleAndLook):
    """A second draw where the first one was not among the guesses."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        first = super().decide(view, chance)
        return first if not view.tokens or first.token in view.tokens else super().decide(view, chance)


@dataclass(frozen=True)
class DrawsFromTarget(Token):
    """After a rejection the replacement comes from p instead of the residual law."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        return independent_retries(view, chance)


@dataclass(frozen=True)
class TestsTheLast(NaiveTree):
    """The last distinct draw is put to the test instead of the first."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        once = list(dict.fromkeys(view.tokens))[::-1]
        return super().decide(NodeView(view.node, view.position, once, view.target_rows, view.draft_rows), chance)


@dataclass(frozen=True)
class KeepsResidual(RecursiveRejection):
    """The residual is not updated after a rejection: independent retries."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        return independent_retries(view, chance)


@dataclass(frozen=True)
class DropsRepeats(RecursiveRejection):
    """Equal draws count once."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        once = NodeView(view.node, view.position, list(dict.fromkeys(view.tokens)), view.target_rows, view.draft_rows)
        return super().decide(once, chance)


@dataclass(frozen=True)
class KeepsDraftLaw(RecursiveRejectionWor):
    """A rejected token stays in the draft law."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        residual = view.target_row
        for token in view.tokens:
            if chance.coin(min(1, residual[token] / view.draft_row[token]), view.node, token):
                return Decision(token, ())
            residual = positive_part(residual, view.draft_row)
        return Decision(chance.pick(residual, view.node), ())


@dataclass(frozen=True)
class FactorOfOne(KSeq):
    """rho = 1, below the smallest safe factor; the residual as for the right one."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        if not view.tokens:
            return super().decide(view, chance)
        p, q, k = view.target_row, view.draft_row, len(view.tokens)
        for token in view.tokens:
            if chance.coin(min(1, p[token] / q[token]), view.node, token):
                return Decision(token, ())
        beta = np.minimum(p, q).sum()
        left = p - np.minimum(p, q) * (1 - (1 - beta) ** k) / beta if beta > 0 else p
        left = np.maximum(left, 0)
        return Decision(chance.pick(left if left.sum() > 0 else p, view.node), ())


@dataclass(frozen=True)
class ForgetsTheTop(Greedy):
    """The drawn token is tested against the whole draft law, not against the law without the fixed tokens."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        if not view.tokens:
            return super().decide(view, chance)
        drawn = view.tokens[-1]
        left = Residual(view.target_row, view.draft_row)
        if chance.coin(left.chance(drawn), view.node, drawn):
            return Decision(drawn, ())
        left.reject()
        return Decision(chance.pick(left.law(), view.node), ())


@dataclass(frozen=True)
class TestsOneByOne(SpecHub):
    """The two guesses pass the standard rule in turn, as if they were independent draws."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        if not view.tokens:
            return super().decide(view, chance)
        left = Residual(view.target_row, view.draft_row)
        for token in view.tokens:
            if chance.coin(left.chance(token), view.node, token):
                return Decision(token, ())
            left.reject()
        return Decision(chance.pick(left.law(), view.node), ())


@dataclass(frozen=True)
class ChoosesButForgets(Canonical):
    """The better of two draws is chosen, and then tested as if it had been drawn from q."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        if not view.tokens:
            return super().decide(view, chance)
        p, q = view.target_row, view.draft_row
        chosen = max(view.tokens[:2], key=lambda token: p[token] / q[token])
        left = Residual(p, q)
        if chance.coin(left.chance(chosen), view.node, chosen):
            return Decision(chosen, ())
        left.reject()
        return Decision(chance.pick(left.law(), view.node), ())


@dataclass(frozen=True)
class HandsOutTwice(OptimalTransport):
    """The likeliest drafted token under the target is always taken, and nothing is kept of what was handed out."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        if not view.tokens:
            return super().decide(view, chance)
        best = max(view.tokens, key=lambda token: view.target_row[token])
        if chance.coin(view.target_row[best], view.node, best):
            return Decision(best, ())
        return Decision(chance.pick(view.target_row, view.node), ())


@dataclass(frozen=True)
class TestsWithItsWeight(Block):
    """Every prefix is accepted with its weight w, also in the middle of the chain."""

    @staticmethod
    def _ends_here(weight, target_row, draft_row):
        return weight


@dataclass(frozen=True)
class TwoCoins(Traversal):
    """A node that fails its test gets another."""

    def verify(self, tree, target_rows, draft_rows, chance, position):
        return super().verify(tree, target_rows, draft_rows, _TwoCoins(chance), position)


@dataclass
class _TwoCoins:
    """Coins that fall with the chance 1 - (1 - p)^2 of two."""

    chance: Chance

    @property
    def draws(self):
        return self.chance.draws

    def coin(self, probability, node, token):
        return self.chance.coin(1 - (1 - probability) ** 2, node, token)

    def pick(self, row, node):
        return self.chance.pick(row, node)


@dataclass(frozen=True)
class FreshDrawOnMismatch(SharedRace):
    """Where the race is lost, a fresh token is drawn instead of the target's winner."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        decision = super().decide(view, chance)
        if view.tokens and decision.token not in view.tokens:
            return Decision(chance.pick(view.target_row, view.node), ())
        return decision


@dataclass(frozen=True)
class RatioTestOnSharedClocks(SharedRace):
    """The ratio test, with its residual raced on the clocks that already drew the draft."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        residual = view.target_row
        for token in view.tokens[:1]:
            if chance.coin(min(1, residual[token] / view.draft_row[token]), view.node, token):
                return Decision(token, ())
            residual = positive_part(residual, view.draft_row)
        return Decision(chance.race(view.position, residual, 1, view.node)[0], ())


@dataclass(frozen=True)
class AnyFieldMayWin(Gls):
    """The target races on each field by itself, and a guess is accepted if it wins on its own field."""

    def decide(self, view: NodeView, chance: Chance) -> Decision:
        for lane, token in enumerate(view.tokens):
            if chance.race(view.position, view.target_row, 1, view.node, lane)[0] == token:
                return Decision(token, ())
        return super().decide(view, chance)


MUTANTS = [
    ("best_first", LooksTwice),
    ("chain", DrawsFromTarget),
    ("static_wor", TestsTheLast),
    ("iid_sequences", KeepsResidual),
    ("iid_sequences", DropsRepeats),
    ("race_tau_star", KeepsDraftLaw),
    ("static_iid", FactorOfOne),
    ("greedy_plus_one", ForgetsTheTop),
    ("spechub", TestsOneByOne),
    ("static_iid", ChoosesButForgets),
    ("static_iid", HandsOutTwice),
    ("chain", TestsWithItsWeight),
    ("static_wor", TwoCoins),
    ("chain", FreshDrawOnMismatch),
    ("chain", RatioTestOnSharedClocks),
    ("gls", AnyFieldMayWin),
]
