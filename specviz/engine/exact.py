"""Exact output laws on toy models: a run through everything that chance can do, in fractions."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from specviz.chance import Exhaustive, enumerate_outcomes
from specviz.engine.guessers import Cast, open_guesser
from specviz.models.table import RowOf, TableModel
from specviz.records import Verdict, Warp
from specviz.seams import Chance, Drafter, Round, Session, Verifier

Text = tuple[int, ...]
Law = dict[Text, Fraction]
# A word that has occurred before, so that drafting from the text has something to find; the laws do not depend on it.
PROMPT = (0, 1, 0)
MOST_TEXTS = 100_000  # texts that a toy may have
MOST_BRANCHES = 500_000  # ways through a round that are followed


@dataclass(frozen=True)
class ExactLaw:
    """What one round can do.

    law: exact chance of each text of the length asked for, the target going on where the round ended.
    rounds: exact chance of the tokens that the round itself emitted.  branches: ways through its randomness.
    """

    law: Law
    rounds: Law
    branches: int

    @property
    def expected_tokens(self) -> Fraction:
        """Expected tokens per target pass, closing token included."""
        return sum((weight * len(emitted) for emitted, weight in self.rounds.items()), Fraction(0))


def toy_models(vocabulary: int, depth: int, seed: int, zeros: bool = False) -> Cast:
    """Four laws that differ after every text of up to `depth` tokens: target, its first layers, draft and middle model.

    zeros: some tokens are impossible. Raises ValueError for a toy that is no toy any more.
    """
    if vocabulary < 2 or depth < 0:
        raise ValueError("A toy needs at least two tokens, and its depth must not be negative.")
    if vocabulary ** (depth + 1) > MOST_TEXTS:
        raise ValueError(f"{vocabulary} tokens and depth {depth} make too many texts to count; choose fewer.")
    target, shallow, draft, middle = (_random_rows(vocabulary, depth, 4 * seed + part, zeros) for part in range(4))
    return Cast(
        TableModel(target, vocabulary, shallow=shallow), TableModel(draft, vocabulary), TableModel(middle, vocabulary)
    )


def _random_rows(vocabulary: int, depth: int, seed: int, zeros: bool) -> RowOf:
    rng = random.Random(seed)
    rows: dict[Text, np.ndarray] = {}
    for length in range(depth + 2):
        for text in product(range(vocabulary), repeat=length):
            weights = [rng.randint(0 if zeros else 1, 6) for _ in range(vocabulary)]
            if not any(weights):
                weights[rng.randrange(vocabulary)] = 1
            rows[text] = np.array([Fraction(w, sum(weights)) for w in weights], dtype=object)
    return lambda prefix: rows[prefix[len(PROMPT) :]]


def target_law(models: Cast, length: int, text: Text = ()) -> Law:
    """Exact law of the first `length` tokens, given how they begin."""
    law: Law = {text: Fraction(1)}
    while length > len(next(iter(law))):
        rows = {before: _row(models.target.open([*PROMPT, *before], Warp())) for before in law}
        law = {
            (*before, token): weight * prob
            for before, weight in law.items()
            for token, prob in enumerate(rows[before])
            if prob > 0
        }
    return law


def output_law(models: Cast, drafter: Drafter, verifier: Verifier, limits: Round, length: int) -> ExactLaw:
    """Exact law of the first `length` tokens of one round, continued by the target; ValueError for too large a toy."""

    def one_round(chance: Chance) -> Text:
        return _round(*_open(models, drafter), drafter, verifier, limits, chance)

    rounds: Law = defaultdict(Fraction)
    branches = 0
    for emitted, weight in enumerate_outcomes(one_round, verifier.shares_clocks, _lanes(verifier, limits)):
        rounds[emitted] += weight
        branches += 1
        if branches > MOST_BRANCHES:
            raise ValueError(f"This toy has more than {MOST_BRANCHES:,} ways to go; choose a smaller one.")
    law: Law = defaultdict(Fraction)
    for emitted, weight in rounds.items():
        for text, more in target_law(models, length, emitted[:length]).items():
            law[text] += weight * more
    return ExactLaw(dict(law), dict(rounds), branches)


def law_of_rounds(models: Cast, drafter: Drafter, verifier: Verifier, limits: Round, length: int) -> Law:
    """Exact law of the first `length` tokens of as many rounds as they take, caches rolled on between them."""

    def rounds(chance: Exhaustive) -> Text:
        above, below = _open(models, drafter)
        text: list[int] = []
        while len(text) < length:
            chance.next_round()
            room = Round(limits.capacity, limits.drafts, min(limits.depth, length - len(text) - 1))
            emitted = _round(above, below, drafter, verifier, room, chance)
            above.commit(emitted)
            below.commit(emitted)
            text += emitted
        return tuple(text[:length])

    law: Law = defaultdict(Fraction)
    for text, weight in enumerate_outcomes(rounds, verifier.shares_clocks, _lanes(verifier, limits)):
        law[text] += weight
    return dict(law)


def largest_deviation(law: Law, goal: Law) -> Fraction:
    """Largest difference of the chances of one text."""
    return max(
        (abs(law.get(text, Fraction(0)) - goal.get(text, Fraction(0))) for text in {*law, *goal}), default=Fraction(0)
    )


def _open(models: Cast, drafter: Drafter) -> tuple[Session, Session]:
    above = models.target.open(PROMPT, Warp())
    return above, open_guesser(models, drafter, above, PROMPT, Warp())


def _round(above: Session, below: Session, drafter: Drafter, verifier: Verifier, limits: Round, chance: Chance) -> Text:
    tree, draft_rows = drafter.grow(below, chance, limits)
    target_rows = above.feed(tree.ids[1:], tree.parent[1:].tolist())
    verdict: Verdict = verifier.verify(tree, target_rows, draft_rows, chance, above.length)
    return (*(tree.ids[i] for i in verdict.path), verdict.closing_token)


def _row(session: Session) -> Sequence[Fraction]:
    return session.feed([], [])[0].tolist()


def _lanes(verifier: Verifier, limits: Round) -> int:
    return limits.drafts if verifier.one_field_per_draft else 1
