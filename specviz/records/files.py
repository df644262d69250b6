"""Record files: plain JSON, gzipped, keys sorted, floats at six digits, read within limits; never pickle."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from specviz.records.limits_of_file import check_text
from specviz.records.trace import Provenance

MAX_BYTES = 64 * 1024 * 1024  # unpacked; a run of 4,096 tokens at P = 32 needs about a tenth


class TraceError(ValueError):
    """A file that cannot be read; the message is one sentence for the person at the screen."""


def write_record(values: dict[str, Any], path: Path) -> None:
    """Plain values as a `.json.gz` file."""
    write_bytes(pack(plain(values)), path)


def read_record(path: Path, kind: str, schema: int, what: str) -> dict[str, Any]:
    """The values of a record of this kind; TraceError, in which `what` says what was expected."""
    values = unpack(read_bytes(path))
    if values.get("kind") != kind:
        raise TraceError(f"The file {path.name} is not {what}.")
    check_schema(values, schema)
    return values


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def read_bytes(path: Path) -> bytes:
    """A file's bytes; TraceError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise TraceError(f"The file {path} could not be read: {error.strerror}.") from error


def provenance_of(values: dict[str, Any]) -> Provenance:
    """What made a record, from its plain values."""
    return Provenance(**{**values, "versions": tuple((str(a), str(b)) for a, b in values["versions"])})


def pack(values: dict[str, Any]) -> bytes:
    """Plain values as the bytes of a file."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    # No time stamp: the same run gives the same file. Lone surrogates from hostile prompts must not break the save.
    return gzip.compress(text.encode("utf-8", "replace"), 9, mtime=0)


def unpack(data: bytes) -> dict[str, Any]:
    """JSON values of a plain or gzipped file, with a cap on the unpacked size."""
    if data[:2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(31)
        try:
            text = unpacker.decompress(data, MAX_BYTES)
        except zlib.error as error:
            raise TraceError("This file is damaged: it cannot be unpacked.") from error
        if unpacker.unconsumed_tail:
            raise TraceError(f"This file unpacks to more than {MAX_BYTES >> 20} MB; SpecViz does not open it.")
        if not unpacker.eof:
            raise TraceError("This file is cut off; save or download it again.")
    elif len(data) > MAX_BYTES:
        raise TraceError(f"This file is larger than {MAX_BYTES >> 20} MB; SpecViz does not open it.")
    else:
        text = data
    try:
        check_text(text)
    except ValueError as error:
        raise TraceError(str(error)) from error
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TraceError("This file does not hold JSON; choose a .json.gz file that SpecViz saved.") from error
    if not isinstance(values, dict):
        raise TraceError("This file is not a SpecViz record; choose a .json.gz file that SpecViz saved.")
    return values


def check_schema(values: dict[str, Any], known: int) -> None:
    """TraceError for a file without a schema, or with one from the future."""
    schema = values.get("schema")
    if not isinstance(schema, int) or schema < 1:
        raise TraceError("This file names no schema; it was not saved by SpecViz.")
    if schema > known:
        raise TraceError(f"This file has schema {schema}, newer than {known}, which this SpecViz reads; update it.")


def plain(value: Any) -> Any:
    """JSON values: arrays as lists, floats at six significant digits, NaN as null."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
