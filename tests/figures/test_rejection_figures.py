"""Charts of the rejections laboratory say what they were given."""

from __future__ import annotations

import pytest

from specviz.figures.rejections.quality import front_figure, price_figure, speed_figure
from specviz.figures.rejections.rejections import (
    batch_figure,
    block_figure,
    counted_figure,
    difference_figure,
    running_sum_figure,
)
from specviz.theory import Estimate


def estimate(value: float, reach: float) -> Estimate:
    return Estimate(value, value - reach, value + reach, 0.95, 12)


def named(figure) -> dict:
    return {trace.name: trace for trace in figure.data if trace.name}


def test_the_running_sum_ends_at_the_sum_of_the_bars():
    line, bars = running_sum_figure([0.2, 0.5, 0.1], [" a", "\n", "<b>"]).data
    assert line.y[-1] == pytest.approx(sum(bars.y)) == pytest.approx(0.8)


def test_the_band_lies_about_the_count_and_the_prediction_is_dashed():
    traces = named(counted_figure([0.5, 1.0], [0.4, 0.8], [0.6, 1.2], [0.5, 0.9]))
    assert list(traces["rejections counted"].y) == [0.5, 1.0]
    assert traces["sum of TV(p, q)"].line.dash == "dash"
    assert list(traces["95 % interval"].y) == [0.6, 1.2, 0.8, 0.4]


def test_differences_keep_their_intervals_and_have_marks_of_their_own():
    groups = {"token": {"story": estimate(0.1, 0.3)}, "block": {"story": estimate(-2.0, 0.5)}}
    traces = named(difference_figure(groups, "difference"))
    assert traces["block"].error_x.array[0] == pytest.approx(0.5)
    assert traces["block"].error_x.arrayminus[0] == pytest.approx(0.5)
    assert traces["token"].marker.symbol != traces["block"].marker.symbol


def test_the_parts_of_a_batch_are_stacked():
    figure = batch_figure([1, 2, 4], [5.0, 4.0, 2.0], [6.0, 6.5, 7.0], 7.4, 2)
    traces = named(figure)
    parts = [traces["inside a chain"], traces["at a fresh start"]]
    assert {trace.stackgroup for trace in parts} == {"one"}
    assert list(parts[1].y) == [5.0, 4.0, 2.0]
    assert list(traces["endless drafts: 7.40"].y) == [7.4, 7.4]


def test_block_runs_beside_the_dashed_sum():
    traces = named(block_figure([0.3, 0.7], [0.3, 0.6]))
    assert list(traces["block verification"].y) == [0.3, 0.6]
    assert traces["token rule = sum of TV(p, q)"].line.dash == "dash"


def test_the_front_rings_the_chosen_slack_on_both_curves():
    figure = front_figure([0.4, 0.2, 0.0], [0.0, 0.2, 0.4], [0.1, 0.25, 0.4], 1)
    rings = [(trace.x[0], trace.y[0]) for trace in figure.data if trace.name is None]
    assert rings == [(0.2, 0.2), (0.2, 0.25)]
    assert list(named(figure)["reject + loss = TV: nothing is below"].y) == [0, 0.4]


def test_the_price_of_slack_is_labelled():
    trace = price_figure({"ε = 0": (estimate(2.7, 0.1), estimate(1.4, 0.05))}).data[0]
    assert (trace.text[0], trace.x[0], trace.y[0]) == ("ε = 0", 2.7, 1.4)
    assert trace.error_y.array[0] == pytest.approx(0.05)


def test_the_best_depth_is_starred_and_a_run_is_drawn_only_where_there_is_one():
    depths, speeds = [0, 1, 2, 3], [1.0, 1.3, 1.4, 1.2]
    assert named(speed_figure(depths, speeds, 2, (3, estimate(1.1, 0.1))))["measured runs, 95 % interval"].x[0] == 3
    traces = named(speed_figure(depths, speeds, 2, None))
    assert (traces["best depth of the model: 2"].x[0], traces["best depth of the model: 2"].y[0]) == (2, 1.4)
    assert "measured runs, 95 % interval" not in traces
