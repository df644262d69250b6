"""Whether two records are the same run: equal in all that the seed decides, whatever the clock on the wall said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from specviz.records.store import trace_to_dict
from specviz.records.trace import DecodeTrace, Iteration, StopReason

_BROKEN_OFF = (StopReason.STOPPED, StopReason.FAILED, StopReason.INTERRUPTED)


@dataclass(frozen=True)
class Difference:
    """Where two runs first differ.

    part: "settings", "prompt", "tree", "verdict", "text", "passes" (one ended earlier) or "numbers" (the same tokens
    and trees, other digits of some probability).  index: the pass, from 0, or None where it is not about one.
    """

    part: str
    index: int | None = None


def comparable(trace: DecodeTrace) -> dict[str, Any]:
    """The record as plain values without seconds and versions: what the same settings and seed must give again."""
    values = trace_to_dict(trace)
    values["provenance"].pop("versions")
    for item in values["iterations"]:
        item.pop("seconds")
    return values


def same_run(one: DecodeTrace, other: DecodeTrace) -> bool:
    """Whether the records are equal apart from seconds and versions, to the six digits that a file keeps."""
    return comparable(one) == comparable(other)


def first_difference(recorded: DecodeTrace, again: DecodeTrace) -> Difference | None:
    """The first place where a repetition left the recorded run, or None.

    Tokens and trees come first, digits last: models on another machine round differently. A run that was stopped is
    compared as far as it came.
    """
    if recorded.settings != again.settings:
        return Difference("settings")
    if recorded.prompt_ids != again.prompt_ids:
        return Difference("prompt")
    pairs = list(zip(recorded.iterations, again.iterations, strict=False))
    for one, other in pairs:
        part = _part(one, other)
        if part:
            return Difference(part, one.index)
    short = len(again.iterations) - len(recorded.iterations)
    if short < 0 or (short > 0 and recorded.stop_reason not in _BROKEN_OFF):
        return Difference("passes", len(pairs))
    before, after = comparable(recorded)["iterations"], comparable(again)["iterations"]
    for index, (one, other) in enumerate(zip(before, after, strict=False)):
        if one != other:
            return Difference("numbers", index)
    return None


def _part(one: Iteration, other: Iteration) -> str:
    """What differs in one pass, probabilities left aside, or ""."""
    tree, its = one.tree, other.tree
    if not (np.array_equal(tree.token, its.token) and np.array_equal(tree.parent, its.parent)):
        return "tree"
    said, answer = one.verdict, other.verdict
    if not np.array_equal(said.state, answer.state) or said.closing_kind != answer.closing_kind:
        return "verdict"
    return "" if one.emitted == other.emitted else "text"


def common_tokens(one: DecodeTrace, other: DecodeTrace) -> int:
    """How many emitted tokens agree before the first that differs."""
    shared = 0
    for token, its in zip(one.emitted, other.emitted, strict=False):
        if token != its:
            break
        shared += 1
    return shared
