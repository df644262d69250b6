"""The columns of a sweep's Parquet file as plain values: the one place that gives bytes to the Parquet library."""

from __future__ import annotations

import io
from dataclasses import fields
from typing import Any, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from specviz.records.files import TraceError
from specviz.records.shapes import MOST_NAME
from specviz.records.sweep import SweepRow
from specviz.records.sweep_plan import MOST_CELLS

HEADER = b"specviz"  # key of the plan among the file's own texts
MOST_HEADER = 32 * 1024 * 1024
OTHER = "This file does not have the columns of a sweep; it was not saved by this SpecViz."
TYPES = {int: pa.int64(), float: pa.float64(), str: pa.string()}
KINDS: dict[str, type] = get_type_hints(SweepRow)
COLUMNS = pa.schema([pa.field(f.name, TYPES[KINDS[f.name]], nullable=False) for f in fields(SweepRow)])
TEXTS = [name for name, kind in KINDS.items() if kind is str]


def read_columns(data: bytes) -> dict[str, Any]:
    """header: the plan as JSON.  numbers: a list for each column.  texts: for each column its different `words`, and an
    `index` into them for each row.

    TraceError, in one sentence, for what is no sweep. Looked at before any column is read: its columns and their types
    and how many rows it has. The library can still break, or end its process, on bytes that somebody made for it: a
    stranger's file is to be read in a process of its own (`unpack_sweep`).
    """
    try:
        # Texts stay a list of the different ones: a few bytes could otherwise stand for a long text in every row.
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=TEXTS)
        header = _checked(file)
        table = file.read()
        return {
            "header": header.decode("utf-8"),
            "numbers": {name: table.column(name).to_pylist() for name in KINDS if name not in TEXTS},
            "texts": {name: _words(name, table.column(name)) for name in TEXTS},
        }
    except KeyError as error:  # a column that is not there
        raise TraceError(OTHER) from error
    except TraceError:
        raise
    except (pa.ArrowException, ValueError, OSError) as error:
        raise TraceError("This file is damaged: it cannot be read as Parquet.") from error


def _checked(file: pq.ParquetFile) -> bytes:
    """The plan, from a file whose table of contents is that of a sweep."""
    schema = pa.schema([pa.field(f.name, _plain_type(f.type), f.nullable) for f in file.schema_arrow])
    if not schema.equals(COLUMNS, check_metadata=False):
        raise TraceError(OTHER)
    if not 0 <= file.metadata.num_rows <= MOST_CELLS:
        raise TraceError(f"This file has {file.metadata.num_rows:,} rows; at most {MOST_CELLS:,} are read.")
    header = bytes((file.schema_arrow.metadata or {}).get(HEADER, b"null"))
    if len(header) > MOST_HEADER:
        raise TraceError(f"The plan of this sweep is larger than {MOST_HEADER >> 20} MB; SpecViz does not open it.")
    return header


def _plain_type(found: pa.DataType) -> pa.DataType:
    return found.value_type if pa.types.is_dictionary(found) else found


def _words(name: str, column: pa.ChunkedArray) -> dict[str, list[Any]]:
    """The different texts and an index into them; TraceError for one that is longer than any of a sweep."""
    whole = column.unify_dictionaries().combine_chunks() if pa.types.is_dictionary(column.type) else column
    encoded = whole if pa.types.is_dictionary(whole.type) else whole.combine_chunks().dictionary_encode()
    words = encoded.dictionary.to_pylist()
    if any(word is None or len(word) > MOST_NAME for word in words):
        raise TraceError(f"This file is damaged: a text of the column {name} has more than {MOST_NAME} characters.")
    return {"words": words, "index": encoded.indices.to_pylist()}
