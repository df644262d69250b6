"""What the run player draws: a run as plain JSON, every sentence of the inspector included.

payload = {prompt: [text], tokens: [{t, k, i, n}], iterations: [iteration], says: [sentence], outcomes, first, view}
    tokens: emitted tokens: text t, kind k, iteration i, node n (null for a closing token).
    view: "tree" or "icicle", which of the two is shown until a visitor chooses.
iteration = {i, ctx, accepted, emitted, seconds, nodes: [node], closing: {t, k, n, y, why}, path, rows, trials, leaves,
    races}
node = {t, parent, d, r, s, y, q, p, w, a, o, why, aq, ap}
    token, parent, depth, rank, state, row, draft and target probability, path probability, acceptance chance when it
    was examined, its places in the order of trial, number of its sentence, arrival under draft and target.
rows = {node: {q: [[text, probability]], p: [...]}} and trials = {node: [trial]} for visited nodes; a trial is explained
    in player_trials.

A page may add: autoplay, compact (the picture and the inspector only), open: {iteration, node} (where to start).
"""

from __future__ import annotations

from typing import Any

from specviz.figures.labels import OUTCOMES
from specviz.figures.player.layout import leaf_layout
from specviz.figures.player.reasons import STATES, draws_at, rounded, token_text, why, why_closing
from specviz.figures.player.trials import trials
from specviz.records import DecodeTrace, DrawKind, Iteration, Sampling, State

Laws = tuple[dict[int, float], dict[int, float]]

KEPT = 8  # candidates of a row that the inspector compares
KEPT_ASIDE = 4  # the same at nodes that were visited and not kept
ICICLE = 256  # nodes from which the icicle is the better first view


def player_payload(trace: DecodeTrace, first: int = 0, last: int | None = None) -> dict[str, Any]:
    """The run, with the trees of iterations first..last-1 only (all by default)."""
    tokens = []
    for item in trace.iterations:
        path = item.verdict.path.tolist()
        for place, token in enumerate(item.emitted):
            drafted = place < len(path)
            kind = "accepted" if drafted else str(item.verdict.closing_kind)
            node = path[place] if drafted else None
            tokens.append({"t": token_text(trace.texts, token), "k": kind, "i": item.index, "n": node})
    shown = trace.iterations[first:last]
    says: dict[str, int] = {}
    iterations = [_iteration(trace, item, says) for item in shown]
    return {
        "prompt": [token_text(trace.texts, token) for token in trace.prompt_ids],
        "tokens": tokens,
        "iterations": iterations,
        "says": list(says),
        "first": first,
        "view": "icicle" if max((item.tree.size for item in shown), default=0) >= ICICLE else "tree",
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
        token = tree.ids[node]
        rows.append(
            {
                "node": node,
                "parent": parent,
                "depth": int(tree.depth[node]),
                "rank": int(tree.rank[node]),
                "token": token_text(texts, token),
                "draft probability": iteration.draft.prob(parent, token),
                "target probability": iteration.target.prob(parent, token),
                "path probability": float(tree.path_prob[node]),
                "acceptance chance": rounded(verdict.accept_prob[node]),
                "outcome": STATES[State(int(verdict.state[node]))],
                "why": why(iteration, node, texts),
            }
        )
    return rows


def _iteration(trace: DecodeTrace, item: Iteration, says: dict[str, int]) -> dict[str, Any]:
    tree, verdict = item.tree, item.verdict
    path = verdict.path.tolist()
    end = path[-1] if path else 0
    children = [list(nodes) for nodes in tree.children]
    children[end].append(tree.size + 1)  # the closing token stands below the children of the last accepted node
    rows = leaf_layout([*children, []])
    kept = [0, *path]
    visited = kept + sorted({draw.node for draw in verdict.draws} - set(kept))
    tried = {node: trials(item, node, trace.texts) for node in visited}
    laws = {node: (item.draft.row(node), item.target.row(node)) for node in range(tree.size + 1) if tree.children[node]}
    return {
        "i": item.index,
        "ctx": item.context_len,
        "accepted": len(path),
        "emitted": len(item.emitted),
        "seconds": [rounded(s) for s in (item.seconds.draft, item.seconds.target, item.seconds.verify)],
        "nodes": [_node(trace, item, node, float(rows[node]), laws, says) for node in range(tree.size + 1)],
        "closing": {
            "t": token_text(trace.texts, verdict.closing_token),
            "k": str(verdict.closing_kind),
            "n": end,
            "y": rounded(float(rows[-1])),
            "why": why_closing(item, end),
            "p": rounded(item.target.prob(end, verdict.closing_token)),
        },
        "path": path,
        "rows": {str(node): _rows(trace, item, node, KEPT if node in kept else KEPT_ASIDE) for node in visited},
        "trials": {str(node): found for node, found in tried.items() if found},
        "leaves": float(rows.max()) + 1,
        "races": bool(item.races),
    }


def _node(
    trace: DecodeTrace, item: Iteration, node: int, row: float, laws: dict[int, Laws], says: dict[str, int]
) -> dict[str, Any]:
    """laws: draft and target row of every node that has children; says: the sentences so far, each with its number."""
    tree, verdict = item.tree, item.verdict
    if node == 0:
        last = trace.emitted[item.context_len - len(trace.prompt_ids) - 1] if item.index else trace.prompt_ids[-1]
        return {"t": token_text(trace.texts, last), "parent": -1, "d": 0, "r": 0, "s": "root", "y": row, "w": 1.0}
    parent, token = int(tree.parent[node]), tree.ids[node]
    values: dict[str, Any] = {
        "t": token_text(trace.texts, token),
        "parent": parent,
        "d": int(tree.depth[node]),
        "r": int(tree.rank[node]),
        "s": STATES[State(int(verdict.state[node]))],
        "y": rounded(row),
        "q": rounded(laws[parent][0].get(token)),
        "p": rounded(laws[parent][1].get(token)),
        "w": rounded(float(tree.path_prob[node])),
        "why": says.setdefault(why(item, node, trace.texts), len(says)),
    }
    chance = rounded(float(verdict.accept_prob[node]))
    if chance is not None:
        values["a"] = chance
    coins = [draw.token for draw in draws_at(item, parent) if draw.kind == DrawKind.COIN]
    if token in coins:
        values["o"] = [place for place, one in enumerate(coins, 1) if one == token]
    return values | _arrivals(item, parent, token)


def _arrivals(item: Iteration, parent: int, token: int) -> dict[str, Any]:
    """Arrival times of a guess, in a run whose models race on shared clocks."""
    race = item.races.get(parent)
    if race is None or token not in race.ids:
        return {}
    place = race.ids.tolist().index(token)
    values = {"ap": rounded(float(race.target_arrival[place]))}
    if item.tree.sampling != Sampling.INDEPENDENT_RACES:  # whose sequences raced each on its own clocks
        values["aq"] = rounded(float(race.draft_arrival[place]))
    return values


def _rows(trace: DecodeTrace, item: Iteration, node: int, count: int) -> dict[str, Any]:
    """The most probable candidates after a node under both models."""
    laws = {"q": item.draft.row(node), "p": item.target.row(node)}
    return {
        name: [[token_text(trace.texts, token), rounded(prob)] for token, prob in list(law.items())[:count]]
        for name, law in laws.items()
    }
