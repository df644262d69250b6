"""The toy pair of the tour: two laws over four sounds, the same at every place, run by the real engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from specviz.chance import Sampled
from specviz.drafting import make_drafter
from specviz.engine.decode import decode
from specviz.engine.guessers import Cast
from specviz.models.table import TableModel
from specviz.race import DRAFT, PICK
from specviz.records import DraftTree, DrawKind, Iteration, Race, RunSettings, Warp
from specviz.seams import Round
from specviz.theory import acceptance_rate
from specviz.verification import make_verifier

SOUNDS = ("la", "da", "dum", "hey")
START = (0,)  # the sound before the tune; the laws do not depend on it
ENDLESS = 1 << 20


@dataclass(frozen=True)
class Toy:
    """Two laws over `SOUNDS`. target, draft: probabilities that sum to 1."""

    target: tuple[float, ...]
    draft: tuple[float, ...]

    @cached_property
    def p(self) -> np.ndarray:
        """float64[4], the target's law."""
        return np.array(self.target)

    @cached_property
    def q(self) -> np.ndarray:
        """float64[4], the draft's law."""
        return np.array(self.draft)

    @property
    def agreement(self) -> float:
        """The acceptance rate of one guess, 1 - TV."""
        return acceptance_rate(self.p, self.q)

    @property
    def models(self) -> Cast:
        """The pair as the engine takes it."""
        return Cast(
            TableModel(lambda _: self.p, len(SOUNDS), ENDLESS), TableModel(lambda _: self.q, len(SOUNDS), ENDLESS)
        )


@dataclass(frozen=True)
class OneDraw:
    """One guess and its fate. chance: of being kept.  u: the coin.  put_out: the sound that came out."""

    guess: int
    chance: float
    u: float
    put_out: int

    @property
    def kept(self) -> bool:
        """Whether the coin fell for the guess."""
        return self.u < self.chance


def tune(toy: Toy, guesses: int, sounds: int, verifier: str = "token", seed: int = 2) -> list[Iteration]:
    """The passes that a chain of `guesses` takes for a tune of this length.

    verifier: the standard rule; under `shared_race` the tune is the same however many guesses are made.
    """
    settings = RunSettings(
        drafter="chain", verifier=verifier, temperature=1.0, capacity=guesses, depth=guesses, drafts=1,
        max_new_tokens=sounds, seed=seed,
    )  # fmt: skip
    return list(decode(toy.models, settings, START))


def draws(toy: Toy, seed: int, count: int) -> list[OneDraw]:
    """`count` guesses for one place, each judged by the standard rule with coins of its own."""
    drafter, verifier, one = make_drafter("chain"), make_verifier("token"), Round(capacity=1, drafts=1, depth=1)
    above, below = toy.models.target.open(START, Warp()), toy.models.draft.open(START, Warp())
    found = []
    for place in range(1, count + 1):
        tree, draft_rows = drafter.grow(below, Sampled(seed, place, DRAFT), one)
        target_rows = above.feed([tree.ids[1]], [0])
        verdict = verifier.verify(tree, target_rows, draft_rows, Sampled(seed, place, PICK), 1)
        coin = next(draw for draw in verdict.draws if draw.kind == DrawKind.COIN)
        put_out = coin.token if coin.outcome else verdict.closing_token
        found.append(OneDraw(coin.token, coin.law, coin.u, put_out))
        above.commit([])
        below.commit([])
    return found


def residual(toy: Toy) -> np.ndarray:
    """float64[4]: the residual law; all zeros where the laws are equal."""
    left = np.maximum(toy.p - toy.q, 0.0)
    return left / left.sum() if left.sum() > 0 else left


def best_tree(toy: Toy, capacity: int, depth: int, by_target: bool = False) -> tuple[DraftTree, np.ndarray]:
    """The tree of the most probable beginnings, and its nodes in the order in which they join as P grows.

    by_target: the target's own law chooses, which no real drafter knows.
    """
    drafter, limits = make_drafter("best_first"), Round(capacity=capacity, drafts=len(SOUNDS), depth=depth)
    model = toy.models.target if by_target else toy.models.draft
    tree, _ = drafter.grow(model.open(START, Warp()), Sampled(1, 1, DRAFT), limits)
    order = drafter.nesting(tree, limits)
    return tree, np.arange(1, tree.size + 1) if order is None else order


def reach(tree: DraftTree, law: np.ndarray) -> np.ndarray:
    """float64[n+1]: chance that the target, drawing its own sounds, walks to each node."""
    found = np.ones(tree.size + 1)
    for node in range(1, tree.size + 1):
        found[node] = found[tree.parent[node]] * law[tree.token[node]]
    return found


def spelled(tree: DraftTree, node: int) -> str:
    """The sounds from the root down to a node."""
    return " ".join(SOUNDS[tree.ids[i]] for i in tree.path(node))


def race(toy: Toy, seed: int, number: int) -> Race:
    """Race `number` on the clocks that both models share there."""
    clocks = Sampled(seed, number, shared=True).clocks(number, len(SOUNDS))
    return Race(np.arange(len(SOUNDS)), toy.q, toy.p, clocks)
