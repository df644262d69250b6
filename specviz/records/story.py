"""A trace that tells one story: passes that follow each other and emit what their own trees and verdicts say."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from specviz.records.trace import DecodeTrace, Iteration
from specviz.records.verdict import DrawKind, State

ROUNDED = 1e-4  # files keep six digits


def check_story(trace: DecodeTrace) -> None:
    """ValueError where passes do not follow each other, or a pass emits what its own tree and verdict do not say."""
    if not trace.prompt_ids:
        raise ValueError("its prompt has no token")
    _check_ids(trace.prompt_ids, trace.vocabulary, "its prompt")
    position = len(trace.prompt_ids)
    for place, item in enumerate(trace.iterations):
        if item.index != place or item.context_len != position or not item.emitted:
            raise ValueError(f"pass {place + 1} does not go on where the one before it ended")
        _check_pass(item, trace.vocabulary)
        position += len(item.emitted)


def _check_pass(item: Iteration, vocabulary: int) -> None:
    number, tree, verdict = item.index + 1, item.tree, item.verdict
    path = verdict.path.tolist()
    if path and (path[0] == 0 or tuple(path) != tree.path(path[-1])):
        raise ValueError(f"the accepted path of pass {number} is not a path of its tree")
    kept = {0: State.ROOT} | dict.fromkeys(path, State.ACCEPTED)
    told = {node: state for node, state in enumerate(verdict.state.tolist()) if state in (State.ROOT, State.ACCEPTED)}
    if told != kept:
        raise ValueError(f"the states of pass {number} do not fit its accepted path")
    said = [*tree.token[path].tolist(), verdict.closing_token]
    if list(item.emitted) != said[: len(item.emitted)]:
        raise ValueError(f"pass {number} emits other tokens than it accepted")
    for rows in (item.draft, item.target, *item.residuals.values()):
        known = rows.ids[rows.ids >= 0]
        _check_ids((known.max(initial=0),), vocabulary, f"a row of pass {number}")
    named = (verdict.closing_token, *(draw.token for draw in verdict.draws if draw.token != -1))
    if (item.second_moment < item.entropy**2 * (1 - ROUNDED) - ROUNDED).any():
        raise ValueError(f"a second moment of pass {number} is smaller than the square of its entropy")
    if any(draw.kind == DrawKind.COIN and not np.isfinite(draw.law) for draw in verdict.draws):
        raise ValueError(f"a coin of pass {number} has no threshold")
    _check_ids((*tree.ids[1:], *named), vocabulary, f"pass {number}")


def _check_ids(ids: Iterable[int], vocabulary: int, place: str) -> None:
    if not all(0 <= token < vocabulary for token in ids):
        raise ValueError(f"{place} holds a token that is not in the vocabulary")
