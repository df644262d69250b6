"""One cell of a sweep with its parts, and what may be shared with others."""

from __future__ import annotations

from dataclasses import dataclass

from specviz.drafting import make_drafter
from specviz.engine.guessers import draft_warp
from specviz.engine.step import chance_of
from specviz.engine.sweep.texts import TextKind, text_kind
from specviz.race import DRAFT
from specviz.records import RunSettings
from specviz.records.sweep import SweepCell, SweepPlan
from specviz.seams import Drafter, Guesser, Verifier
from specviz.verification import make_verifier

FOLLOWS = frozenset({Guesser.DRAFT, Guesser.LAYERED, Guesser.CONTEXT})  # these guess without the target


@dataclass(frozen=True)
class Cell:
    """A cell at one seed. settings: of the run that it stands for."""

    cell: SweepCell
    settings: RunSettings
    drafter: Drafter
    verifier: Verifier

    @classmethod
    def of(cls, plan: SweepPlan, cell: SweepCell, seed: int) -> Cell:
        """With its drafter and verifier."""
        settings = plan.settings_of(cell, seed)
        return cls(cell, settings, make_drafter(cell.drafter), make_verifier(cell.verifier))

    @property
    def text_kind(self) -> TextKind | None:
        """Equal for cells that write one text; None for one that may write another for every tree."""
        return text_kind(self.settings, self.verifier)

    @property
    def follows(self) -> bool:
        """Whether its trees can be grown along a known text without a pass of the target."""
        return self.drafter.guesser in FOLLOWS

    @property
    def grows_like(self) -> tuple[object, ...]:
        """Equal for cells whose trees come from one session and one source of chance."""
        chance = chance_of(self.settings, self.verifier, 0, DRAFT)
        law = draft_warp(self.settings, self.drafter, self.verifier)
        return self.cell.drafter, self.cell.drafts, tuple(chance.items()), law
