"""A middle model drafts, and is itself sped up by the small one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np

from specviz.drafting.base import DRAFTERS, OwnTrees, TreeBuilder
from specviz.drafting.draws import draw_token
from specviz.drafting.pool import RenumberedRows
from specviz.records import DraftTree, Rows, Sampling
from specviz.registry import parameter
from specviz.rules import standard_rule
from specviz.seams import Chance, Guesser, LayeredSession, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class Hierarchy(OwnTrees):
    """A chain of exact samples of a middle model, which the small model speeds up by speculation of its own [31].

    The small model guesses `ahead` tokens, one pass of the middle model checks them with the standard rule (on shared
    clocks: by the race), and so on until the chain is long enough. The chain follows the middle model's law whatever
    the small one guesses, so the outer verifier reads the middle model's rows.
    """

    name: ClassVar[str] = "hierarchy"
    title: ClassVar[str] = "Hierarchy of drafters"
    summary: ClassVar[str] = "A middle model, itself sped up by the small one, drafts a chain for the target."
    cost: ClassVar[str] = "depth small passes, and a middle pass for every few tokens"
    reference: ClassVar[int] = 31
    sampling: ClassVar[Sampling] = Sampling.SINGLE
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})
    guesser: ClassVar[Guesser] = Guesser.LAYERED
    real: ClassVar[bool] = True
    ahead: int = parameter(2, 1, 16, "tokens that the small model guesses for each pass of the middle one")

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """min(depth, P) nodes in a line."""
        builder = TreeBuilder(Sampling.SHARED_RACE if chance.shared else self.sampling)
        chain = _Chain(cast(LayeredSession, session), chance)
        length = min(limits.depth, limits.capacity)
        node = 0
        while builder.size < length and builder.token[node] not in limits.stop_ids:
            for token, prob in chain.extend(min(self.ahead, length - builder.size - 1)):
                node = builder.add(node, token, prob)
                if token in limits.stop_ids:
                    break
        return builder.build(), chain.middle.rows_of(builder.size)


class _Reader:
    """A model that reads along a chain in its scratch tree; `nodes` are its numbers, the root first."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows = session.feed([], [])
        self._fed = 1
        self.nodes = [0]

    @property
    def length(self) -> int:
        """Tokens of the chain that it has read."""
        return len(self.nodes) - 1

    def read(self, tokens: list[int]) -> None:
        """One pass over the next tokens."""
        new = list(range(self._fed, self._fed + len(tokens)))
        if tokens:
            self._rows = self._session.feed(tokens, [self.nodes[-1], *new[:-1]])
        self._fed += len(tokens)
        self.nodes += new

    def forget(self, length: int) -> None:
        """Go back to the first `length` tokens."""
        del self.nodes[length + 1 :]

    def row(self, place: int) -> np.ndarray:
        """The law after the first `place` tokens."""
        return self._rows[self.nodes[place]]

    def rows_of(self, size: int) -> Rows:
        """The rows of a chain of `size` nodes."""
        return RenumberedRows(self._rows, list(self.nodes[: size + 1]))


class _Chain:
    """A chain of samples of the middle model."""

    def __init__(self, session: LayeredSession, chance: Chance) -> None:
        self.middle, self._small = _Reader(session), _Reader(session.small)
        self._chance, self._context, self._tokens = chance, session.length, list[int]()

    def extend(self, ahead: int) -> list[tuple[int, Any]]:
        """The next tokens with their middle probabilities: at least one, at most `ahead` + 1; one middle pass."""
        start = len(self._tokens)
        guesses = self._guess(ahead)
        self.middle.read(self._tokens[self.middle.length :] + guesses)
        result: list[tuple[int, Any]] = []
        for place in range(ahead + 1):
            row = self.middle.row(start + place)
            token = self._check(row, guesses[place], start + place) if place < ahead else self._draw(row, start + place)
            result.append((token, row[token]))
            if place < ahead and token != guesses[place]:
                break
        self._tokens += [token for token, _ in result]
        for reader in (self.middle, self._small):
            reader.forget(len(self._tokens) - 1)
        return result

    def _guess(self, ahead: int) -> list[int]:
        """The small model's guesses; it reads all but the last of them."""
        guesses: list[int] = []
        while len(guesses) < ahead:
            self._small.read((self._tokens + guesses)[self._small.length :])
            guesses.append(self._draw(self._small.row(-1), len(self._tokens) + len(guesses)))
        return guesses

    def _draw(self, row: np.ndarray, place: int) -> int:
        return draw_token(self._chance, row, self._context + place, place)

    def _check(self, row: np.ndarray, guess: int, place: int) -> int:
        if self._chance.shared:
            return self._draw(row, place)
        return int(standard_rule(row, self._small.row(place), guess, place, self._chance)[0])
