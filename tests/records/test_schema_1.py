"""A file of the first schema still opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from specviz.records.store import load_trace
from specviz.records.trace import SCHEMA

OLD = Path(__file__).parent / "golden" / "schema_1.json.gz"


def test_a_file_of_schema_1_is_read_without_what_it_did_not_hold():
    trace = load_trace(OLD)
    assert trace.schema == SCHEMA
    assert len(trace.iterations) == 14
    first = trace.iterations[0]
    assert np.isnan(first.target.below).all()
    assert first.residuals == {}
    assert first.target.row(0)  # what it did hold is there
