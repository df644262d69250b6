"""The seams: what a model, a drafter and a verifier promise one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

import numpy as np

from specviz.records import DraftTree, Draw, DrawKind, Rows, Sampling, Verdict, Warp


class Chance(Protocol):
    """The only source of randomness.

    shared: whether `race` uses the clocks that the other model of the run uses too.
    """

    shared: bool

    @property
    def draws(self) -> tuple[Draw, ...]:
        """Every decision so far."""
        ...

    def coin(self, probability: float, node: int, token: int, kind: DrawKind = DrawKind.COIN) -> bool:
        """True with the given probability."""
        ...

    def pick(self, row: np.ndarray, node: int) -> int:
        """One token drawn from a row, which need not sum to 1."""
        ...

    def race(self, position: int, row: np.ndarray, count: int, node: int, lane: int | None = None) -> list[int]:
        """The first `count` arrivals of the race at a text position, tokens of probability 0 left out.

        lane: one of several independent fields of clocks; None is the race of all shared fields together.
        """
        ...

    def arrivals(self, position: int, row: np.ndarray) -> np.ndarray:
        """float64[V]: arrival times of the race at a text position, infinite at probability 0."""
        ...


class Session(Protocol):
    """One model at the end of one context, with a key-value cache and a scratch tree above it."""

    @property
    def vocabulary(self) -> int:
        """V, number of tokens."""
        ...

    @property
    def length(self) -> int:
        """Tokens in the context: the text position at which the root's children stand."""
        ...

    @property
    def ids(self) -> Sequence[int]:
        """The context."""
        ...

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """One forward pass over what is pending of the context and these new nodes of the scratch tree.

        Nodes are numbered from 1 in the order they are fed; parent 0 is the root. Returns the rows of every node fed
        since the last `commit`, the root's included.
        """
        ...

    def commit(self, ids: Sequence[int]) -> None:
        """Append ids to the context: cached nodes on that path stay in the cache, all other nodes are dropped.

        Without ids the context stays as it is, and another tree can be grown above it.
        """
        ...

    def early_exit(self, share: float, warp: Warp) -> Session:
        """The model's own first layers and its head, on the same cache; it lives and is committed with this session.

        share: part of the layers, at least one and not all. ValueError where the model has a single layer.
        """
        ...


class OpenedSession(Session, Protocol):
    """A session as a model opens it, which others can start from."""

    def fork(self, warp: Warp) -> OpenedSession:
        """Another session at the end of the same context, with rows warped as it asks; neither changes the other.

        What was read of the context is not read again, and every row is the same number as in a session of its own.
        """
        ...


class LayeredSession(Session, Protocol):
    """A session that a smaller model speeds up: `small` is at the end of the same context."""

    small: Session


class LanguageModel(Protocol):
    """Anything that opens sessions."""

    @property
    def vocabulary(self) -> int:
        """V: the ids 0..V-1 that the pair shares."""
        ...

    @property
    def context(self) -> int:
        """Most tokens a text may have."""
        ...

    def open(self, prompt_ids: Sequence[int], warp: Warp) -> OpenedSession:
        """A session whose context is the prompt and whose rows are warped; ValueError for an empty prompt."""
        ...


@dataclass(frozen=True)
class RankCounts:
    """How a run's ranks went so far.

    won: how often the child of rank 1, 2, ... carried the next token.  tried: how often there was one of that rank.
    """

    won: tuple[int, ...] = ()
    tried: tuple[int, ...] = ()


@dataclass(frozen=True)
class Round:
    """What a drafter is told about one round.

    capacity: most draft nodes.  drafts: siblings at a node (k).  depth: longest path.
    stop_ids: tokens that nothing is drafted after.  ranks: what the run has measured so far.
    """

    capacity: int
    drafts: int
    depth: int
    stop_ids: frozenset[int] = frozenset()
    ranks: RankCounts = field(default_factory=RankCounts)


class Guesser(StrEnum):
    """Whose session a drafter is given."""

    DRAFT = "draft"  # the draft model
    TARGET = "target"  # the target itself
    EARLY_LAYERS = "early_layers"  # the target's own first layers
    LAYERED = "layered"  # a middle model, with the draft model below it
    CONTEXT = "context"  # no model: the text so far


class Drafter(Protocol):
    """A strategy that grows a tree.

    uses: names of the settings it reads among capacity, drafts, depth.  sampling: how its siblings are drawn.
    guesser: whose session it is given.  real: False for a yardstick that nobody could run.  cost: passes and work.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    cost: ClassVar[str]
    reference: ClassVar[int]
    sampling: ClassVar[Sampling]
    uses: ClassVar[frozenset[str]]
    guesser: ClassVar[Guesser]
    real: ClassVar[bool]

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """The tree for this round and the draft rows at the nodes that the draft model was run on."""
        ...

    def nesting(self, tree: DraftTree, limits: Round) -> np.ndarray | None:
        """Nodes 1..n in such an order that the tree of a smaller capacity P is the first P of them; None if it is not.

        tree, limits: what `grow` returned, and for what.
        """
        ...


class Verifier(Protocol):
    """An acceptance algorithm.

    accepts: how the siblings of a tree must have been drawn.  lossless: whether the output law is the target's.
    shares_clocks: whether it runs the target's race on the clocks that the drafter used; one_field_per_draft: whether
    that race is run on k fields of clocks at once.  cost: its own work, model passes not counted.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    cost: ClassVar[str]
    reference: ClassVar[int]
    accepts: ClassVar[frozenset[Sampling]]
    lossless: ClassVar[bool]
    shares_clocks: ClassVar[bool]
    one_field_per_draft: ClassVar[bool]

    def verify(self, tree: DraftTree, target_rows: Rows, draft_rows: Rows, chance: Chance, position: int) -> Verdict:
        """Walk the tree; `position` is the text position of the root's children."""
        ...
