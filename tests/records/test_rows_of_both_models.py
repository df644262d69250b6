"""A record keeps the same ids of both models at a node, and the mass below each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from specviz.records.store import load_trace

TRACES = sorted((Path(__file__).parents[2] / "assets" / "traces").glob("*.json.gz"))


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_both_rows_of_a_node_keep_the_same_ids(path):
    both = 0
    for item in load_trace(path).iterations:
        for node in range(item.tree.size + 1):
            assert item.target.known(node)
            if item.draft.known(node):
                both += 1
                assert set(item.draft.row(node)) == set(item.target.row(node))
    assert both > 20


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_masses_below_are_those_of_a_law(path):
    for item in load_trace(path).iterations:
        for node in range(item.tree.size + 1):
            order = np.argsort(item.target.ids[node])
            known = item.target.ids[node][order] >= 0
            probs, below = item.target.probs[node][order][known], item.target.below[node][order][known]
            gaps = np.diff([0.0, *below, 1.0]) - [0.0, *probs]
            assert gaps.min() > -2e-6
            assert gaps.sum() == pytest.approx(item.target.tail[node], abs=2e-5)


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_the_accepted_path_and_its_closing_token_are_kept(path):
    for item in load_trace(path).iterations:
        end = int(item.verdict.path[-1]) if len(item.verdict.path) else 0
        assert item.target.prob(end, item.verdict.closing_token) is not None


def test_a_run_with_coins_keeps_what_was_left_and_one_on_shared_clocks_does_not():
    by_name = {path.name: load_trace(path) for path in TRACES}
    left = [rows for item in by_name["code.json.gz"].iterations for rows in item.residuals.values()]
    assert left
    assert all(rows.known(0) for rows in left)
    assert not any(item.residuals for item in by_name["sum.json.gz"].iterations)
