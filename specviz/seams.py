"""The seams: what a model, a drafter and a verifier promise one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from specviz.records import DraftTree, Draw, Rows, Sampling, Verdict, Warp


class Chance(Protocol):
    """The only source of randomness.

    shared: whether `race` uses the clocks that the other model of the run uses too.
    """

    shared: bool

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Every decision so far."""
        ...

    def coin(self, probability: float, node: int, token: int) -> bool:
        """True with the given probability."""
        ...

    def pick(self, row: np.ndarray, node: int) -> int:
        """One token drawn from a row."""
        ...

    def race(self, position: int, row: np.ndarray, count: int, node: int) -> list[int]:
        """The first `count` arrivals of the race at a text position, tokens of probability 0 left out."""
        ...


class Session(Protocol):
    """One model at the end of one context, with a key-value cache and a scratch tree above it."""

    vocabulary: int

    @property
    def length(self) -> int:
        """Tokens in the context: the text position at which the root's children stand."""
        ...

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """One forward pass over what is pending of the context and these new nodes of the scratch tree.

        Nodes are numbered from 1 in the order they are fed; parent 0 is the root. Returns the rows of every node fed
        since the last `commit`, the root's included.
        """
        ...

    def commit(self, ids: Sequence[int]) -> None:
        """Append ids to the context: cached nodes on that path stay in the cache, all other nodes are dropped."""
        ...


class LanguageModel(Protocol):
    """Anything that opens sessions.

    vocabulary: V, the ids 0..V-1 that the pair shares.  context: most tokens a text may have.
    """

    vocabulary: int
    context: int

    def open(self, prompt_ids: Sequence[int], warp: Warp) -> Session:
        """A session whose context is the prompt and whose rows are warped; ValueError for an empty prompt."""
        ...


@dataclass(frozen=True)
class Round:
    """What a drafter is told about one round.

    capacity: most draft nodes.  drafts: siblings at a node (k).  depth: longest path.
    stop_ids: tokens that nothing is drafted after.
    rank_counts: how often the target's token was rank 1, 2, ... of the draft's race so far in this run.
    """

    capacity: int
    drafts: int
    depth: int
    stop_ids: frozenset[int] = frozenset()
    rank_counts: tuple[int, ...] = ()


class Drafter(Protocol):
    """A strategy that grows a tree.

    uses: names of the settings it reads among capacity, drafts, depth.  sampling: how its siblings are drawn.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    reference: ClassVar[int]
    sampling: ClassVar[Sampling]
    uses: ClassVar[frozenset[str]]

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """The tree for this round and the draft rows at the nodes that the draft model was run on."""
        ...


class Verifier(Protocol):
    """An acceptance algorithm.

    accepts: how the siblings of a tree must have been drawn.  lossless: whether the output law is the target's.
    shares_clocks: whether it runs the target's race on the clocks that the drafter used.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    reference: ClassVar[int]
    accepts: ClassVar[frozenset[Sampling]]
    lossless: ClassVar[bool]
    shares_clocks: ClassVar[bool]

    def verify(self, tree: DraftTree, target_rows: Rows, draft_rows: Rows, chance: Chance, position: int) -> Verdict:
        """Walk the tree; `position` is the text position of the root's children."""
        ...
