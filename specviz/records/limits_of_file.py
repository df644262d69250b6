"""What a file from a stranger may hold: sizes before anything is allocated, and a story that agrees with itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from specviz.records.settings import MAX_CAPACITY, MAX_NEW_TOKENS
from specviz.records.trace import DecodeTrace, Iteration

MOST_LISTS = 3_000_000  # brackets of one file; a run of 64 MB unpacked has a third of that
MOST_VALUES = 12_000_000  # commas of one file; the same run has two thirds of that
MOST_CELLS = 16_000_000  # ids of all rows, padded to the longest row of their table: 256 MB
MOST_TEXT = 1_000_000  # characters of the prompt and of the text
MOST_NUMBER = 1e30  # of any number; single precision ends at 3e38
NAMES = ("target", "draft", "middle", "drafter", "verifier")
MOST_TOKEN = 1_000  # characters of any other text, such as one token's


def check_text(text: bytes) -> None:
    """ValueError for JSON whose values would need far more memory than its bytes; counts, parses nothing."""
    lists = text.count(b"[") + text.count(b"{")
    if lists > MOST_LISTS or text.count(b",") > MOST_VALUES:
        raise ValueError("This file holds more lists or values than any run has; SpecViz does not open it.")


def check_sizes(values: dict[str, Any]) -> None:
    """ValueError for a trace, as plain values, whose arrays would be larger than any run's."""
    iterations = values["iterations"]
    if len(iterations) > MAX_NEW_TOKENS:
        raise ValueError(f"it has {len(iterations)} passes; at most {MAX_NEW_TOKENS} are read")
    cells = 0
    for item in iterations:
        nodes = len(item["tree"]["token"])
        if nodes > MAX_CAPACITY + 1:
            raise ValueError(f"a tree has {nodes - 1} nodes; at most {MAX_CAPACITY} are read")
        for rows in (item["draft"], item["target"], *item.get("residuals", {}).values()):
            cells += len(rows["ids"]) * max((len(ids) for ids in rows["ids"]), default=0)
            if cells > MOST_CELLS:
                raise ValueError("its rows are longer than any run's")
    _check_texts(values)


def _check_texts(values: dict[str, Any]) -> None:
    names = [values["settings"][name] for name in NAMES if name in values["settings"]]
    if not all(isinstance(name, str) for name in names):
        raise ValueError("a method or a model has no name")
    made = [value for value in values["provenance"].values() if isinstance(value, str)]
    short = [*values["texts"].values(), values["note"], *names, *made]
    if max(len(str(text)) for text in short) > MOST_TOKEN or len(str(values["provenance"])) > 20 * MOST_TOKEN:
        raise ValueError(f"a text that names something has more than {MOST_TOKEN} characters")
    if max(len(str(values["prompt"])), len(str(values["text"]))) > MOST_TEXT:
        raise ValueError(f"its text has more than {MOST_TEXT} characters")


def finite(value: float) -> float:
    """The same number; ValueError for one that is not finite, which JSON can hide in 1e999, or that no run can hold."""
    if not abs(value) < MOST_NUMBER:
        raise ValueError("a number is not finite or far too large")
    return value


def check_story(trace: DecodeTrace) -> None:
    """ValueError where passes do not follow each other, or a pass emits what its own tree and verdict do not say."""
    if not trace.prompt_ids:
        raise ValueError("its prompt has no token")
    position = len(trace.prompt_ids)
    for place, item in enumerate(trace.iterations):
        if item.index != place or item.context_len != position or not item.emitted:
            raise ValueError(f"pass {place + 1} does not go on where the one before it ended")
        _check_pass(item)
        position += len(item.emitted)


def _check_pass(item: Iteration) -> None:
    number, tree, verdict = item.index + 1, item.tree, item.verdict
    path = verdict.path.tolist()
    if path and (path[0] == 0 or tuple(path) != tree.path(path[-1])):
        raise ValueError(f"the accepted path of pass {number} is not a path of its tree")
    said = [*tree.token[path].tolist(), verdict.closing_token]
    if list(item.emitted) != said[: len(item.emitted)]:
        raise ValueError(f"pass {number} emits other tokens than it accepted")
    for name, column in (("probability", tree.draft_prob), ("probability", item.draft.probs),
                         ("probability", item.target.probs), ("overlap", item.overlap)):  # fmt: skip
        known = column[np.isfinite(column)]
        if known.size and not -1e-6 <= known.min() <= known.max() <= 1 + 1e-4:
            raise ValueError(f"a {name} of pass {number} is not between 0 and 1")
    if min(item.seconds.draft, item.seconds.target, item.seconds.verify) < 0:
        raise ValueError(f"a time of pass {number} is negative")
    for column in (item.entropy, item.second_moment, item.surprisal):
        if not ((column >= -1e-6) & (column <= 1e6)).all():  # nor unknown: only the overlap may be
            raise ValueError(f"an entropy or surprisal of pass {number} is not possible")
