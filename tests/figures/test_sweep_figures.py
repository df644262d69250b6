"""The pictures of a sweep draw the rows of their tables, and no name of a stranger is markup in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from specviz.figures.sweep.curves import curves_figure
from specviz.figures.sweep.disparity import disparity_figure
from specviz.figures.sweep.kinds import kinds_figure
from specviz.figures.sweep.methods import label, method_names, method_styles
from specviz.figures.sweep.shared import shared_figure
from specviz.metrics.sweep import (
    MEASURES,
    PER_PASS,
    by_prompt,
    disparity,
    estimates,
    method_keys,
    runs_table,
    shared_work,
)
from specviz.records.sweep_plan import SweepPlan
from specviz.records.sweep_store import load_sweep

FILE = Path(__file__).parents[2] / "assets" / "sweeps" / "presets.parquet"
MEASURE = MEASURES[PER_PASS]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def sweep():
    return load_sweep(FILE)


@pytest.fixture(scope="module")
def names(sweep):
    return method_names(method_keys(sweep))


@pytest.fixture(scope="module")
def runs(sweep, names):
    return runs_table(sweep, names)


@pytest.fixture(scope="module")
def styles(names):
    return method_styles(list(names.values()))


def test_names_tell_methods_apart():
    keys = [("chain", "token", 4), ("sequoia", "traversal", 2), ("sequoia", "traversal", 4), ("my_own", "token", 4)]
    names = method_names(keys)
    assert len(set(names.values())) == 4
    assert names[keys[0]].startswith("Chain")
    assert names[keys[1]].endswith("k = 2")
    assert "my_own" in names[keys[3]]  # a method of somebody's own keeps the name of its file


def test_styles_differ_in_mark_or_dash_as_well():
    styles = method_styles([str(number) for number in range(24)])
    assert len({(style.mark, style.dash) for style in styles.values()}) == 24


def test_curves_are_the_estimates(runs, styles):
    table = estimates(runs, ["method", "P"], MEASURE)
    figure = curves_figure(table, styles, MEASURE.unit)
    lines = [trace for trace in figure.data if trace.name]
    assert [line.name for line in lines] == list(styles)
    own = table[table["method"] == lines[0].name]
    assert list(lines[0].x) == list(own["P"])
    assert list(lines[0].y) == list(own["value"])
    assert figure.layout.xaxis.type == "log"


def test_one_panel_for_each_kind(runs, styles, sweep):
    figure = curves_figure(estimates(runs, ["method", "P", "kind"], MEASURE), styles, MEASURE.unit)
    assert [note.text for note in figure.layout.annotations] == list(sweep.kinds)
    assert sum(bool(trace.showlegend) for trace in figure.data) == len(styles)


def test_kinds_have_a_dot_for_each_method_with_its_interval(runs, styles, sweep):
    table = estimates(runs[runs["P"] == runs["P"].max()], ["kind", "method"], MEASURE)
    figure = kinds_figure(table, styles, MEASURE.unit)
    assert len(figure.data) == len(styles)
    assert sum(len(trace.x) for trace in figure.data) == len(table)
    assert all((array >= 0).all() for trace in figure.data for array in (trace.error_x.array, trace.error_x.arrayminus))
    assert [text.split(" (")[0] for text in figure.layout.yaxis.ticktext] == list(sweep.kinds)


def test_disparity_draws_every_prompt_and_every_kind(runs, styles):
    own = runs[runs["P"] == runs["P"].max()]
    each, kinds, spread = by_prompt(own, MEASURE), estimates(own, ["method", "kind"], MEASURE), disparity(own, MEASURE)
    figure = disparity_figure(each, kinds, spread, styles, MEASURE.unit)
    dots = next(trace for trace in figure.data if trace.name == "one prompt")
    assert sorted(dots.x) == sorted(each["value"])
    bars = [trace for trace in figure.data if trace.mode == "lines" and trace.line.width == 11]
    assert [tuple(bar.x) for bar in bars] == list(zip(spread["worst kind value"], spread["best kind value"]))  # noqa: B905


def test_work_made_beside_work_needed(sweep, names):
    table = shared_work(sweep, names)
    needed, made = shared_figure(table).data
    assert list(made.x) == list(table["target passes"])
    assert all(m <= n for m, n in zip(made.x, needed.x, strict=True))
    assert sum(made.x) < sum(needed.x)


def test_a_kind_that_is_markup_is_letters(sweep, names, styles):
    prompts = tuple(replace(prompt, kind=HOSTILE, name=HOSTILE) for prompt in sweep.plan.prompts)
    plan = SweepPlan(sweep.plan.settings, prompts, sweep.plan.methods, sweep.plan.seeds)
    rows = tuple(replace(row, kind=HOSTILE, name=HOSTILE) for row in sweep.rows)
    own = runs_table(replace(sweep, plan=plan, rows=rows), names)
    kinds = estimates(own, ["method", "kind"], MEASURE)
    figures = (
        curves_figure(estimates(own, ["method", "P", "kind"], MEASURE), styles, MEASURE.unit),
        kinds_figure(estimates(own[own["P"] == 4], ["kind", "method"], MEASURE), styles, MEASURE.unit),
        disparity_figure(by_prompt(own, MEASURE), kinds, disparity(own, MEASURE), styles, MEASURE.unit),
    )
    assert all("<script" not in figure.to_json().replace("\\u003c", "<") for figure in figures)
    assert "&lt;script" in label(HOSTILE)
