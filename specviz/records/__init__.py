"""Frozen data, numpy only: what a run is and what every picture reads."""

from specviz.records.curve import Curve
from specviz.records.laws import PairLaws
from specviz.records.race import Race
from specviz.records.rows import (
    Arrivals,
    Clocks,
    Rows,
    SparseRows,
    Top,
    ids_by_node,
    sparse_from_dense,
    sparse_of_rows,
    top_of_rows,
    top_tokens,
)
from specviz.records.settings import RunSettings, Warp
from specviz.records.study import LimitsStudy, Measurement, NestedTrees
from specviz.records.table import MeasuredTable
from specviz.records.trace import SCHEMA, DecodeTrace, Iteration, Provenance, Seconds, StopReason
from specviz.records.tree import DraftTree, Sampling, root_only
from specviz.records.verdict import ClosingKind, Draw, DrawKind, State, Verdict
from specviz.records.warp import warped

__all__ = [
    "SCHEMA",
    "Arrivals",
    "Clocks",
    "ClosingKind",
    "Curve",
    "DecodeTrace",
    "DraftTree",
    "Draw",
    "DrawKind",
    "Iteration",
    "LimitsStudy",
    "MeasuredTable",
    "Measurement",
    "NestedTrees",
    "PairLaws",
    "Provenance",
    "Race",
    "Rows",
    "RunSettings",
    "Sampling",
    "Seconds",
    "SparseRows",
    "State",
    "StopReason",
    "Top",
    "Verdict",
    "Warp",
    "ids_by_node",
    "root_only",
    "sparse_from_dense",
    "sparse_of_rows",
    "top_of_rows",
    "top_tokens",
    "warped",
]
