"""What the methods of a sweep are called, and how each is told from the others in every picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specviz.figures.compare.lanes import lane_method
from specviz.figures.labels import lettered
from specviz.figures.theme import STRATEGY
from specviz.metrics.sweep import MethodKey
from specviz.records import RunSettings

MARKS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True)
class Style:
    """Colour, mark and dash of one method; the mark and the dash tell it apart without its colour."""

    colour: str
    mark: str
    dash: str


def method_names(keys: Sequence[MethodKey]) -> dict[MethodKey, str]:
    """A name for each method: its titles, with k where another differs by nothing else, else as the file writes it."""
    titles = {key: lane_method(RunSettings(drafter=key[0], verifier=key[1], capacity=1)) for key in keys}
    names = {}
    for key, title in titles.items():
        same = [other for other in keys if titles[other] == title]
        if len({other[:2] for other in same}) > 1:
            title = f"{key[0]} + {key[1]}"
        names[key] = title if len({other[2] for other in same}) == 1 else f"{title}, k = {key[2]}"
    return names


def method_styles(names: Sequence[str]) -> dict[str, Style]:
    """A style for each method by its place in the sweep, so that it looks alike in every picture."""
    return {
        name: Style(STRATEGY[i % len(STRATEGY)], MARKS[i % len(MARKS)], DASHES[i // len(STRATEGY) % len(DASHES)])
        for i, name in enumerate(names)
    }


def label(text: str, limit: int = 60) -> str:
    """A name from a file as a chart may show it: visible, short, and no markup."""
    return lettered(text, limit)
