"""The figures of a whole run, its passes as a table, and its ceilings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from specviz.records import DecodeTrace, Sampling
from specviz.theory import bootstrap_ratio, dual_bound, explicit_bound, paper_bound


@dataclass(frozen=True)
class RunNumbers:
    """The figures of one run; every estimate with its count.

    tau: block efficiency, tokens emitted per target pass (L / K). utilisation: accepted / drafted. mu, mu2: mean of
    the target's entropy (nats) and of its second log-moment (nats^2) at the emitted positions. overlap: mean of
    sum min(p, q) where the draft model was run.
    """

    tokens: int
    passes: int
    tau: float
    accepted: int
    drafted: int
    utilisation: float
    mu: float
    mu2: float
    overlap: float
    seconds: float


def run_numbers(trace: DecodeTrace) -> RunNumbers:
    """The figures of a run; NaN where nothing was measured."""
    drafted = sum(i.tree.size for i in trace.iterations)
    accepted = sum(i.verdict.accepted for i in trace.iterations)
    overlap = _joined(trace, "overlap")
    overlap = overlap[np.isfinite(overlap)]
    return RunNumbers(
        tokens=len(trace.emitted),
        passes=trace.target_calls,
        tau=trace.block_efficiency,
        accepted=accepted,
        drafted=drafted,
        utilisation=accepted / drafted if drafted else float("nan"),
        mu=_mean(_joined(trace, "entropy")),
        mu2=_mean(_joined(trace, "second_moment")),
        overlap=_mean(overlap),
        seconds=sum(i.seconds.total for i in trace.iterations),
    )


def iteration_table(trace: DecodeTrace) -> pd.DataFrame:
    """One row per target pass."""
    columns = [
        "iteration",
        "context",
        "drafted",
        "accepted",
        "emitted",
        "closing",
        "draft_ms",
        "target_ms",
        "verify_ms",
    ]
    rows = [
        (
            i.index,
            i.context_len,
            i.tree.size,
            i.verdict.accepted,
            len(i.emitted),
            str(i.verdict.closing_kind),
            1000 * i.seconds.draft,
            1000 * i.seconds.target,
            1000 * i.seconds.verify,
        )
        for i in trace.iterations
    ]
    return pd.DataFrame(rows, columns=columns)


def running_tokens_per_pass(trace: DecodeTrace) -> pd.DataFrame:
    """Tokens per pass so far after each pass, with a 95 % bootstrap interval over passes from the fifth pass on."""
    emitted = [len(i.emitted) for i in trace.iterations]
    rows = []
    for count in range(1, len(emitted) + 1):
        low = high = float("nan")
        if count >= 5:
            estimate = bootstrap_ratio(emitted[:count], [1] * count)
            low, high = estimate.low, estimate.high
        rows.append((count, sum(emitted[:count]) / count, low, high, emitted[count - 1]))
    return pd.DataFrame(rows, columns=["pass", "tokens_per_pass", "low", "high", "emitted"])


@dataclass(frozen=True)
class RunBounds:
    """Ceilings for the tokens per pass of one run, P draft nodes and the closing token counted.

    dual: B* from the run's own surprisals. explicit: T1 from the run's mu and mu2. paper: leading term of the paper.
    applies: whether drafting was deterministic given the context, which all three assume.
    """

    dual: float
    explicit: float
    paper: float
    applies: bool


def run_bounds(trace: DecodeTrace) -> RunBounds:
    """The bounds at the run's own capacity; NaN where the run is too short to say."""
    numbers, capacity = run_numbers(trace), trace.settings.capacity
    sampling = {i.tree.sampling for i in trace.iterations}
    applies = sampling <= {Sampling.TOP} and trace.settings.temperature > 0
    if not trace.iterations or not numbers.mu > 0:
        return RunBounds(float("nan"), float("nan"), float("nan"), applies)
    surprisals, mu2 = [_joined(trace, "surprisal")], max(numbers.mu2, numbers.mu**2)  # files round to six digits
    try:
        dual = float(dual_bound(surprisals, capacity, every_start=True, convention="B"))
    except ValueError:  # too few tokens to start from
        dual = float("nan")
    return RunBounds(
        dual=dual,
        explicit=float(explicit_bound(numbers.mu, mu2, capacity, convention="B")),
        paper=float(paper_bound(numbers.mu, mu2, capacity, convention="B")),
        applies=applies,
    )


def _joined(trace: DecodeTrace, name: str) -> np.ndarray:
    parts = [getattr(i, name) for i in trace.iterations]
    return np.concatenate(parts) if parts else np.zeros(0)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
