"""The session that a drafter is given: a model's, the target's own, two models in layers, or the text alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np

from specviz.records import Arrivals, Clocks, Rows, RunSettings, Sampling, SparseRows, Top, Warp
from specviz.seams import Drafter, Guesser, LanguageModel, Session, Verifier

# Draws that a one-hot law leaves as they are; every other drafter ranks tokens, and a one-hot law ranks only one.
_PLAIN_DRAWS = frozenset({Sampling.SINGLE, Sampling.IID, Sampling.INDEPENDENT_RACES})


def draft_warp(settings: RunSettings, drafter: Drafter, verifier: Verifier) -> Warp:
    """The guesser's law: the target's; but at temperature 0 a drafter that ranks tokens ranks them at temperature 1."""
    ranks = drafter.sampling not in _PLAIN_DRAWS or verifier.shares_clocks
    return Warp() if settings.temperature == 0 and ranks else settings.warp


@dataclass(frozen=True)
class Cast:
    """The models of a run. middle: only read by drafters whose guesser is LAYERED."""

    target: LanguageModel
    draft: LanguageModel
    middle: LanguageModel | None = None

    @property
    def context(self) -> int:
        """Most tokens a text may have."""
        return min(model.context for model in (self.target, self.draft, self.middle) if model is not None)


class _EarlyExits(Protocol):
    share: float


def open_guesser(models: Cast, drafter: Drafter, above: Session, prompt_ids: Sequence[int], warp: Warp) -> Session:
    """The drafter's session at the end of the prompt; ValueError where it needs a middle model and there is none.

    above: the target's session.
    """
    if drafter.guesser == Guesser.CONTEXT:
        return ContextSession(models.target.vocabulary, list(prompt_ids))
    if drafter.guesser == Guesser.EARLY_LAYERS:
        return above.early_exit(cast(_EarlyExits, drafter).share, warp)
    if drafter.guesser == Guesser.TARGET:
        return models.target.open(prompt_ids, warp)
    below = models.draft.open(prompt_ids, warp)
    if drafter.guesser == Guesser.DRAFT:
        return below
    if models.middle is None:
        raise ValueError(f"{drafter.title} needs a middle model between draft and target.")
    return MiddleSession(models.middle.open(prompt_ids, warp), below)


@dataclass(frozen=True)
class NoRows:
    """The rows of a session without a model: there are none."""

    def __getitem__(self, node: int) -> np.ndarray:
        """Always a KeyError."""
        raise KeyError(f"No model was run on node {node}.")

    def top(self, nodes: Sequence[int], count: int) -> list[Top]:
        """No tokens."""
        return [Top.none() for _ in nodes]

    def arrivals(self, nodes: Sequence[int], clocks: Sequence[Clocks], count: int) -> list[Arrivals | None]:
        """Races are run on the rows themselves."""
        return [None] * len(nodes)

    def sparse(self, nodes: Sequence[int | None], ids: np.ndarray) -> SparseRows:
        """Nothing kept."""
        return SparseRows.unknown(len(nodes))


@dataclass
class ContextSession:
    """The text so far, with no model to ask."""

    vocabulary: int
    ids: list[int]

    @property
    def length(self) -> int:
        """Tokens in the context."""
        return len(self.ids)

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """There is nothing to run."""
        return NoRows()

    def commit(self, ids: Sequence[int]) -> None:
        """Append ids."""
        self.ids = [*self.ids, *ids]

    def early_exit(self, share: float, warp: Warp) -> Session:
        """There are no layers."""
        raise ValueError("There is no model whose first layers could guess.")


@dataclass
class MiddleSession:
    """The middle model's session, with the small one's at the end of the same context."""

    middle: Session
    small: Session

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return self.middle.vocabulary

    @property
    def ids(self) -> Sequence[int]:
        """The context."""
        return self.middle.ids

    @property
    def length(self) -> int:
        """Tokens in the context."""
        return self.middle.length

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Rows:
        """A pass of the middle model."""
        return self.middle.feed(tokens, parents)

    def commit(self, ids: Sequence[int]) -> None:
        """Both models go on."""
        self.middle.commit(ids)
        self.small.commit(ids)

    def early_exit(self, share: float, warp: Warp) -> Session:
        """The middle model's first layers."""
        return self.middle.early_exit(share, warp)
