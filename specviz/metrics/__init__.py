"""Pure functions from a trace to numbers and tables."""

from specviz.metrics.passes import (
    accepted_lengths,
    kept_by_depth,
    predicted_chances,
    time_by_part,
    tokens_along_the_text,
)
from specviz.metrics.run import (
    RunBounds,
    RunNumbers,
    iteration_table,
    run_bounds,
    run_numbers,
    running_tokens_per_pass,
)

__all__ = [
    "RunBounds",
    "RunNumbers",
    "accepted_lengths",
    "iteration_table",
    "kept_by_depth",
    "predicted_chances",
    "run_bounds",
    "run_numbers",
    "running_tokens_per_pass",
    "time_by_part",
    "tokens_along_the_text",
]
