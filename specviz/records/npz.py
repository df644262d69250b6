"""Columns of an `.npz` file from a stranger: sizes are read and compared before a column is allocated; never pickle."""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from specviz.records.json_text import MAX_BYTES

ENTRY = b"PK\x01\x02"  # what each entry of the directory begins with
MOST_ENTRIES = 64  # more than columns, because packed bytes may look like one
ENCRYPTED = 1
# All that numpy writes for a plain array: the magic number, version 1.0, the length of this text, and the text.
HEAD = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<kind>[<|][iu][124])', 'fortran_order': False, "
    rb"'shape': \((?P<shape>\d{1,9}(?:, ?\d{1,9})?),?\), \} *\n",
    re.DOTALL,
)
LONGEST_HEAD = 256
NOT_READ = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, KeyError)


@dataclass(frozen=True)
class Column:
    """What a column must be.  kind: numpy's word for its numbers, such as "<i4".  axes: 1 or 2."""

    kind: str
    axes: int


def read_columns(data: bytes, known: Mapping[str, Column]) -> dict[str, np.ndarray]:
    """Exactly the known columns; ValueError for a file with others, or with anything that numpy would not write."""
    if data.count(ENTRY) > MOST_ENTRIES:
        raise ValueError("it holds more files than columns")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sorted(entry.filename for entry in entries) != sorted(f"{name}.npy" for name in known):
                raise ValueError("it does not hold the columns of laws, each once")
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise ValueError(f"it unpacks to more than {MAX_BYTES >> 20} MB")
            return {name: _column(archive, f"{name}.npy", column) for name, column in known.items()}
    except NOT_READ as error:
        raise ValueError("it cannot be unpacked") from error


def _column(archive: zipfile.ZipFile, name: str, known: Column) -> np.ndarray:
    entry = archive.getinfo(name)
    if entry.flag_bits & ENCRYPTED:
        raise ValueError("a column is locked")
    with archive.open(entry) as file:
        start = file.read(LONGEST_HEAD)
        head = HEAD.match(start)
        if head is None or int.from_bytes(head["length"], "little") + 10 != head.end():
            raise ValueError("a column does not begin as numpy begins it")
        shape = tuple(int(size) for size in re.findall(rb"\d+", head["shape"]))
        kind = np.dtype(head["kind"].decode())
        if kind != np.dtype(known.kind) or len(shape) != known.axes:
            raise ValueError("a column has other numbers or axes than laws have")
        size = math.prod(shape) * kind.itemsize
        if head.end() + size != entry.file_size:
            raise ValueError("a column is not as long as it says")
        numbers = start[head.end() :] + file.read(size + 1)
    if len(numbers) != size:
        raise ValueError("a column is not as long as it says")
    return np.frombuffer(numbers, kind).reshape(shape)
