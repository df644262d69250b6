"""Frozen data, numpy only: what a run is and what every picture reads."""

from specviz.records.curve import Curve
from specviz.records.race import Race
from specviz.records.rows import Rows, SparseRows, sparse_from_dense
from specviz.records.settings import RunSettings, Warp
from specviz.records.study import LimitsStudy, Measurement
from specviz.records.trace import SCHEMA, DecodeTrace, Iteration, Provenance, Seconds, StopReason
from specviz.records.tree import DraftTree, Sampling, root_only
from specviz.records.verdict import ClosingKind, Draw, DrawKind, State, Verdict

__all__ = [
    "SCHEMA",
    "ClosingKind",
    "Curve",
    "DecodeTrace",
    "DraftTree",
    "Draw",
    "DrawKind",
    "Iteration",
    "LimitsStudy",
    "Measurement",
    "Provenance",
    "Race",
    "Rows",
    "RunSettings",
    "Sampling",
    "Seconds",
    "SparseRows",
    "State",
    "StopReason",
    "Verdict",
    "Warp",
    "root_only",
    "sparse_from_dense",
]
