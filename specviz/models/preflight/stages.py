"""The named steps of loading a pair. No torch, so that a page can name them before anything is loaded."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class LoadStage(StrEnum):
    """What is being done, in order."""

    START = "Start the libraries"
    NAMES = "Check the names"
    TOKENIZERS = "Read both tokenizers"
    VOCABULARIES = "Compare the vocabularies"
    MEMORY = "Weigh against the memory"
    TARGET = "Load the target"
    DRAFT = "Load the draft model"
    PASS = "Try a first pass"
    COSTS = "Measure what a pass costs"


# Told of a stage when it begins, and again with a note (at most a line) when there is something to say about it.
Watch = Callable[[LoadStage, str], None]


def unwatched(stage: LoadStage, note: str) -> None:
    """For whoever only wants the pair."""
