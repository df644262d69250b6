"""A run's file while the run goes on: one JSON line for its head, one for each pass, one for its end.

A line is written whole and handed to the system at once, so that a server that is killed loses at most the pass under
way. A last line that was cut off is dropped when the file is read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from specviz.records.files import MAX_BYTES, TraceError, plain, read_bytes
from specviz.records.settings import RunSettings
from specviz.records.store import checked_trace, iteration_to_dict
from specviz.records.trace import SCHEMA, DecodeTrace, Iteration, Provenance, StopReason

KIND = "journal"
INTERRUPTED = "The server ended before this run did; {kept}, and the run can be continued."


class Journal:
    """The file of a run under way, for its one writer; OSError where it cannot be written."""

    def __init__(
        self,
        file: BinaryIO,
        settings: RunSettings,
        provenance: Provenance,
        prompt: str,
        ids: Sequence[int],
        texts: dict[int, str],
        vocabulary: int,
    ) -> None:
        """Write the head.  texts: of the prompt's ids."""
        self._file = file
        self._known = set(texts)
        self._text = ""
        self._line(
            {
                "kind": KIND,
                "schema": SCHEMA,
                "settings": settings.as_dict(),
                "provenance": plain(asdict(provenance)),
                "prompt": prompt,
                "prompt_ids": list(ids),
                "texts": {str(i): name for i, name in texts.items()},
                "vocabulary": vocabulary,
            }
        )

    def unknown(self, ids: set[int]) -> set[int]:
        """Those ids whose texts are not in the file yet."""
        return ids - self._known

    def add(self, iteration: Iteration, texts: dict[int, str], text: str) -> None:
        """Append a pass.  texts: of its ids that the file does not know yet.  text: of the whole run so far."""
        same = _common(self._text, text)
        named = {str(i): name for i, name in texts.items()}
        self._line({"pass": iteration_to_dict(iteration), "texts": named, "text": [same, text[same:]]})
        self._known |= set(texts)
        self._text = text

    def close(self, reason: StopReason, note: str) -> None:
        """The run is over, and why."""
        self._line({"stop_reason": str(reason), "note": note})

    def _line(self, values: dict[str, Any]) -> None:
        text = json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
        self._file.write(text.encode("utf-8", "replace") + b"\n")
        self._file.flush()


def read_journal(path: Path) -> DecodeTrace:
    """The run in a file, marked INTERRUPTED where it has no end; TraceError where not even its head can be read."""
    data = read_bytes(path)
    if len(data) > MAX_BYTES:
        raise TraceError(f"The file {path.name} is larger than {MAX_BYTES >> 20} MB; SpecViz does not open it.")
    head, *lines = list(_values(data)) or [{}]
    if head.get("kind") != KIND:
        raise TraceError(f"The file {path.name} is not the file of a run.")
    passes = [line for line in lines if "pass" in line]
    end = next((line for line in lines if "stop_reason" in line), {})
    interrupted = {"stop_reason": str(StopReason.INTERRUPTED), "note": INTERRUPTED.format(kept=_kept(len(passes)))}
    try:
        text = ""
        for line in passes:
            same, tail = line["text"]
            text = text[: int(same)] + str(tail)
        texts = {key: name for line in (head, *passes) for key, name in line["texts"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TraceError(f"The file {path.name} is damaged.") from error
    story = {"kind": "trace", "iterations": [line["pass"] for line in passes], "texts": texts, "text": text}
    return checked_trace({**head, **interrupted, **end, **story})


def _values(data: bytes) -> list[dict[str, Any]]:
    """Every whole line; what follows one that is none was never finished."""
    found = []
    for line in data.split(b"\n"):
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(values, dict):
            break
        found.append(values)
    return found


def _common(old: str, new: str) -> int:
    """Length of what both begin with."""
    same = len(old)
    while not new.startswith(old[:same]):
        same -= 1
    return same


def _kept(passes: int) -> str:
    return "its one pass is kept" if passes == 1 else f"its {passes} passes are kept"
