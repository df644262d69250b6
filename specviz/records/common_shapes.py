"""Shapes of what several records have in common: who made them, and with which settings."""

from __future__ import annotations

from typing import Any

from specviz.records.column_shapes import numbers, wholes
from specviz.records.settings import MAX_CAPACITY, MAX_DEPTH, MAX_DRAFTS, MAX_NEW_TOKENS, MAX_SEED
from specviz.records.shapes import MOST_NAME, each, flag, in_order, number, parts, text, whole

MOST_PARAMETERS = 10**15
MOST_SECONDS = 1e9
NAME = text(MOST_NAME)
COUNT = whole(0, 10**12)
COUNTS = wholes(0, 10**12)
SECONDS = number(0, MOST_SECONDS)
TIMES = numbers(0, MOST_SECONDS)

PROVENANCE = parts(
    {"target": NAME, "draft": NAME, "device": NAME, "dtype": NAME, "versions": each(in_order((NAME, NAME)), most=100)},
    {
        "target_parameters": whole(0, MOST_PARAMETERS),
        "draft_parameters": whole(0, MOST_PARAMETERS),
        "target_path": NAME,
        "draft_path": NAME,
    },
)

SETTINGS = parts(
    {},
    {
        **dict.fromkeys(("target", "draft", "middle", "drafter", "verifier"), NAME),
        "temperature": number(0, 5),
        "top_k": whole(0, 10**7),
        "top_p": number(0, 1),
        "capacity": whole(0, MAX_CAPACITY),
        "drafts": whole(1, MAX_DRAFTS),
        "depth": whole(0, MAX_DEPTH),
        "max_new_tokens": whole(1, MAX_NEW_TOKENS),
        "seed": whole(0, MAX_SEED),
        "chat": flag,
    },
)


def header(**others: Any) -> dict[str, Any]:
    """The parts that tell a record's kind and schema, which are read before its shape, and others."""
    return {"kind": NAME, "schema": whole(1, 10**6), **others}
