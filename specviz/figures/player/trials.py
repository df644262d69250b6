"""The trials at one node in their order: each coin against its chance, what was left after each loss, the last draw.

trial = {k, t, n, law, u, ok} and, by kind k,
    coin, choice: left = [[text, before, after]], the target's remaining law around a loss, where it was recorded;
    pick: spans = [[text, start, width, node]], the parts of [0, 1) that the draw u could have fallen into;
    clock: field = [[text, arrival under the target, node]], earliest first;
    none: a guess that lost without a draw, because nothing was left for it.
"""

from __future__ import annotations

import math
from typing import Any

from specviz.figures.player.reasons import FINAL, draws_at, rounded, token_text
from specviz.records import Draw, DrawKind, Iteration, SparseRows, State

CHANGED = 4  # candidates whose probability before and after a rejection is shown
FIELD = 6  # arrivals of a race that are shown beside the guesses
THINNEST = 0.002  # parts of [0, 1) below this width cannot be seen


def trials(item: Iteration, node: int, texts: dict[int, str]) -> list[dict[str, Any]]:
    """What was tried after `node`, in order; empty where nothing was drawn and nothing lost."""
    left = item.residuals.get(node)
    before: dict[int, float] | None = item.target.row(node)
    law: tuple[SparseRows, int] | None = (item.target, node)
    found, lost = [], 0
    for draw in draws_at(item, node):
        trial = _trial(item, draw, texts)
        if draw.kind == DrawKind.COIN and not draw.outcome:
            known = left is not None and lost < len(left.ids) and left.known(lost)
            law = (left, lost) if left is not None and known else None
            after = left.row(lost) if left is not None and known else None
            if after is not None:
                trial["left"] = _change(before, after, draw.token, texts)
            before, lost = after, lost + 1
        elif draw.kind == DrawKind.PICK and law is not None:
            trial |= _spans(item, draw, *law, texts)
        elif draw.kind == DrawKind.CLOCK:
            trial |= _field(item, draw, texts)
        found.append(trial)
    return _in_order(item, node, found, _without_draw(item, node, texts))


def _trial(item: Iteration, draw: Draw, texts: dict[int, str]) -> dict[str, Any]:
    return {
        "k": str(draw.kind),
        "t": token_text(texts, draw.token),
        "n": item.tree.child(draw.node, draw.token),
        "law": rounded(draw.law),
        "u": rounded(draw.u),
        "ok": int(draw.outcome),
    }


def _change(
    before: dict[int, float] | None, after: dict[int, float], token: int, texts: dict[int, str]
) -> list[list[Any]]:
    """The rejected guess and the weightiest others, before and after; None where a row did not keep the token."""
    old = before or {}
    weight = {other: max(old.get(other, 0.0), after.get(other, 0.0)) for other in (*old, *after)}
    weight.pop(token, None)
    others = sorted(weight, key=lambda other: -weight[other])[: CHANGED - 1]
    return [
        [token_text(texts, one), rounded(old.get(one)), rounded(after.get(one, 0.0 if one == token else None))]
        for one in (token, *others)
    ]


def _spans(
    item: Iteration, draw: Draw, rows: SparseRows, row: int, texts: dict[int, str]
) -> dict[str, list[list[Any]]]:
    """Where the drawn token and the guesses lie in [0, 1); nothing where this row is not what was drawn from."""
    ids = rows.ids[row].tolist()
    parts = {}
    for token in (draw.token, *(item.tree.ids[i] for i in item.tree.children[draw.node])):
        if token in ids:
            place = ids.index(token)
            parts[token] = (float(rows.below[row, place]), float(rows.probs[row, place]))
    start, width = parts.get(draw.token, (math.nan, 0.0))
    if not (abs(width - draw.law) < 1e-3 and start - 1e-3 <= draw.u <= start + width + 1e-3):
        return {}
    shown = {token: part for token, part in parts.items() if part[1] >= THINNEST or token == draw.token}
    return {
        "spans": [
            [token_text(texts, token), rounded(start), rounded(width), item.tree.child(draw.node, token)]
            for token, (start, width) in shown.items()
        ]
    }


def _field(item: Iteration, draw: Draw, texts: dict[int, str]) -> dict[str, list[list[Any]]]:
    """The winner, the guesses and the next arrivals, earliest first."""
    race = item.races.get(draw.node)
    if race is None:
        return {}
    times = dict(zip(race.ids.tolist(), race.target_arrival.tolist(), strict=True)) | {draw.token: draw.u}
    guesses = {item.tree.ids[i] for i in item.tree.children[draw.node]}
    order = sorted((token for token in times if math.isfinite(times[token])), key=lambda token: times[token])
    shown = [token for place, token in enumerate(order) if place < 3 or token in guesses][:FIELD]
    return {
        "field": [
            [token_text(texts, token), rounded(times[token]), item.tree.child(draw.node, token)] for token in shown
        ]
    }


def _in_order(
    item: Iteration, node: int, drawn: list[dict[str, Any]], silent: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The guesses that needed no draw among the others, by the order in which the tree offers them."""
    if not silent:
        return drawn
    offered = {child: place for place, child in reversed(list(enumerate(item.tree.trials(node))))}
    last = [trial for trial in drawn if trial["k"] in FINAL]
    tried = [trial for trial in drawn if trial["k"] not in FINAL] + silent
    return sorted(tried, key=lambda trial: offered.get(trial["n"], 0)) + last


def _without_draw(item: Iteration, node: int, texts: dict[int, str]) -> list[dict[str, Any]]:
    """Guesses that lost before a coin was thrown, at a node where no last draw decided about them."""
    draws = draws_at(item, node)
    if any(draw.kind in FINAL for draw in draws) and not any(draw.kind == DrawKind.COIN for draw in draws):
        return []
    tested = {draw.token for draw in draws}
    return [
        {"k": "none", "t": token_text(texts, item.tree.ids[child]), "n": child, "law": 0.0, "u": None, "ok": 0}
        for child in item.tree.children[node]
        if item.verdict.state[child] == State.REJECTED
        and item.tree.ids[child] not in tested
        and item.verdict.accept_prob[child] == 0
    ]
