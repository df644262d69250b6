"""What both models say at every place of one text: the numbers, and the best candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from specviz.records.trace import Provenance

GIVEN = ""  # the outcome of a token that was not decoded here
COLUMNS = ("target_prob", "draft_prob", "target_entropy", "draft_entropy", "distance")
TABLES = ("target_candidates", "draft_candidates")


@dataclass(frozen=True, eq=False)
class Along:
    """N places of a text at one temperature.

    target_prob, draft_prob: float32[N], p and q of the token that stands there.
    target_entropy, draft_entropy: float32[N], nats.  distance: float32[N], TV(p, q).
    target_candidates, draft_candidates: float32[N, m], p and q of the candidates of the place.
    """

    temperature: float
    target_prob: np.ndarray
    draft_prob: np.ndarray
    target_entropy: np.ndarray
    draft_entropy: np.ndarray
    distance: np.ndarray
    target_candidates: np.ndarray
    draft_candidates: np.ndarray

    @property
    def acceptance(self) -> np.ndarray:
        """float32[N]: chance that one guess of the draft model is accepted there, 1 - TV."""
        return np.clip(1.0 - self.distance, 0.0, 1.0)

    @property
    def surprisal(self) -> np.ndarray:
        """float64[N]: -log p of the token, nats; infinite where the target would never write it."""
        with np.errstate(divide="ignore"):
            return np.maximum(0.0, -np.log(self.target_prob.astype(np.float64)))


@dataclass(frozen=True, eq=False)
class TextReading:
    """A text read by both models, each place given everything before it.

    tokens: int32[N+1]; nothing stands before the first one, so place i is about tokens[i + 1].
    outcomes: N+1 names, "" for a token that was given, else accepted, bonus or correction.
    rank: int32[N], 1 + number of tokens that the draft model finds more probable than the one that stands there.
    candidates: int32[N, m], the most probable ids of both models, -1 where there are fewer.
    along: the numbers at each temperature.  texts: visible text of every id that occurs.
    seconds: time of reading.  note: one sentence on what was left out, or "".
    Raises ValueError when the columns do not fit together.
    """

    provenance: Provenance
    tokens: np.ndarray
    outcomes: tuple[str, ...]
    rank: np.ndarray
    candidates: np.ndarray
    along: tuple[Along, ...]
    texts: dict[int, str]
    seconds: float
    note: str = ""

    def __post_init__(self) -> None:
        places = self.places
        if places < 1 or len(self.outcomes) != places + 1 or len(self.rank) != places or not self.along:
            raise ValueError("a column of the reading has the wrong length.")
        if self.candidates.ndim != 2 or len(self.candidates) != places:
            raise ValueError("the candidates of a place are missing.")
        for part in self.along:
            if any(getattr(part, name).shape != (places,) for name in COLUMNS):
                raise ValueError(f"a column at temperature {part.temperature:g} has the wrong length.")
            if any(getattr(part, name).shape != self.candidates.shape for name in TABLES):
                raise ValueError(f"the candidates at temperature {part.temperature:g} do not fit.")
        ids = {*self.tokens.tolist(), *self.candidates[self.candidates >= 0].tolist()}
        if not ids <= set(self.texts):
            raise ValueError("a token has no text.")

    @property
    def places(self) -> int:
        """N."""
        return len(self.tokens) - 1

    @property
    def temperatures(self) -> tuple[float, ...]:
        """The temperatures that were read."""
        return tuple(part.temperature for part in self.along)

    def at(self, temperature: float) -> Along:
        """The numbers at one of its temperatures; KeyError for another."""
        return {part.temperature: part for part in self.along}[temperature]


@dataclass(frozen=True)
class Span:
    """Places first..last-1 of a reading, their mean numbers, and why drafting works there or not.

    acceptance: mean of 1 - TV.  target_entropy, draft_entropy: means, nats.
    """

    first: int
    last: int
    acceptance: float
    target_entropy: float
    draft_entropy: float
    why: str
