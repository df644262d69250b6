"""Record files: plain JSON, gzipped, keys sorted, floats at six digits, read within limits; never pickle."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from specviz.records.json_text import MAX_BYTES, parse_json
from specviz.records.shapes import Shape, anything
from specviz.records.trace import Provenance

LONGEST_REASON = 160  # characters
DAMAGE = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError)


class TraceError(ValueError):
    """A file that cannot be read; the message is one sentence for the person at the screen."""


def write_record(values: dict[str, Any], path: Path) -> None:
    """Plain values as a `.json.gz` file."""
    write_bytes(pack(plain(values)), path)


def read_record(path: Path, kind: str, schema: int, what: str, shape: Shape = anything) -> dict[str, Any]:
    """The values of a record of this kind and shape; TraceError, in which `what` says what was expected."""
    values = unpack(read_bytes(path))
    if values.get("kind") != kind:
        raise TraceError(f"The file {path.name} is not {what}.")
    check_schema(values, schema)
    with damage_as_sentence("file"):
        shape(values)
    return values


@contextmanager
def damage_as_sentence(what: str) -> Iterator[None]:
    """Whatever is wrong with the values of a file, as one TraceError: "This `what` is damaged: ..."."""
    try:
        yield
    except TraceError:
        raise
    except DAMAGE as error:
        text = " ".join(str(error).split()) or type(error).__name__
        text = f"it {text}" if text.startswith(("is ", "has ", "holds ")) else text
        raise TraceError(f"This {what} is damaged: {text[:LONGEST_REASON].rstrip('.')}.") from error


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def read_bytes(path: Path) -> bytes:
    """A file's bytes, at most one more than are read as a record; TraceError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TraceError(f"The file {path} could not be read: {error.strerror}.") from error
    except ValueError as error:  # a name that no file can have, such as one with a zero byte
        raise TraceError("There is no file of that name.") from error


def provenance_of(values: dict[str, Any]) -> Provenance:
    """What made a record, from its plain values."""
    return Provenance(**{**values, "versions": tuple((str(a), str(b)) for a, b in values["versions"])})


def pack(values: dict[str, Any]) -> bytes:
    """Plain values as the bytes of a file."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    # No time stamp: the same run gives the same file. Lone surrogates from hostile prompts must not break the save.
    # Level 6 is 1 % larger than 9 in a third of the time, for which whoever pressed Stop waits.
    return gzip.compress(text.encode("utf-8", "replace"), 6, mtime=0)


def unpack(data: bytes) -> dict[str, Any]:
    """JSON values of a plain or gzipped file, with a cap on the unpacked size."""
    try:
        values = parse_json(_unpacked(data))
    except ValueError as error:  # a TraceError is one as well, and its sentence is the same
        raise TraceError(str(error)) from error
    if not isinstance(values, dict):
        raise TraceError("This file is not a SpecViz record; choose a .json.gz file that SpecViz saved.")
    return values


def _unpacked(data: bytes) -> bytes:
    """The text of a file: itself, or what its one gzip member holds."""
    if data[:2] != b"\x1f\x8b":
        return data
    unpacker = zlib.decompressobj(31)
    try:
        text = unpacker.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise TraceError("This file is damaged: it cannot be unpacked.") from error
    if len(text) > MAX_BYTES:
        raise TraceError(f"This file unpacks to more than {MAX_BYTES >> 20} MB; SpecViz does not open it.")
    if not unpacker.eof:
        raise TraceError("This file is cut off; save or download it again.")
    if unpacker.unused_data:
        raise TraceError("This file goes on after its end; SpecViz reads one packed part and nothing behind it.")
    return text


def check_schema(values: dict[str, Any], known: int) -> None:
    """TraceError for a file without a schema, or with one from the future."""
    schema = values.get("schema")
    if type(schema) is not int or schema < 1:
        raise TraceError("This file names no schema; it was not saved by SpecViz.")
    if schema > known:
        number = str(schema) if schema < 10**9 else "of many digits"
        raise TraceError(f"This file has schema {number}, newer than {known}, which this SpecViz reads; update it.")


def plain(value: Any) -> Any:
    """JSON values: arrays as lists, floats at six significant digits, NaN as null."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and value.ndim == 1:  # nearly all of a trace
            return [float(f"{item:.6g}") if math.isfinite(item) else None for item in value.tolist()]
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
