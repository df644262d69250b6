"""What a trace is as plain values, and how large its parts may be; see `trace.py` for what each part means."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from specviz.records.column_shapes import flags, lists_of_numbers, lists_of_wholes, numbers, rows_of, wholes, words
from specviz.records.common_shapes import NAME, PROVENANCE, SECONDS, SETTINGS, header
from specviz.records.settings import MAX_CAPACITY, MAX_NEW_TOKENS
from specviz.records.shapes import INT32, MOST_TEXT, by_number, each, parts, text, whole, word
from specviz.records.trace import StopReason
from specviz.records.tree import Sampling
from specviz.records.verdict import ClosingKind, DrawKind

MOST_VOCABULARY = 1_000_000  # four times the largest there is; asking what if takes rows of that length
MOST_CELLS = 16_000_000  # ids of all rows, padded to the longest row of their table: 256 MB
# Of all passes together; a recorded run that fills MAX_BYTES has half as many nodes, and fewer of the others.
MOST_NODES = 200_000
MOST_ASIDE = 100_000  # races and tables of residuals
MOST_DRAWS = 400_000
MOST_KNOWN = 300_000  # tokens with a text
CHANCE = (-1e-6, 1 + 1e-4)  # rounded to six digits, and summed from rounded parts
NODES = MAX_CAPACITY + 1

TOKEN = whole(0, INT32)
TOKENS = wholes(0, INT32, MOST_TEXT)
CHANCES = numbers(*CHANCE, unknown=True)

ROWS = parts(
    {
        "ids": lists_of_wholes(0, INT32),
        "probs": lists_of_numbers(*CHANCE),
        "tail": numbers(*CHANCE),
    },
    {"below": lists_of_numbers(*CHANCE, unknown=True)},  # schema 1 had none
)
TREE = parts(
    {
        "token": wholes(-1, INT32, NODES),
        "parent": wholes(-1, MAX_CAPACITY, NODES),
        "draft_prob": CHANCES,
        "rank": wholes(0, NODES, NODES),
        "sampling": word(Sampling),
        "drawn": lists_of_wholes(0, MAX_CAPACITY, MOST_DRAWS),
    }
)
DRAWS = rows_of(
    words(DrawKind),
    wholes(0, MAX_CAPACITY),
    wholes(-1, INT32),
    numbers(*CHANCE, unknown=True),
    numbers(unknown=True),
    flags,
)
VERDICT = parts(
    {
        "state": wholes(0, 3, NODES),
        "accept_prob": CHANCES,
        "path": wholes(1, MAX_CAPACITY, NODES),
        "closing_token": TOKEN,
        "closing_kind": word(ClosingKind),
        "draws": DRAWS,
    }
)
RACE = parts(
    {
        "ids": TOKENS,
        "draft_rate": numbers(0),
        "target_rate": numbers(0),
        "clock": numbers(0),
    }
)
MEASURES = numbers(-1e-6, 1e6, most=NODES)
ITERATION = parts(
    {
        "index": whole(0, MAX_NEW_TOKENS),
        "context_len": whole(1, MOST_TEXT + MAX_NEW_TOKENS),
        "tree": TREE,
        "draft": ROWS,
        "target": ROWS,
        "verdict": VERDICT,
        "emitted": wholes(0, INT32, NODES),
        "entropy": MEASURES,
        "second_moment": MEASURES,
        "surprisal": MEASURES,
        "overlap": numbers(*CHANCE, unknown=True, most=NODES),
        "seconds": parts({"draft": SECONDS, "target": SECONDS, "verify": SECONDS}),
        "races": by_number(RACE, MAX_CAPACITY, NODES),
    },
    {"residuals": by_number(ROWS, MAX_CAPACITY, NODES)},  # schema 1 had none
    strangers=True,
)
TRACE = parts(
    header(
        settings=SETTINGS,
        provenance=PROVENANCE,
        prompt=text(),
        prompt_ids=TOKENS,
        iterations=each(ITERATION, MAX_NEW_TOKENS, "pass"),
        texts=by_number(NAME, INT32, MOST_KNOWN),
        vocabulary=whole(1, MOST_VOCABULARY),
        text=text(),
        stop_reason=word(StopReason),
        note=NAME,
    ),
    strangers=True,
)


def check_trace(values: dict[str, Any]) -> None:
    """ValueError for plain values that are no trace, or whose arrays would be larger than any run's."""
    with suppress(KeyError, TypeError, AttributeError):  # the shape says it better
        _check_counts(values["iterations"])
    TRACE(values)
    cells = 0
    for item in values["iterations"]:
        for rows in (item["draft"], item["target"], *item.get("residuals", {}).values()):
            cells += len(rows["ids"]) * max(map(len, rows["ids"]), default=0)
    if cells > MOST_CELLS:
        raise ValueError("its rows are longer than any run's")


def _check_counts(passes: list[dict[str, Any]]) -> None:
    """ValueError for so many parts that looking at each would take long."""
    nodes = aside = draws = 0
    for item in passes:
        nodes += len(item["tree"]["token"])
        aside += len(item["races"]) + len(item.get("residuals", {}))
        draws += len(item["verdict"]["draws"])
    for count, most, what in ((nodes, MOST_NODES, "nodes"), (aside, MOST_ASIDE, "races and residuals"),
                              (draws, MOST_DRAWS, "draws")):  # fmt: skip
        if count > most:
            raise ValueError(f"it has {count} {what}; at most {most} are read")
