"""A run as plain rows for other tools: under vLLM's names where vLLM has one, every field with its definition.

The names and meanings are those of vLLM's per-request acceptance metrics, `metrics.speculative_decoding`.
"""

from __future__ import annotations

import csv
import io
import json
import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from specviz.records.trace import DecodeTrace, Iteration
from specviz.records.verdict import DrawKind, State

Row = dict[str, Any]

VLLM_FIELDS = {
    "mean_acceptance_length": "1 + num_accepted_draft_tokens / num_spec_steps: tokens of a step, bonus included.",
    "draft_acceptance_rate": "num_accepted_draft_tokens / num_draft_tokens; in a tree it falls with P by construction.",
    "acceptance_histogram": "Entry j: steps that accepted exactly j draft tokens, the bonus token not counted.",
    "num_spec_steps": "Target passes that checked at least one draft token: the sum of the histogram.",
    "num_accepted_draft_tokens": "Accepted draft tokens of all steps, bonus tokens not counted.",
    "num_draft_tokens": "Draft tokens of all steps; in a tree all its nodes, the root not counted.",
    "num_spec_tokens": "Longest draft of a step that the settings allow; for a tree its depth.",
    "per_step_accepted": "Accepted draft tokens of each step, in order.",
    "per_step_drafted": "Draft tokens of each step, in order.",
}
PASS_FIELDS = {
    "iteration": "Number of the target pass, from 0.",
    "context_len": "Tokens in the context before the pass, its last one (the root) included.",
    "per_step_drafted": "Draft tokens that this pass checked: nodes of its tree, the root not counted.",
    "per_step_accepted": "Draft tokens that this pass accepted; the closing token is not counted.",
    "emitted": "Tokens that this pass added to the text: accepted and closing, fewer where the run ended.",
    "text": "Those tokens as text, control characters written as escapes.",
    "closing_kind": "bonus: after a path accepted to its end; correction: where every examined guess lost.",
    "closing_token_id": "Id of the closing token.",
    "entropy_nats": "Mean entropy of the target's law at the emitted tokens, in nats.",
    "surprisal_nats": "Mean of -log p(token) under the target, in nats.",
    "overlap": "Mean of the sum of min(p, q): acceptance rate of one draft; empty without a draft model.",
    "draft_seconds": "Wall-clock seconds of drafting; the only column, with the next two, that a repetition changes.",
    "target_seconds": "Wall-clock seconds of the target pass.",
    "verify_seconds": "Wall-clock seconds of verification.",
}
NODE_FIELDS = {
    "iteration": "Number of the target pass, from 0.",
    "node": "Number of the node in its tree, from 1; 0 is the root, the end of the context.",
    "parent": "Node before it.",
    "depth": "Tokens from the root.",
    "rank": "Order among its siblings, from 1.",
    "token_id": "Id of the token.",
    "token": "Its text, control characters written as escapes.",
    "draft_probability": "q: probability under the draft model after the parent; empty where it was not kept.",
    "target_probability": "p: probability under the target after the parent; empty where it was not kept.",
    "path_probability": "Product of the draft probabilities from the root.",
    "acceptance_chance": "Chance of being accepted at the moment it was examined; empty where there is none.",
    "outcome": "accepted, rejected (examined and not kept) or unseen (never examined).",
    "tried": "Place in the order in which siblings were put to the test, from 1; empty without a test of its own.",
    "draft_arrival": "Clock / q in a shared race; empty without a race.",
    "target_arrival": "Clock / p in the same race; empty without a race.",
}
RUN_FIELDS = {
    "tokens": "Tokens emitted, L.",
    "passes": "Target passes, K; the prompt's own pass is not counted.",
    "block_efficiency": "L / K: tokens emitted per target pass, passes without a draft included.",
}


def acceptance_metrics(trace: DecodeTrace) -> Row:
    """The run under the names of vLLM's detailed acceptance metrics; ratios of nothing are None."""
    steps = [item for item in trace.iterations if item.tree.size]
    accepted = [item.verdict.accepted for item in steps]
    drafted = [item.tree.size for item in steps]
    longest = max([trace.settings.depth, *accepted])
    return {
        "mean_acceptance_length": 1 + sum(accepted) / len(steps) if steps else None,
        "draft_acceptance_rate": sum(accepted) / sum(drafted) if steps else None,
        "acceptance_histogram": [accepted.count(length) for length in range(longest + 1)],
        "num_spec_steps": len(steps),
        "num_accepted_draft_tokens": sum(accepted),
        "num_draft_tokens": sum(drafted),
        "num_spec_tokens": longest,
        "per_step_accepted": accepted,
        "per_step_drafted": drafted,
    }


