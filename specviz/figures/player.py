"""What the run player draws: a run as plain JSON, every sentence of the inspector included.

payload = {prompt: [text], tokens: [{t, k, i, n}], iterations: [iteration], outcomes: {...}, first}
    tokens: emitted tokens: text t, kind k, iteration i, node n (null for a closing token).
iteration = {i, ctx, accepted, emitted, seconds, nodes: [node], closing: {t, k, n, y}, path, rows, leaves, races}
node = {t, parent, d, r, s, y, q, p, w, a, o, why, aq, ap}
    token, parent, depth, rank, state, row, draft and target probability, path probability, acceptance chance when it
    was examined, place in the order of trial, sentence, arrival times under draft and target.
rows = {node: {q: [[text, probability]], p: [...]}} for visited nodes.
"""

from __future__ import annotations

import math
from typing import Any

from specviz.figures.labels import OUTCOMES, visible
from specviz.figures.layout import leaf_layout
from specviz.records import DecodeTrace, Draw, DrawKind, Iteration, Sampling, State

KEPT = 8  # candidates of a row that the inspector compares

_STATES = {
    State.ROOT: "root",
    State.ACCEPTED: "accepted",
    State.REJECTED: "rejected",
    State.UNSEEN: "unseen",
}


def player_payload(trace: DecodeTrace, first: int = 0, last: int | None = None) -> dict[str, Any]:
    """The run, with the trees of iterations first..last-1 only (all by default)."""
    tokens = []
    for item in trace.iterations:
        path = item.verdict.path.tolist()
        for place, token in enumerate(item.emitted):
            drafted = place < len(path)
            kind = "accepted" if drafted else str(item.verdict.closing_kind)
            node = path[place] if drafted else None
            tokens.append({"t": visible(_text(trace, token)), "k": kind, "i": item.index, "n": node})
    return {
        "prompt": [visible(_text(trace, token)) for token in trace.prompt_ids],
        "tokens": tokens,
        "iterations": [_iteration(trace, item) for item in trace.iterations[first:last]],
        "first": first,
        "outcomes": {
            name: {"mark": o.mark, "light": o.light, "dark": o.dark, "definition": o.definition}
            for name, o in OUTCOMES.items()
        },
    }


def node_table(iteration: Iteration, texts: dict[int, str]) -> list[dict[str, Any]]:
    """One row per draft node: the table twin of the tree."""
    tree, verdict = iteration.tree, iteration.verdict
    rows = []
    for node in range(1, tree.size + 1):
        parent = int(tree.parent[node])
        token = int(tree.token[node])
        rows.append(
            {
                "node": node,
                "parent": parent,
                "depth": int(tree.depth[node]),
                "rank": int(tree.rank[node]),
                "token": visible(texts.get(token, f"<{token}>")),
                "draft probability": iteration.draft.prob(parent, token),
                "target probability": iteration.target.prob(parent, token),
                "path probability": float(tree.path_prob[node]),
                "acceptance chance": _rounded(verdict.accept_prob[node]),
                "outcome": _STATES[State(int(verdict.state[node]))],
                "why": _why(iteration, node, texts),
            }
        )
    return rows


def _text(trace: DecodeTrace, token: int) -> str:
    return trace.texts.get(token, f"<{token}>")


