"""Numbers of a run from its record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specviz.metrics import iteration_table, run_bounds, run_numbers, running_tokens_per_pass
from specviz.records.store import load_trace

TRACES = Path(__file__).parents[2] / "assets" / "traces"


@pytest.fixture(scope="module")
def trace():
    return load_trace(TRACES / "story.json.gz")


def test_numbers_add_up(trace):
    n = run_numbers(trace)
    table = iteration_table(trace)
    assert n.tokens == table["emitted"].sum() == len(trace.emitted)
    assert n.tau == pytest.approx(n.tokens / n.passes)
    assert n.accepted == table["accepted"].sum()
    assert n.utilisation == pytest.approx(n.accepted / n.drafted)
    assert 0 < n.overlap < 1
    assert n.mu2 >= n.mu**2


def test_the_running_mean_ends_at_tau(trace):
    table = running_tokens_per_pass(trace)
    assert table["tokens_per_pass"].iloc[-1] == pytest.approx(trace.block_efficiency)
    last = table.iloc[-1]
    assert last["low"] <= last["tokens_per_pass"] <= last["high"]
    assert np.isnan(table["low"].iloc[0])


def test_bounds_say_when_they_apply(trace):
    bounds = run_bounds(trace)
    assert bounds.applies
    assert 1 <= bounds.dual <= trace.settings.capacity + 1
    assert bounds.explicit >= run_numbers(trace).tau * 0.8
    assert not run_bounds(load_trace(TRACES / "sum.json.gz")).applies


def test_an_empty_run_has_no_numbers(trace):
    empty = replace(trace, iterations=())
    assert np.isnan(run_numbers(empty).tau)
    assert np.isnan(run_bounds(empty).dual)
    assert len(running_tokens_per_pass(empty)) == 0
