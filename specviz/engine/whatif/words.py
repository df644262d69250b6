"""What other settings change about a pass, as the end of a sentence."""

from __future__ import annotations

from collections.abc import Callable

from specviz.records import Iteration, State

PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def change_in_words(old: Iteration, new: Iteration, name: Callable[[int], str]) -> str:
    """The first place where two verdicts on the same context part, and why. name: how a token is written."""
    before, after = _path(old), _path(new)
    same = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    if before == after:
        if new.tree.size == old.tree.size and new.verdict.closing_token == old.verdict.closing_token:
            return "nothing changes: the same guesses, the same verdict."
        kept = f"the same {len(after)} guesses are kept" if len(after) != 1 else "the same guess is kept"
        kept = kept if after else "no guess is kept either way"
        size = "" if new.tree.size == old.tree.size else f", out of {new.tree.size} instead of {old.tree.size}"
        closing = "" if old.verdict.closing_token == new.verdict.closing_token else "; the closing token is another one"
        return f"{kept}{size}{closing}."
    if same == len(after):
        lost = before[same]
        again = ", and comes as the closing token instead" if new.verdict.closing_token == lost else ""
        return f"the {_place(same)} guess would have been lost: {name(lost)} {_fate(new, after, lost)}{again}."
    won = after[same]
    if same == len(before):
        fate = "would have been guessed too" if _child(old, before[:same], won) is None else "would have been kept"
        return f"one more guess would have been won: {name(won)} {fate}."
    return f"the {_place(same)} token would have been another: {name(won)} instead of {name(before[same])}."


def _path(item: Iteration) -> list[int]:
    return [int(token) for token in item.tree.token[item.verdict.path]]


def _child(item: Iteration, path: list[int], token: int) -> int | None:
    node: int | None = 0
    for one in (*path, token):
        node = None if node is None else item.tree.child(node, one)
    return node


def _fate(item: Iteration, path: list[int], token: int) -> str:
    node = _child(item, path, token)
    if node is None:
        return "would not have been guessed"
    examined = item.verdict.state[node] == State.REJECTED
    return "would have been guessed and rejected" if examined else "would not have been examined"


def _place(index: int) -> str:
    return PLACES[index] if index < len(PLACES) else f"{index + 1}th"
