"""Everything that decides a run, in one hashable object: cache key, link and trace header alike."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

MAX_CAPACITY = 1024
MAX_DEPTH = 64
MAX_DRAFTS = 64
MAX_NEW_TOKENS = 4096
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Warp:
    """How logits become a law: temperature (0 is greedy), then the top_k most probable, then the top_p nucleus."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0


@dataclass(frozen=True)
class RunSettings:
    """Settings of one run.

    target, draft: a folder, a Hugging Face id or the name of an embedded model.
    middle: a model between the two, read by hierarchies only.
    drafter, verifier: a registered name, with arguments where it takes some: `relaxed(epsilon=0.2)`.
    temperature: 0 is greedy.  top_k: 0 is off.  top_p: 1 is off.
    capacity: P, draft nodes per target pass, the root not counted; 0 is plain decoding.
    drafts: k, siblings tried at a node.  depth: longest path.
    chat: whether the prompt is written as a chat message, in the target's own template.

    Raises ValueError, in one sentence, for a value out of range.
    """

    target: str = "fable/target"
    draft: str = "fable/draft"
    middle: str = "fable/middle"
    drafter: str = "best_first"
    verifier: str = "sample_and_look"
    temperature: float = 0.7
    top_k: int = 0
    top_p: float = 1.0
    capacity: int = 32
    drafts: int = 4
    depth: int = 8
    max_new_tokens: int = 64
    seed: int = 1
    chat: bool = False

    def __post_init__(self) -> None:
        if not math.isfinite(self.temperature) or not 0 <= self.temperature <= 5:
            raise ValueError(f"temperature must lie between 0 and 5; {self.temperature} was given.")
        if not math.isfinite(self.top_p) or not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must lie above 0 and at most 1; {self.top_p} was given.")
        if not isinstance(self.chat, bool):
            raise ValueError(f"chat must be true or false; {self.chat} was given.")
        ranges = {
            "top_k": (0, 10**7),
            "capacity": (0, MAX_CAPACITY),
            "drafts": (1, MAX_DRAFTS),
            "depth": (0, MAX_DEPTH),
            "max_new_tokens": (1, MAX_NEW_TOKENS),
            "seed": (0, MAX_SEED),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise ValueError(f"{name} must be a whole number between {low} and {high}; {value} was given.")

    @property
    def warp(self) -> Warp:
        """How the target's logits become its law."""
        return Warp(self.temperature, self.top_k, self.top_p)

    def as_dict(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RunSettings:
        """The settings written by `as_dict`; unknown names raise ValueError."""
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"Unknown settings: {', '.join(sorted(unknown))}.")
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError("A setting has a value of the wrong type.") from error