def pass_rows(trace: DecodeTrace) -> list[Row]:
    """One row for each target pass: PASS_FIELDS."""
    return [
        {
            "iteration": item.index,
            "context_len": item.context_len,
            "per_step_drafted": item.tree.size,
            "per_step_accepted": item.verdict.accepted,
            "emitted": len(item.emitted),
            "text": "".join(trace.texts.get(token, f"<{token}>") for token in item.emitted),
            "closing_kind": str(item.verdict.closing_kind),
            "closing_token_id": item.verdict.closing_token,
            "entropy_nats": _mean(item.entropy),
            "surprisal_nats": _mean(item.surprisal),
            "overlap": _mean(item.overlap),
            "draft_seconds": item.seconds.draft,
            "target_seconds": item.seconds.target,
            "verify_seconds": item.seconds.verify,
        }
        for item in trace.iterations
    ]


def node_rows(trace: DecodeTrace) -> list[Row]:
    """One row for each draft node of each pass: NODE_FIELDS."""
    return [row for item in trace.iterations for row in _nodes_of(item, trace.texts)]


def _nodes_of(item: Iteration, texts: Mapping[int, str]) -> Iterable[Row]:
    tree, verdict = item.tree, item.verdict
    for parent, children in enumerate(tree.children):
        if not children:
            continue
        draft, target, race = item.draft.row(parent), item.target.row(parent), item.races.get(parent)
        tried = [draw.token for draw in verdict.draws if draw.node == parent and draw.kind == DrawKind.COIN]
        arrivals = {} if race is None else dict(
            zip(race.ids.tolist(), zip(race.draft_arrival, race.target_arrival, strict=True), strict=True)
        )  # fmt: skip
        for node in children:
            token = tree.ids[node]
            arrival = arrivals.get(token, (None, None))
            yield {
                "iteration": item.index,
                "node": node,
                "parent": parent,
                "depth": int(tree.depth[node]),
                "rank": int(tree.rank[node]),
                "token_id": token,
                "token": texts.get(token, f"<{token}>"),
                "draft_probability": _number(draft.get(token)),
                "target_probability": _number(target.get(token)),
                "path_probability": _number(tree.path_prob[node]),
                "acceptance_chance": _number(verdict.accept_prob[node]),
                "outcome": State(int(verdict.state[node])).name.lower(),
                "tried": tried.index(token) + 1 if token in tried else None,
                "draft_arrival": _number(arrival[0]),
                "target_arrival": _number(arrival[1]),
            }


def export_json(trace: DecodeTrace) -> str:
    """The whole run as one JSON object: run, metrics, passes, nodes, and the definition of every field."""
    values = {
        "kind": "specviz-export",
        "schema": 1,
        "run": {
            "prompt": trace.prompt,
            "text": trace.text,
            "stop_reason": str(trace.stop_reason),
            "note": trace.note,
            "settings": trace.settings.as_dict(),
            "provenance": asdict(trace.provenance),
            "tokens": len(trace.emitted),
            "passes": trace.target_calls,
            "block_efficiency": _number(trace.block_efficiency),
        },
        "metrics": {"speculative_decoding": acceptance_metrics(trace)},
        "passes": pass_rows(trace),
        "nodes": node_rows(trace),
        "definitions": {"run": RUN_FIELDS, "metrics": VLLM_FIELDS, "passes": PASS_FIELDS, "nodes": NODE_FIELDS},
    }
    return json.dumps(values, allow_nan=False, ensure_ascii=True, indent=1)


def csv_text(rows: Iterable[Row], fields: Iterable[str]) -> str:
    """Rows as CSV with these columns, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = list(fields)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in names])
    return out.getvalue()


def safe_cell(text: str) -> str:
    """Text that a spreadsheet shows and never runs: controls as escapes, an apostrophe before what looks a formula."""
    shown = "".join(_letter(letter) for letter in text)
    return f"'{shown}" if shown.lstrip(" \u00a0").startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20")) else shown


def _letter(letter: str) -> str:
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return letter.encode("unicode_escape").decode("ascii")
    return letter


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return safe_cell(value)
    return f"{value:.6g}" if isinstance(value, float) else value


def _mean(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _number(value: float | None) -> float | None:
    """None for what was not measured, and for an arrival that never comes."""
    return None if value is None or not math.isfinite(value) else float(value)
