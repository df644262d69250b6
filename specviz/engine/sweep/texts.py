"""A text that is known already, in the place of the target that would write it again.

Under shared clocks, and under exact rules at temperature 0, what a run writes depends on the target, the prompt and the
seed alone. One run therefore tells the text, and the target's law at each of its tokens, for all others: a rule that
walks a tree from its root reads no other law, so that how far a tree follows the text is told without a target pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from specviz.engine.step import Pass
from specviz.records import (
    Arrivals,
    Clocks,
    Iteration,
    Rows,
    RunSettings,
    SparseRows,
    StopReason,
    Top,
    sparse_of_rows,
    top_of_rows,
)
from specviz.seams import Verifier
from specviz.verification.walk import TreeWalk

MOST_BYTES = 1 << 30  # of the laws of one text

TextKind = tuple[str, int]


class OffTextError(Exception):
    """A rule that left the text: its run must be made."""


def text_kind(settings: RunSettings, verifier: Verifier) -> TextKind | None:
    """Which verifiers write one text for a prompt and a seed, whatever the tree; None for one that need not.

    Shared clocks: all that race on the same fields of clocks. Temperature 0: the exact rules that walk a tree, for
    which every law is one token.
    """
    if not (isinstance(verifier, TreeWalk) and verifier.lossless):
        return None
    if settings.temperature == 0:
        return "greedy", 0
    if verifier.shares_clocks:
        return "race", settings.drafts if verifier.one_field_per_draft else 1
    return None


@dataclass
class KnownText:
    """What a run wrote: `watch` and `add` are told of its passes.

    tokens: ids after the prompt.  laws: float64[V], the law that each was drawn from.  reason: why it ended.
    """

    tokens: list[int] = field(default_factory=list)
    laws: list[np.ndarray] = field(default_factory=list)
    reason: StopReason = StopReason.LENGTH
    _visited: list[np.ndarray] = field(default_factory=list)

    def watch(self, one: Pass) -> None:
        """The laws that the pass went through, while they are there."""
        self._visited = [np.array(one.target_rows[node]) for node in (0, *one.verdict.path.tolist())]

    def add(self, step: Iteration) -> None:
        """What the pass wrote."""
        self.tokens += step.emitted
        self.laws += self._visited[: len(step.emitted)]

    @staticmethod
    def fits(tokens: int, vocabulary: int) -> bool:
        """Whether the laws of so long a text are kept."""
        return tokens * vocabulary * 8 <= MOST_BYTES


@dataclass(frozen=True)
class TextRows:
    """The target's rows at those nodes of a tree that follow the text. places: for each node its place, or None."""

    text: KnownText
    places: tuple[int | None, ...]

    def __getitem__(self, node: int) -> np.ndarray:
        """float64[V]; OffTextError for a node where the text does not go."""
        place = self.places[node] if node < len(self.places) else None
        if place is None:
            raise OffTextError
        # Behind an end-of-text token nothing was written; what a rule draws there is cut off.
        return self.text.laws[min(place, len(self.text.laws) - 1)]

    def top(self, nodes: Sequence[int], count: int) -> list[Top]:
        """The most probable tokens of each row."""
        return top_of_rows(self, nodes, count)

    def arrivals(self, nodes: Sequence[int], clocks: Sequence[Clocks], count: int) -> list[Arrivals | None]:
        """Races are run on the rows themselves."""
        return [None] * len(nodes)

    def sparse(self, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
        """These ids of each row."""
        known = {node for node, place in enumerate(self.places) if place is not None}
        return sparse_of_rows(self, [node if node in known else None for node in nodes], ids)


@dataclass
class TextSession:
    """The text in the place of the target's session: `at` is how much of it has been written."""

    text: KnownText
    prompt: list[int]
    vocabulary: int
    at: int = 0
    _fed: list[int | None] = field(default_factory=list)

    @property
    def ids(self) -> Sequence[int]:
        """The context."""
        return [*self.prompt, *self.text.tokens[: self.at]]

    @property
    def length(self) -> int:
        """Tokens in it."""
        return len(self.prompt) + self.at

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """No pass: where each node stands in the text."""
        fed = self._fed or [self.at]
        for token, parent in zip(tokens, parents, strict=True):
            before = fed[parent]
            follows = before is not None and before < len(self.text.tokens) and self.text.tokens[before] == token
            fed.append(before + 1 if follows and before is not None else None)
        self._fed = fed
        return TextRows(self.text, tuple(fed))

    def commit(self, ids: Sequence[int]) -> None:
        """Go on along the text; OffTextError for other ids than its own."""
        if list(ids) != self.text.tokens[self.at : self.at + len(ids)]:
            raise OffTextError
        self.at += len(ids)
        self._fed = []

    def early_exit(self, share: float, warp: object) -> TextSession:
        """There are no layers."""
        raise OffTextError
