"""What a sweep is to do, as its file remembers it: prompts, methods, capacities and seeds."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from typing import Any

from specviz.records.settings import RunSettings

MOST_CELLS = 250_000  # rows of one sweep
OPENING = 80  # characters of a prompt that its record keeps


@dataclass(frozen=True)
class SweepPrompt:
    """A prompt as a sweep remembers it: not its text, but what tells whether it is the same.

    name, kind: as the prompt file gives them.  digest: SHA-256 of the text in UTF-8, 64 hexadecimal digits.
    opening: the first characters, to be recognised by.
    """

    name: str
    kind: str
    digest: str
    opening: str

    @classmethod
    def of(cls, name: str, kind: str, text: str) -> SweepPrompt:
        """From the text itself."""
        return cls(_whole(name), _whole(kind), digest_of(text), _whole(text)[:OPENING])


@dataclass(frozen=True)
class SweepMethod:
    """A drafter with a verifier, the siblings k that it tries, and the capacities P at which it is run."""

    drafter: str
    verifier: str
    drafts: int
    capacities: tuple[int, ...]

    @property
    def label(self) -> str:
        """drafter+verifier, as the command line writes it."""
        return f"{self.drafter}+{self.verifier}"


@dataclass(frozen=True)
class SweepCell:
    """One method at one capacity: what is done once for every prompt and every seed."""

    drafter: str
    verifier: str
    capacity: int
    drafts: int

    @property
    def label(self) -> str:
        """drafter+verifier@PxK, as the command line writes it."""
        return f"{self.drafter}+{self.verifier}@{self.capacity}x{self.drafts}"


@dataclass(frozen=True)
class SweepPlan:
    """Everything that decides the rows of a sweep, their times left out.

    settings: models, law, depth and length, which all rows share; its drafter, verifier, capacity, k and seed are those
        of the first row.
    separate: each row is a run of its own, so that its times can be compared; else rows share what is the same in them.
    Rows come in the order of `prompts`, then `seeds`, then `cells`. ValueError, in one sentence, for a plan without
    rows, with two equal cells or seeds, or with more than MOST_CELLS rows.
    """

    settings: RunSettings
    prompts: tuple[SweepPrompt, ...]
    methods: tuple[SweepMethod, ...]
    seeds: tuple[int, ...]
    separate: bool = False

    def __post_init__(self) -> None:
        if not (self.prompts and self.cells and self.seeds):
            raise ValueError("A sweep needs at least one prompt, one method, one P and one seed.")
        if len(set(self.cells)) < len(self.cells) or len(set(self.seeds)) < len(self.seeds):
            raise ValueError("A method, a P or a seed is named twice in this sweep; name each once.")
        if self.total > MOST_CELLS:
            raise ValueError(f"This sweep has {self.total:,} runs; at most {MOST_CELLS:,} fit into one file.")
        for cell in self.cells:
            for seed in self.seeds:
                self.settings_of(cell, seed)  # the range check

    @property
    def cells(self) -> tuple[SweepCell, ...]:
        """Every method at every one of its capacities, in the order of the rows."""
        return tuple(SweepCell(m.drafter, m.verifier, p, m.drafts) for m in self.methods for p in m.capacities)

    @property
    def total(self) -> int:
        """Rows of the finished sweep."""
        return len(self.prompts) * len(self.seeds) * len(self.cells)

    def settings_of(self, cell: SweepCell, seed: int) -> RunSettings:
        """The settings of the run behind one row."""
        return replace(self.settings, **asdict(cell), seed=seed)

    def as_dict(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self) | {"settings": self.settings.as_dict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SweepPlan:
        """The plan written by `as_dict`."""
        return cls(
            settings=RunSettings.from_dict(values["settings"]),
            prompts=tuple(SweepPrompt(**one) for one in values["prompts"]),
            methods=tuple(SweepMethod(**{**one, "capacities": tuple(one["capacities"])}) for one in values["methods"]),
            seeds=tuple(values["seeds"]),
            separate=values["separate"],
        )


def digest_of(text: str) -> str:
    """SHA-256 of a text in UTF-8, halves of characters replaced."""
    return hashlib.sha256(_whole(text).encode()).hexdigest()


def _whole(text: str) -> str:
    """Without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