def _rounded(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(f"{float(value):.4g}")


def _iteration(trace: DecodeTrace, item: Iteration) -> dict[str, Any]:
    tree, verdict = item.tree, item.verdict
    path = verdict.path.tolist()
    end = path[-1] if path else 0
    children = [list(nodes) for nodes in tree.children]
    children[end].append(tree.size + 1)  # the closing token stands below the children of the last accepted node
    rows = leaf_layout([*children, []])
    return {
        "i": item.index,
        "ctx": item.context_len,
        "accepted": len(path),
        "emitted": len(item.emitted),
        "seconds": [_rounded(s) for s in (item.seconds.draft, item.seconds.target, item.seconds.verify)],
        "nodes": [_node(trace, item, node, float(rows[node])) for node in range(tree.size + 1)],
        "closing": {
            "t": visible(_text(trace, verdict.closing_token)),
            "k": str(verdict.closing_kind),
            "n": end,
            "y": float(rows[-1]),
            "why": _why_closing(item, end, trace.texts),
            "p": _rounded(item.target.prob(end, verdict.closing_token)),
        },
        "path": path,
        "rows": {str(node): _rows(trace, item, node) for node in [0, *path]},
        "leaves": float(rows.max()) + 1,
        "races": bool(item.races),
    }


def _node(trace: DecodeTrace, item: Iteration, node: int, row: float) -> dict[str, Any]:
    tree, verdict = item.tree, item.verdict
    if node == 0:
        last = trace.emitted[item.context_len - len(trace.prompt_ids) - 1] if item.index else trace.prompt_ids[-1]
        return {"t": visible(_text(trace, last)), "parent": -1, "d": 0, "r": 0, "s": "root", "y": row, "w": 1.0}
    parent, token = int(tree.parent[node]), int(tree.token[node])
    values: dict[str, Any] = {
        "t": visible(_text(trace, token)),
        "parent": parent,
        "d": int(tree.depth[node]),
        "r": int(tree.rank[node]),
        "s": _STATES[State(int(verdict.state[node]))],
        "y": row,
        "q": _rounded(item.draft.prob(parent, token)),
        "p": _rounded(item.target.prob(parent, token)),
        "w": _rounded(float(tree.path_prob[node])),
        "a": _rounded(float(verdict.accept_prob[node])),
        "why": _why(item, node, trace.texts),
    }
    tried = [draw.token for draw in _draws(item, parent) if draw.kind == DrawKind.COIN]
    if token in tried:
        values["o"] = tried.index(token) + 1
    race = item.races.get(parent)
    if race is not None and token in race.ids:
        place = race.ids.tolist().index(token)
        if tree.sampling != Sampling.INDEPENDENT_RACES:  # whose sequences raced each on its own clocks
            values["aq"] = _rounded(float(race.draft_arrival[place]))
        values["ap"] = _rounded(float(race.target_arrival[place]))
    return values


def _rows(trace: DecodeTrace, item: Iteration, node: int) -> dict[str, Any]:
    """The most probable candidates after a node under both models."""
    laws = {"q": item.draft.row(node), "p": item.target.row(node)}
    return {
        name: [[visible(_text(trace, token)), _rounded(prob)] for token, prob in list(law.items())[:KEPT]]
        for name, law in laws.items()
    }


def _draws(item: Iteration, node: int) -> list[Draw]:
    return [draw for draw in item.verdict.draws if draw.node == node]


def _quoted(texts: dict[int, str], token: int) -> str:
    return f"\u201c{visible(texts.get(token, f'<{token}>'))}\u201d"


def _why(item: Iteration, node: int, texts: dict[int, str]) -> str:
    """One sentence: why this guess was accepted, rejected or never examined."""
    tree, state = item.tree, State(int(item.verdict.state[node]))
    parent, token = int(tree.parent[node]), int(tree.token[node])
    if state == State.UNSEEN:
        return _why_unseen(item, node, texts)
    draws = _draws(item, parent)
    coins = [draw for draw in draws if draw.kind == DrawKind.COIN]
    own = [draw for draw in coins if draw.token == token]
    if own:  # of several trials of one guess the last decides
        if own[-1].outcome:
            return f"The coin u = {own[-1].u:.3f} fell below its chance {own[-1].law:.3f}: accepted."
        if state == State.REJECTED:
            return f"The coin u = {own[-1].u:.3f} did not fall below its chance {own[-1].law:.3f}: rejected."
    final = next((draw for draw in draws if draw.kind in (DrawKind.PICK, DrawKind.CLOCK)), None)
    if final is None:
        if state == State.ACCEPTED:
            return "A guess further down this path passed its test, and all before it is kept with it: accepted."
        return "Nothing of the target's law was left for it: rejected."
    return _why_final(final, token, bool(coins), texts)


def _why_unseen(item: Iteration, node: int, texts: dict[int, str]) -> str:
    parent = int(item.tree.parent[node])
    if item.verdict.state[parent] not in (State.ROOT, State.ACCEPTED):
        return "Never examined: the guess before it was not kept."
    if any(draw.kind == DrawKind.CHOICE for draw in _draws(item, parent)):
        return "Of the two guesses the other one was put to the test."
    winner = next((i for i in item.tree.children[parent] if item.verdict.state[i] == State.ACCEPTED), None)
    if winner is not None:
        return f"Never tried: {_quoted(texts, int(item.tree.token[winner]))} was accepted before its turn."
    return "Never examined."


def _why_final(final: Draw, token: int, after_coins: bool, texts: dict[int, str]) -> str:
    """The draw that ended the trials at a node, seen from one guess."""
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
    return f"The target drew {other} instead: rejected."


def _why_closing(item: Iteration, end: int, texts: dict[int, str]) -> str:
    own = [draw for draw in _draws(item, end) if draw.kind in (DrawKind.PICK, DrawKind.CLOCK)]
    lost = sum(1 for draw in _draws(item, end) if draw.kind == DrawKind.COIN)
    if not item.tree.size:
        return "Nothing was guessed: the target writes one token, as it would alone."
    if not item.tree.children[end]:
        return "The path was accepted to its end, so the target adds one token of its own for free."
    if lost:
        trials = "The one trial here was" if lost == 1 else f"All {lost} trials here were"
        return f"{trials} lost; this token was drawn from the residual law that was left."
    how = "won the target's race" if own and own[-1].kind == DrawKind.CLOCK else "is what the target drew"
    return f"This token {how}, and no guess carried it."
