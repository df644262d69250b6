"""Charts of the races laboratory say what they were given."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.figures.races.bounds import bounds_figure, slack_figure
from specviz.figures.races.family import family_figure
from specviz.figures.races.one import rank_figure
from specviz.figures.races.ranks import LINES, acceptance_figure, entropy_figure, list_figure
from specviz.figures.races.tree import budget_figure, parse_tree_figure, rank_tree_figure
from specviz.race import EntropyRange, RankEntropyBounds, tau_star, tunstall
from specviz.theory import Estimate

CHANCES = (0.6, 0.2, 0.1)


def about(value: float) -> Estimate:
    return Estimate(value, max(0.0, value - 0.1), value + 0.1, 0.95, 12)


def by_name(figure, name: str):
    return next(trace for trace in figure.data if trace.name == name)


def test_counted_ranks_stand_beside_the_law():
    figure = rank_figure([0.7, 0.2, 0.1], [about(0.69), about(0.22), about(0.09)])
    assert list(figure.data[0].y) == [0.7, 0.2, 0.1]
    assert list(figure.data[1].y) == [0.69, 0.22, 0.09]
    assert np.allclose(figure.data[1].error_y.array, 0.1)


def test_entropies_are_drawn_in_bits():
    bit = float(np.log(2))
    distinct, repeated = EntropyRange(bit, bit), EntropyRange(2 * bit, 3 * bit)
    figure = entropy_figure(RankEntropyBounds(bit, 4 * bit), distinct, repeated, bit)
    assert by_name(figure, "H[R], distinct drafts").x[0] == pytest.approx(1)
    assert by_name(figure, "H[R], repeats counted").x[0] == pytest.approx(2.5)
    assert list(figure.data[0].x) == pytest.approx([1, 4])


def test_every_list_has_its_own_line():
    curves = {name: [0.1 * place, 0.5] for place, name in enumerate(LINES)}
    figure = list_figure(curves)
    assert {trace.name: list(trace.y) for trace in figure.data} == curves
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == len(LINES)


def test_a_rank_that_was_never_counted_has_no_mark():
    figure = acceptance_figure({"ERSD": [about(0.6)] * 2, "GSD": [about(0.5)] * 2}, [about(0.6), about(0.0)])
    counted = by_name(figure, "ERSD: counted in real rounds")
    assert list(counted.y) == [0.6, None]
    assert figure.layout.yaxis.type == "log"


def test_the_last_node_is_ringed_in_both_trees():
    tree, parse = tau_star(CHANCES, 5), tunstall(CHANCES, 6)
    left, right = rank_tree_figure(tree), parse_tree_figure(parse)
    nodes = left.data[1]
    assert len(nodes.x) == 6
    assert (left.data[2].x[0], left.data[2].y[0]) == (nodes.x[5], nodes.y[5])
    assert f"{tree.reach[5]:.4f}" in left.layout.annotations[0].text
    split = by_name(right, "split")
    assert len(split.x) == 6
    assert len(by_name(right, "word (leaf)").x) == len(parse.leaves)
    assert by_name(right, "split last").x[0] in split.x


def test_a_tree_without_nodes_is_a_root():
    assert len(rank_tree_figure(tau_star(CHANCES, 0)).data[1].x) == 1
    assert not any(trace.name == "split last" for trace in parse_tree_figure(tunstall(CHANCES, 1)).data)


def test_budget_lines_keep_their_names():
    figure = budget_figure([1, 2], [1.6, 2.0], {"bound": [3, 4], "sharper": [2.5, 3.5]}, 2)
    assert [trace.name for trace in figure.data] == ["tau*, by product of a_r", "bound", "sharper"]


def test_the_family_has_a_panel_for_each_rule():
    keys = [(rule, shape) for rule in ("ERSD", "GSD") for shape in ("sequence", "tau_star")]
    measured = {key: [about(1.0), about(2.0)] for key in keys}
    predicted = {key: [1.1, 2.1] for key in keys}
    figure = family_figure([1, 2], measured, predicted, [5.0, 6.0])
    assert [note.text for note in figure.layout.annotations] == ["ERSD: shared race", "GSD: recursive rejection"]
    solid = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert {(trace.name, trace.xaxis) for trace in solid} == {
        ("sequence", "x"), ("tau*", "x"), ("sequence", "x2"), ("tau*", "x2")
    }  # fmt: skip
    assert sum(bool(trace.showlegend) for trace in solid) == 2
    assert list(by_name(figure, "bound of ERSD, minus 1").y) == [5.0, 6.0]
    alone = family_figure([1, 2], {}, predicted)
    assert {trace.mode for trace in alone.data} == {"lines+markers"}


def test_pairs_and_slack():
    figure = bounds_figure([0.5, 0.7], [0.4, 0.69], (0.7, 43 / 62))
    assert list(by_name(figure, "random pairs").y) == [0.4, 0.69]
    assert by_name(figure, "the pair of the sidebar").y[0] == pytest.approx(43 / 62)
    assert [box.name for box in slack_figure({"upper": [0.1], "tight": [0.0]}).data] == ["upper", "tight"]
