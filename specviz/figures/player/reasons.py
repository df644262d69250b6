"""Why each guess was accepted, rejected or never examined, in one sentence each."""

from __future__ import annotations

import math

from specviz.figures.labels import visible
from specviz.records import Draw, DrawKind, Iteration, State

STATES = {
    State.ROOT: "root",
    State.ACCEPTED: "accepted",
    State.REJECTED: "rejected",
    State.UNSEEN: "unseen",
}
_KEPT = (int(State.ROOT), int(State.ACCEPTED))
FINAL = (DrawKind.PICK, DrawKind.CLOCK)  # the draw that ends the trials at a node


def token_text(texts: dict[int, str], token: int) -> str:
    """Visible text of a token, its number where the record holds none."""
    return visible(texts.get(token, f"<{token}>"))


def rounded(value: float | None) -> float | None:
    """Four digits; None where nothing was measured."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{float(value):.4g}")


def draws_at(item: Iteration, node: int) -> list[Draw]:
    """Every use of randomness at one node, in its order."""
    return [draw for draw in item.verdict.draws if draw.node == node]


def why(item: Iteration, node: int, texts: dict[int, str]) -> str:
    """One sentence: why this guess was accepted, rejected or never examined."""
    tree, state = item.tree, State(int(item.verdict.state[node]))
    parent, token = int(tree.parent[node]), tree.ids[node]
    if state == State.UNSEEN:
        return _why_unseen(item, node, texts)
    draws = draws_at(item, parent)
    coins = [draw for draw in draws if draw.kind == DrawKind.COIN]
    own = [draw for draw in coins if draw.token == token]
    if own:  # of several trials of one guess the last decides
        if own[-1].outcome:
            return f"The coin u = {own[-1].u:.3f} fell below its chance {own[-1].law:.3f}: accepted."
        if state == State.REJECTED:
            return f"The coin u = {own[-1].u:.3f} did not fall below its chance {own[-1].law:.3f}: rejected."
    final = next((draw for draw in draws if draw.kind in FINAL), None)
    if final is None:
        if state == State.ACCEPTED:
            return "A guess further down this path passed its test, and all before it is kept with it: accepted."
        return "Nothing of the target's law was left for it: rejected."
    return _why_final(final, token, bool(coins), texts, item.target.prob(parent, token))


def why_closing(item: Iteration, end: int) -> str:
    """One sentence: where the closing token came from."""
    own = [draw for draw in draws_at(item, end) if draw.kind in FINAL]
    lost = sum(1 for draw in draws_at(item, end) if draw.kind == DrawKind.COIN)
    if not item.tree.size:
        return "Nothing was guessed: the target writes one token, as it would alone."
    if not item.tree.children[end]:
        return "The path was accepted to its end, so the target adds one token of its own for free."
    if lost:
        trials = "The one trial here was" if lost == 1 else f"All {lost} trials here were"
        return f"{trials} lost; this token was drawn from the residual law that was left."
    how = "won the target's race" if own and own[-1].kind == DrawKind.CLOCK else "is what the target drew"
    return f"This token {how}, and no guess carried it."


def _quoted(texts: dict[int, str], token: int) -> str:
    return f"\u201c{token_text(texts, token)}\u201d"


def _why_unseen(item: Iteration, node: int, texts: dict[int, str]) -> str:
    parent = int(item.tree.parent[node])
    if int(item.verdict.state[parent]) not in _KEPT:
        return "Never examined: the guess before it was not kept."
    if any(draw.kind == DrawKind.CHOICE for draw in draws_at(item, parent)):
        return "Of the two guesses the other one was put to the test."
    winner = next((i for i in item.tree.children[parent] if item.verdict.state[i] == _KEPT[1]), None)
    if winner is not None:
        return f"Never tried: {_quoted(texts, item.tree.ids[winner])} was accepted before its turn."
    return "Never examined."


def _why_final(final: Draw, token: int, after_coins: bool, texts: dict[int, str], prob: float | None) -> str:
    """The draw that ended the trials at a node, seen from one guess. prob: the target's for it."""
    hit, other = final.token == token, _quoted(texts, final.token)
    if final.kind == DrawKind.CLOCK:
        if hit:
            return f"It arrived first under the target too, at {final.u:.3g}: accepted."
        return f"Under the target {other} arrived first, at {final.u:.3g}: rejected."
    if after_coins:
        if hit:
            return f"The replacement, drawn from the residual law, was this guess (chance {final.law:.3f}): accepted."
        return f"It had no test of its own, and the replacement from the residual law was {other}: rejected."
    if hit:
        return f"The target drew its own token, and it was this one (chance {final.law:.3f}): accepted."
    if prob is None:
        return f"The target drew {other} instead: rejected."
    return f"The target drew {other} (chance {final.law:.2f}) instead of this one (chance {prob:.2f}): rejected."
