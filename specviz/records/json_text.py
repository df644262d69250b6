"""JSON from strangers: counted before it is parsed, and nothing in it but what JSON defines."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import numpy as np

MAX_BYTES = 64 * 1024 * 1024  # unpacked; a run of 4,096 tokens at P = 32 needs about a tenth
MOST_LISTS = 3_000_000  # lists and objects; a run of MAX_BYTES has nine tenths of that
MOST_VALUES = 12_000_000  # commas; such a run has two thirds of that
MOST_NAMES = 3_500_000  # names of an object's parts; such a run has five sixths of that
MOST_TEXTS = 4_000_000  # texts, names among them; such a run has seven eighths of that
MOST_DEPTH = 32  # lists within lists; a run has eight

QUOTE, COMMA, COLON = b'",:'
BACKSLASH = b"\\"


def parse_json(text: bytes) -> Any:
    """The values; ValueError, in one sentence, for what is not JSON, is larger than any record or hides something.

    Refused are NaN and Infinity, a name that stands twice in one object, half characters, and numbers that no record
    needs: whole ones of more than 4,300 digits. Whether a number is finite (1e999 is not) is for the shape to say.
    """
    check_text(text)
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except _HiddenError:
        raise
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise ValueError("This file does not hold JSON; choose a .json.gz file that SpecViz saved.") from error


def check_text(text: bytes) -> None:
    """ValueError for JSON whose values would need far more memory than its bytes; counts, parses nothing."""
    if len(text) > MAX_BYTES:
        raise ValueError(f"This file holds more than {MAX_BYTES >> 20} MB; SpecViz does not open it.")
    plain = text.replace(BACKSLASH * 2, b"").replace(BACKSLASH + b'"', b"")  # every quote left begins or ends a text
    letters = np.frombuffer(plain, np.uint8)
    quotes = letters == QUOTE
    outside = ~np.bitwise_xor.accumulate(quotes) if len(quotes) else quotes
    del quotes
    marks = letters[outside]
    # `[` and `{`, `]` and `}` are 32 apart.
    opened, closed = (marks | 32) == ord("{"), (marks | 32) == ord("}")
    turns = opened.astype(np.int8) - closed.astype(np.int8)
    depth = int(np.cumsum(turns[turns != 0], dtype=np.int32).max(initial=0))
    counts = {
        MOST_LISTS: int(opened.sum()),
        MOST_VALUES: int((marks == COMMA).sum()),
        MOST_NAMES: int((marks == COLON).sum()),
        MOST_TEXTS: plain.count(b'"') // 2,
    }
    if any(count > most for most, count in counts.items()):
        raise ValueError("This file holds more lists or values than any run has; SpecViz does not open it.")
    if depth > MOST_DEPTH:
        raise ValueError(f"This file holds lists within lists, more than {MOST_DEPTH} deep; no record has that.")


class _HiddenError(ValueError):
    """What a reader would not see, or would see in two ways."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise _HiddenError("This file gives one name two values; SpecViz does not guess which one is meant.")
    return values


def _no_number(name: str) -> NoReturn:
    raise _HiddenError(f"This file holds {name}, which is no number in JSON; no record of SpecViz has it.")
