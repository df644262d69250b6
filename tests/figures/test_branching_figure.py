"""The walk and its curves say what the tree says."""

import numpy as np
import plotly.graph_objects as go
import pytest

from specviz.figures.limits.branching import tokens_figure, walk_figure
from specviz.records import Curve
from specviz.theory import Walk, grow, left_out, named_source


def picture(name: str, size: int) -> tuple[Walk, np.ndarray, go.Figure]:
    source = named_source(name)
    walk = grow(source, size, np.random.default_rng(1))
    boundary = left_out(source, walk)
    return walk, boundary, walk_figure(walk, boundary, 3.0, (float(walk.depth.max() + 1), walk.surprisal[-1] + 0.7))


@pytest.mark.parametrize("size", [1, 2, 65, 257])
@pytest.mark.parametrize("name", ["chat-like", "uniform over 4"])
def test_the_frontier_parts_kept_from_left_out(name: str, size: int) -> None:
    walk, boundary, figure = picture(name, size)
    kept = next(trace for trace in figure.data if (trace.name or "").startswith("kept"))
    out = next(trace for trace in figure.data if trace.name == "best child left out")
    frontier = next(trace for trace in figure.data if (trace.name or "").startswith("frontier"))
    assert list(kept.y) == walk.surprisal.tolist()
    assert [row[2] for row in kept.customdata] == walk.depth.tolist()
    assert max(kept.y) == frontier.y[0]
    assert all(level >= frontier.y[0] - 1e-12 for level in out.y)
    assert len(out.y) == (boundary <= walk.surprisal[-1] + 0.7).sum()


def test_edges_are_one_line_and_meet_their_nodes() -> None:
    walk, _, figure = picture("code-like", 40)
    kept = next(trace for trace in figure.data if (trace.name or "").startswith("kept"))
    lines = [trace for trace in figure.data if trace.mode == "lines" and trace.name is None]
    assert len(lines) == 2
    assert list(lines[1].y[1::3]) == list(kept.y[1:])
    assert list(lines[1].y[::3]) == walk.surprisal[walk.parent[1:]].tolist()
    assert np.isnan(lines[1].x[2::3].astype(float)).all()


def test_no_two_nodes_stand_on_one_point_and_none_leaves_its_depth() -> None:
    walk, _, figure = picture("uniform over 4", 86)
    kept = next(trace for trace in figure.data if (trace.name or "").startswith("kept"))
    assert len({(round(x, 6), round(y, 6)) for x, y in zip(kept.x, kept.y, strict=True)}) == 86
    assert (np.abs(kept.x - walk.depth) < 0.5).all()


def test_curves_keep_their_values_and_ceilings_are_told_apart() -> None:
    x, y = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 2.4])
    curves = [
        Curve(x, y, "P", "tokens", "this tree", "oracle"),
        Curve(x, y, "P", "tokens", "mean", "oracle", band=(y - 0.1, y + 0.1)),
        Curve(x, y + 1, "P", "tokens", "B*", "theory"),
        Curve(x, y + 2, "P", "tokens", "T1", "theory"),
        Curve(x, y - 1, "P", "tokens", "log(P + 1) / mu", "not_a_bound"),
    ]
    named = {trace.name: trace for trace in tokens_figure(curves, 2).data if trace.name}
    assert all(list(named[curve.label].y) == curve.y.tolist() for curve in curves)
    assert len({named[label].line.dash for label in ("B*", "T1", "log(P + 1) / mu")}) == 3
