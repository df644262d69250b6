"""Exact laws of a drafter and a verifier by running through everything that chance can do."""

from __future__ import annotations

import random
from collections import defaultdict
from fractions import Fraction
from itertools import product

import numpy as np

from specviz.chance import enumerate_outcomes
from specviz.models.table import TableModel
from specviz.records import Warp
from specviz.seams import Drafter, Round, Verifier

Law = dict[tuple[int, ...], Fraction]


def random_table(vocabulary: int, depth: int, seed: int, zeros: bool) -> TableModel:
    """A model whose law differs after every prefix; with `zeros` some tokens are impossible."""
    rng = random.Random(seed)
    rows: dict[tuple[int, ...], np.ndarray] = {}
    for length in range(depth + 2):
        for prefix in product(range(vocabulary), repeat=length):
            weights = [rng.randint(0 if zeros else 1, 6) for _ in range(vocabulary)]
            if sum(weights) == 0:
                weights[rng.randrange(vocabulary)] = 1
            rows[prefix] = np.array([Fraction(w, sum(weights)) for w in weights], dtype=object)
    return TableModel(lambda prefix: rows[prefix[1:]], vocabulary)


def target_law(target: TableModel, length: int, prefix: tuple[int, ...] = ()) -> Law:
    """Exact law of the next `length` tokens after `prefix`."""
    law: Law = {prefix: Fraction(1)}
    while length > len(next(iter(law))):
        law = {
            (*text, token): weight * prob
            for text, weight in law.items()
            for token, prob in enumerate(target.row_of((0, *text)))
            if prob > 0
        }
    return law


def output_law(
    target: TableModel, draft: TableModel, drafter: Drafter, verifier: Verifier, limits: Round, length: int
) -> tuple[Law, int]:
    """Exact law of the first `length` tokens of one round, continued by the target; and the number of branches."""

    def one_round(chance: object) -> tuple[int, ...]:
        above, below = target.open([0], Warp()), draft.open([0], Warp())
        tree, draft_rows = drafter.grow(below, chance, limits)
        target_rows = above.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
        verdict = verifier.verify(tree, target_rows, draft_rows, chance, above.length)
        return (*(int(tree.token[i]) for i in verdict.path), verdict.closing_token)

    rounds: Law = defaultdict(Fraction)
    branches = 0
    for emitted, weight in enumerate_outcomes(one_round, shared=verifier.shares_clocks):
        rounds[emitted] += weight
        branches += 1
    law: Law = defaultdict(Fraction)
    for emitted, weight in rounds.items():
        for text, more in target_law(target, length, emitted[:length]).items():
            law[text] += weight * more
    return dict(law), branches


def output_law_of_rounds(
    target: TableModel, draft: TableModel, drafter: Drafter, verifier: Verifier, limits: Round, length: int
) -> Law:
    """Exact law of the first `length` tokens of as many rounds as they take, caches rolled on between them."""

    def rounds(chance: object) -> tuple[int, ...]:
        above, below = target.open([0], Warp()), draft.open([0], Warp())
        text: list[int] = []
        while len(text) < length:
            if not verifier.shares_clocks:
                chance._regions.clear()  # the draft's own clocks are fresh in every round
            room = Round(limits.capacity, limits.drafts, min(limits.depth, length - len(text) - 1))
            tree, draft_rows = drafter.grow(below, chance, room)
            target_rows = above.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
            verdict = verifier.verify(tree, target_rows, draft_rows, chance, above.length)
            emitted = [*(int(tree.token[i]) for i in verdict.path), verdict.closing_token]
            above.commit(emitted)
            below.commit(emitted)
            text += emitted
        return tuple(text[:length])

    law: Law = defaultdict(Fraction)
    for text, weight in enumerate_outcomes(rounds, shared=verifier.shares_clocks):
        law[text] += weight
    return dict(law)
