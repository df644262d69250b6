"""A row seen through a small alphabet: its weightiest tokens one by one, all others as one letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from specviz.theory.resolution import Resolution, alphabet_size, resolve, set_law


@dataclass(frozen=True, eq=False)
class Alphabet:
    """Both laws on at most n letters; the last letter stands for the tail where there is one.

    tokens: int[n], the token ids, -1 for the tail.  letter: int[V], letter of each token.
    target, draft: array[n], the laws of the letters.
    """

    tokens: np.ndarray
    letter: np.ndarray
    target: np.ndarray
    draft: np.ndarray

    @classmethod
    def of(cls, p: np.ndarray, q: np.ndarray, k: int) -> Alphabet:
        """The tokens of largest max(p, q) that k drafts leave room for."""
        size = alphabet_size(k)
        if len(p) <= size:
            return cls(np.arange(len(p)), np.arange(len(p)), p, q)
        tokens = np.sort(np.argpartition(-np.maximum(p, q), size - 1)[: size - 1])
        letter = np.full(len(p), size - 1)
        letter[tokens] = np.arange(size - 1)
        laws = [np.append(row[tokens], max(0.0, row.sum() - row[tokens].sum())) for row in (p, q)]
        return cls(np.append(tokens, -1), letter, *laws)

    def split(self, k: int) -> tuple[Resolution, Any]:
        """How each set of k draft letters is shared out, and the chance of each set; in the laws' own arithmetic."""
        plan = resolve(self.target.astype(np.float64), self.draft.astype(np.float64), k)
        share: Any = plan.share
        if self.target.dtype == object:
            share = np.array([[Fraction(x) for x in row] for row in share], dtype=object)
            share = share / np.maximum(share.sum(axis=1), 1)[:, None]  # rounding may have handed out more than there is
        return Resolution(plan.sets, share), set_law(self.draft, plan.sets, k)

    def choice(self) -> tuple[Any, Callable[[int, int], Any]]:
        """Of two draft letters one is chosen for the test: the law of the chosen, and the chance that a is, not b."""
        plan, law = self.split(2)
        members, share = plan.sets.members, plan.share
        sums = share.sum(axis=1)
        half = np.array([(1 + 0 * total) / 2 for total in sums])
        pair = members[:, -1] < len(self.tokens)
        with np.errstate(divide="ignore", invalid="ignore"):
            to_first = np.where(sums > 0, share[:, 0] / np.where(sums > 0, sums, 1 + 0 * sums), half)
        choice = np.stack([np.where(pair, to_first, 1 + 0 * sums), np.where(pair, 1 - to_first, 0 * sums)], axis=1)

        def prefers(a: int, b: int) -> Any:
            return choice[plan.sets.place[min(a, b), max(a, b)], 0 if a < b else 1]

        return totals(members, law[:, None] * choice, len(self.tokens)), prefers


def totals(members: np.ndarray, amounts: Any, letters: int) -> Any:
    """array[n]: what each letter gets over all sets. amounts: array[m, w], floats or Fractions."""
    if amounts.dtype != object:
        return np.bincount(members.ravel(), amounts.ravel(), letters + 1)[:letters]
    result = np.array([Fraction(0)] * (letters + 1), dtype=object)
    np.add.at(result, members.ravel(), amounts.ravel())
    return result[:letters]
