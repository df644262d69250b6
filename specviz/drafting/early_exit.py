"""The target drafts for itself with its first layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.drafting.base import DRAFTERS, OwnTrees
from specviz.drafting.chain import grow_chain
from specviz.records import DraftTree, Rows, Sampling
from specviz.registry import parameter
from specviz.seams import Chance, Guesser, Round, Session


@DRAFTERS.register
@dataclass(frozen=True)
class EarlyExit(OwnTrees):
    """A chain drawn from the target's own first layers and its head, on the target's own cache [29].

    No second model has to be trained or kept in memory; but a head that was never trained on an early layer reads it
    badly unless the model was trained for it.
    """

    name: ClassVar[str] = "early_exit"
    title: ClassVar[str] = "Early exit"
    summary: ClassVar[str] = "A chain guessed by the target's own first layers; there is no draft model."
    cost: ClassVar[str] = "`share` of a target pass per token"
    reference: ClassVar[int] = 29
    sampling: ClassVar[Sampling] = Sampling.SINGLE
    uses: ClassVar[frozenset[str]] = frozenset({"capacity", "depth"})
    guesser: ClassVar[Guesser] = Guesser.EARLY_LAYERS
    real: ClassVar[bool] = True
    share: float = parameter(0.75, 0.0, 1.0, "share of the target's layers that guess")

    def grow(self, session: Session, chance: Chance, limits: Round) -> tuple[DraftTree, Rows]:
        """min(depth, P) nodes in a line."""
        return grow_chain(session, chance, limits)
