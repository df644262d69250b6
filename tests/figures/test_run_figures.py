"""Figures of a run: what they draw is what the tables say, for ordinary, tiny and odd runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specviz.figures.run.passes import chance_figure, depth_figure, length_figure, time_figure
from specviz.figures.run.text import text_figure
from specviz.metrics import (
    accepted_lengths,
    iteration_table,
    kept_by_depth,
    predicted_chances,
    time_by_part,
    tokens_along_the_text,
)
from specviz.records import DecodeTrace, DraftTree, Iteration, State, root_only
from specviz.records.store import load_trace

TRACES = sorted((Path(__file__).parents[2] / "assets" / "traces").glob("*.json.gz"))


@pytest.fixture(params=TRACES, ids=lambda p: p.name)
def trace(request) -> DecodeTrace:
    return load_trace(request.param)


def plain(item: Iteration) -> Iteration:
    """A pass without a guess."""
    state, chance = np.array([State.ROOT], np.uint8), np.full(1, np.nan)
    verdict = replace(item.verdict, state=state, accept_prob=chance, path=np.zeros(0, np.int32), draws=())
    token = item.emitted[:1]
    columns = {name: getattr(item, name)[:1] for name in ("entropy", "second_moment", "surprisal")}
    return replace(
        item, tree=root_only(item.tree.sampling), verdict=verdict, emitted=token, overlap=np.full(1, np.nan), **columns
    )


def test_lengths_count_every_pass_once(trace):
    table = accepted_lengths(trace)
    assert table["passes"].sum() == len(trace.iterations)
    assert table["share"].sum() == pytest.approx(1)
    mean = (table["accepted"] * table["passes"]).sum() / table["passes"].sum()
    assert mean == pytest.approx(np.mean([item.verdict.accepted for item in trace.iterations]))
    assert table["accepted"].tolist() == list(range(max(int(i.tree.depth.max()) for i in trace.iterations) + 1))
    figure = length_figure(table, mean)
    assert list(figure.data[0].y) == table["passes"].tolist()
    assert figure.layout.shapes[0].x0 == pytest.approx(mean)


def test_depths_are_conditional_and_their_product_bounds_the_marginal(trace):
    table = kept_by_depth(trace.iterations)
    assert (table["kept"] <= table["tried"]).all()
    assert (table["tried"].iloc[1:].to_numpy() <= table["kept"].iloc[:-1].to_numpy()).all()
    assert (table["low"] <= table["rate"]).all()
    assert (table["rate"] <= table["high"]).all()
    for depth, share in zip(table["depth"], table["share"], strict=True):
        got_there = np.mean([item.verdict.accepted >= depth for item in trace.iterations])
        assert share == pytest.approx(got_there)
    assert list(depth_figure(table).data[1].y) == table["rate"].tolist()


def test_the_text_table_has_one_row_for_each_token(trace):
    table = tokens_along_the_text(trace)
    assert len(table) == len(trace.emitted)
    assert table["number"].tolist() == list(range(1, len(table) + 1))
    assert (table["outcome"] == "accepted").sum() == sum(
        min(len(item.emitted), item.verdict.accepted) for item in trace.iterations
    )
    known = table["distance"].dropna()
    assert ((known >= -1e-6) & (known <= 1)).all()
    drawn = [len(mark.x) for mark in text_figure(table).data if mark.mode == "markers"]
    assert sum(drawn) == 2 * len(table)


def test_markup_in_a_token_stays_text(trace):
    table = tokens_along_the_text(trace)
    table["token"] = "<b>bold</b>"
    texts = [text for mark in text_figure(table).data if mark.mode == "markers" for text in mark.text]
    assert set(texts) == {"&lt;b&gt;bold&lt;/b&gt;"}


def test_time_is_shared_out(trace):
    parts, table = time_by_part(trace), iteration_table(trace)
    assert parts["share"].sum() == pytest.approx(1)
    assert parts["seconds"].sum() == pytest.approx(sum(item.seconds.total for item in trace.iterations))
    assert [bar.name for bar in time_figure(table).data] == ["draft", "target", "verify"]


def test_chances_are_those_of_the_coins_or_of_the_guesses():
    by_name = {path.name.split(".")[0]: load_trace(path) for path in TRACES}
    coins = predicted_chances(by_name["code"])
    tossed = [d for item in by_name["code"].iterations for d in item.verdict.draws if d.kind == "coin"]
    assert coins["guesses"].sum() == len(tossed)
    assert (coins["observed"] * coins["guesses"]).sum() == pytest.approx(sum(d.outcome for d in tossed))
    looked = predicted_chances(by_name["story"])
    right = ((looked["low"] <= looked["predicted"]) & (looked["predicted"] <= looked["high"])).mean()
    assert right >= 0.7  # ten intervals of 95 %
    assert ((looked["predicted"] >= looked["from"]) & (looked["predicted"] <= looked["to"])).all()
    assert predicted_chances(by_name["sum"]).empty
    assert len(chance_figure(looked).data[1].x) == len(looked)


@pytest.mark.parametrize("kind", ["nothing", "one pass", "plain decoding", "no times"])
def test_odd_runs_have_tables_and_figures(kind):
    trace = load_trace(TRACES[0])
    first = trace.iterations[0]
    no_time = replace(first, seconds=replace(first.seconds, draft=0.0, target=0.0, verify=0.0))
    guessless = tuple(map(plain, trace.iterations))
    passes = {"nothing": (), "one pass": (first,), "plain decoding": guessless, "no times": (no_time,)}
    odd = replace(trace, iterations=passes[kind])
    lengths, depths = accepted_lengths(odd), kept_by_depth(odd.iterations)
    assert lengths["passes"].sum() == len(odd.iterations)
    assert depths.empty == (kind in ("nothing", "plain decoding"))
    for figure in (
        length_figure(lengths, 0.0), depth_figure(depths), text_figure(tokens_along_the_text(odd)),
        time_figure(iteration_table(odd)), chance_figure(predicted_chances(odd)),
    ):  # fmt: skip
        assert figure.layout.xaxis.title.text or figure.layout.xaxis2.title.text
    assert np.isnan(time_by_part(odd)["share"]).all() == (kind in ("nothing", "no times"))


def test_a_child_that_was_never_reached_is_no_trial():
    trace = load_trace(TRACES[0])
    item = next(i for i in trace.iterations if i.verdict.accepted == 0 and i.tree.size)
    table = kept_by_depth([item])
    assert table["tried"].tolist() == [1]
    assert isinstance(item.tree, DraftTree)
