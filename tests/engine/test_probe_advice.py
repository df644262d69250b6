"""Costs, trees cut down, and a recommendation that is checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specviz.chance import Sampled
from specviz.drafting import make_drafter
from specviz.engine.decode import cast_of, check_fit
from specviz.engine.exact import PROMPT, output_law, toy_models
from specviz.engine.guessers import open_guesser
from specviz.engine.probe.advice import Adviser, measured_gain
from specviz.engine.probe.candidates import CAPACITIES, Candidate, candidates
from specviz.engine.probe.costs import CUDA_SIZES, SIZES, CostMeter, measure_costs, plain_text, sizes_on
from specviz.engine.probe.draft_time import DraftTime, pass_seconds
from specviz.engine.probe.ground import Ground, pace, shares_of_passes
from specviz.engine.probe.survey import plain
from specviz.engine.probe.trees import Cuts, grow_along
from specviz.engine.step import Pass
from specviz.models.pair import load_pair
from specviz.race import DRAFT, PICK
from specviz.records import Provenance, RunSettings, Warp
from specviz.records.advice_store import load_advice, save_advice
from specviz.records.costs import Costs
from specviz.records.files import TraceError, read_record, write_record
from specviz.seams import Guesser, Round
from specviz.verification import make_verifier

SETTINGS = RunSettings(temperature=0.7, max_new_tokens=12, seed=3)


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft")


def made_costs(target=(4.0, 4.0, 8.0), draft=(1.0, 1.0, 2.0)) -> Costs:
    return Costs(Provenance("t", "d", "cpu", "float32", ()), (0, 1, 9), target, target, target, draft, draft, draft,
                 10, 3, 0.1)  # fmt: skip


def test_costs_of_both_models_at_rising_sizes(pair):
    costs = measure_costs(pair, plain_text(pair), budget=5.0, sizes=SIZES[:7])
    assert costs.sizes == (0, 1, 2, 4, 8, 16, 32)
    assert costs.repeats >= 1
    assert costs.target_pass(32) > costs.target_pass(0) > costs.draft_pass(0) > 0
    assert all(
        low <= usual <= high for low, usual, high in zip(costs.target_low, costs.target, costs.target_high, strict=True)
    )
    assert costs.ratio > 0
    assert len(costs.rows()) == 7
    for column in (costs.target, costs.draft, costs.target_high):
        assert list(column) == sorted(column)


def test_sizes_that_the_budget_does_not_reach_are_left_out(pair):
    meter = CostMeter(pair, plain_text(pair), budget=1e-9)
    assert meter.costs() is None
    steps = list(meter)
    assert meter.costs().sizes == (0, 1, 8)  # however slow: the line through these tells what others would cost
    assert meter.costs().repeats == steps[-1] == 1
    assert meter.complete
    assert sizes_on("cpu") == SIZES
    assert sizes_on("cuda:1") == CUDA_SIZES
    assert max(CUDA_SIZES) == 512


def test_a_step_is_one_pass_of_each_model(pair):
    """Between two of them others may use the models."""
    meter = CostMeter(pair, plain_text(pair), sizes=(0, 1, 4), budget=1e9, stop=lambda: meter.costs().repeats == 2)
    assert list(meter) == [0] * 6 + [0, 0, 1, 1, 1, 2]  # two rounds are not counted
    assert not meter.complete  # stopped before the third


def test_where_the_curve_is_flat_guesses_are_nearly_free():
    assert made_costs().nearly_free() == 1
    assert made_costs().nearly_free(1.0) == 9
    assert made_costs(target=(4.0, 6.0, 8.0)).nearly_free() == 0


def test_a_slow_moment_is_taken_out_of_both_sides():
    costs = made_costs()
    assert pace([8.0, 8.0, 80.0], costs) == 2.0
    assert pace([2.0], costs) == 0.5  # costs were measured between other work, or in a slower moment


def test_stretches_that_are_copied_take_few_passes():
    """Twenty tokens, half of them copied five at a time: 2 passes there and 10 over the others."""
    places = [5.0, 5.0, 1.0, 1.0]  # one in five places
    assert np.average(places, weights=shares_of_passes(Guesser.CONTEXT, places)) == pytest.approx(20 / 12)
    assert np.average(places, weights=shares_of_passes(Guesser.DRAFT, places)) == 3.0


def test_costs_do_not_change_the_text(pair):
    ids = pair.encode("Once upon a time")
    before = pair.target.open(ids, Warp()).feed([], [])[0]
    measure_costs(pair, ids, sizes=(0, 4), budget=0.01)
    assert pair.target.open(ids, Warp()).feed([], [])[0] == pytest.approx(before)
    with pytest.raises(ValueError, match="not negative"):
        measure_costs(pair, ids, sizes=(-1,))


def test_costs_between_and_beyond_the_sizes():
    costs = made_costs()
    assert costs.target_pass(5) == pytest.approx(6.0)
    assert costs.target_pass(17) == pytest.approx(12.0)
    assert costs.draft_pass(0) == 1.0
    assert made_costs(draft=(1.0, 2.0, 2.0)).ratio == 0.25  # both over one token


def test_drafting_costs_a_pass_for_each_expanded_layer():
    costs = made_costs()
    assert pass_seconds(costs, [2, 2], 1) == 1.0  # only the root is expanded
    assert pass_seconds(costs, [1, 1, 1], 3) == 3.0
    assert pass_seconds(costs, [1, 1, 1], 8) == 4.0
    line = DraftTime.of(costs, 1.5, [([1, 1, 1], 2.7)] * 5, 3)  # 0.9 + 0.6 for each pass
    assert (line.once, line.share) == pytest.approx((0.9, 0.6))
    assert [line([1] * depth, depth) for depth in (1, 2, 3, 8)] == pytest.approx([1.5, 2.1, 2.7, 5.7])
    wide = DraftTime.of(costs, 1.5, [([2, 3, 3], 5.125)] * 5, 3)  # what passes leave is the own work of five nodes
    assert (wide.once, wide.share, wide.per_node) == pytest.approx((0.5, 1.0, 0.3))
    assert [wide([2], 1), wide([2, 1], 2), wide([2, 3, 3], 3)] == pytest.approx([1.5, 3.1, 5.125])
    unknown = DraftTime.of(costs, float("nan"), [([1, 1, 1], 2.7)], 3)
    assert (unknown([1], 1), unknown([1, 1, 1], 3)) == pytest.approx((1.0, 2.7))
    assert DraftTime.of(costs, 1.5, [([1], 1.6)], 1)([1], 1) == pytest.approx(1.6)
    assert DraftTime.of(costs, 1.5, [([1, 1, 1], 1.2)], 3)([1] * 8, 8) == 1.5  # noise: never less for more


@pytest.mark.parametrize("depth", [1, 2])
def test_the_mean_of_the_block_rule_is_exact(depth):
    """Averaged over chains, the sum over coins is the expectation by enumeration in fractions."""
    models = toy_models(3, 2, seed=4)
    drafter, verifier = make_drafter("chain"), make_verifier("block")
    exact = float(output_law(models, drafter, verifier, Round(depth, 1, depth), depth + 1).expected_tokens)
    book = Cuts(drafter, verifier, [(depth, depth)])
    limits = Round(2, 1, 2)
    for seed in range(1500):
        above = models.target.open(PROMPT, Warp())
        session = open_guesser(models, drafter, above, PROMPT, Warp())
        tree, draft_rows = drafter.grow(session, Sampled(seed, 3, DRAFT), limits)
        target_rows = above.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
        rows = [{i: np.array(r[i], float) for i in range(count)} for r, count in ((target_rows, 3), (draft_rows, 2))]
        rows[1][2] = np.full(3, 1 / 3)  # the draft model is not run on the last node
        verdict = verifier.verify(tree, *rows, Sampled(seed, 3, PICK), 3)
        book.enter(Pass(tree, *rows, verdict, 3, limits))
    tokens = [cut.tokens for cut in book.found[depth, depth]]
    assert abs(np.mean(tokens) - exact) < 4 * np.std(tokens) / np.sqrt(len(tokens)) + 1e-9


def test_a_tree_cut_down_is_the_tree_of_the_smaller_setting(pair):
    """Tokens and layers read off the large tree equal those of trees grown small at the same places."""
    ids = pair.encode("Once upon a time, there was")
    text = pair.encode(" a little fox who lived near a river.")[:20]
    large = replace(SETTINGS, drafter="best_first", verifier="sample_and_look", capacity=64, depth=5)
    cells = [(1, 1), (4, 2), (8, 5)]
    book = Cuts(make_drafter("best_first"), make_verifier("sample_and_look"), cells)
    for grown in grow_along(cast_of(pair, large), large, ids, text, 4):
        book.enter(grown.one)
    for capacity, depth in cells:
        small = replace(large, capacity=capacity, depth=depth)
        own = Cuts(make_drafter("best_first"), make_verifier("sample_and_look"), ())
        for grown in grow_along(cast_of(pair, small), small, ids, text, 4):
            own.enter(grown.one)
        a, b = book.found[capacity, depth], own.found[capacity, depth]
        assert [cut.layers for cut in a] == [cut.layers for cut in b]
        assert [cut.tokens for cut in a] == pytest.approx([cut.tokens for cut in b], rel=1e-4)


def test_a_strategy_that_is_not_nested_cannot_be_cut(pair):
    settings = replace(SETTINGS, drafter="sequoia", verifier="recursive_rejection_wor", capacity=4, depth=2)
    book = Cuts(make_drafter("sequoia"), make_verifier("recursive_rejection_wor"), [(1, 1)])
    ids = pair.encode("Once upon")
    grown = next(iter(grow_along(cast_of(pair, settings), settings, ids, ids, 1)))
    with pytest.raises(ValueError, match="cannot be read off"):
        book.enter(grown.one)


@pytest.mark.parametrize("grid", [CAPACITIES, (4, 5, 8, 12, 16, 32), (1,), (64,)])
def test_every_candidate_fits_and_stands_on_the_grid(grid):
    tried = candidates(grid)
    assert {one.drafter for one in tried} >= {"chain", "best_first", "race_tau_star", "sequoia", "prompt_lookup"}
    assert len(set(tried)) == len(tried)
    for one in tried:
        check_fit(make_drafter(one.drafter), make_verifier(one.verifier))
        assert all(capacity in grid for capacity, _ in one.cells or [(one.capacity, one.depth)])
        assert all(depth <= one.depth for _, depth in one.cells)
    told = [capacity for one in tried if one.drafter == "best_first" for capacity in {size for size, _ in one.cells}]
    assert sorted(told) == sorted(grid)


def test_a_rule_without_a_mean_is_counted(pair):
    """Its trees stand for their own setting only, and what they won is what it kept."""
    costs = made_costs()
    ground = Ground(pair, SETTINGS, "Once upon a time", costs, stride=4)
    list(ground.write())
    grown = list(ground.forecast(Candidate("iid_sequences", "traversal", 4, 2, 2)))
    (found,) = ground.forecasts
    assert not found.exact
    assert found.tokens == np.mean([1 + one.one.verdict.accepted for one in grown])
    assert found.passes == len(grown) == 3


def test_plain_decoding_runs_no_draft_model(pair):
    """A chain at P = 0 would keep its draft model up to date, and plain decoding would look slower than it is."""
    ground = Ground(pair, SETTINGS, "Once upon a time", made_costs(), stride=4)
    list(ground.write())
    assert plain(SETTINGS).drafter == "prompt_lookup"
    assert all(np.isnan(step.overlap).all() for step in ground.steps)
    assert ground.plain().tokens == 1.0


def test_plain_decoding_takes_the_time_that_its_passes_took(pair):
    """Its passes are many in a row; the costs, measured between other work, would make it look slower than it is."""
    ground = Ground(pair, SETTINGS, "Once upon a time", made_costs(), stride=4)
    list(ground.write())
    took = [step.seconds for step in ground.steps]
    other = np.median([one.draft + one.verify for one in took])
    assert ground.plain().seconds == pytest.approx(np.median([one.target for one in took]) + other)


@pytest.fixture(scope="module")
def advised(pair):
    tried = (
        Candidate("chain", "token", 4, 4, cells=((1, 1), (2, 2), (4, 4))),
        Candidate("iid_sequences", "recursive_rejection", 4, 2, 2),
        Candidate("prompt_lookup", "sample_and_look", 2, 2, 1),
    )
    adviser = Adviser(pair, SETTINGS, "Once upon a time", tried=tried, repeats=2)
    steps = list(adviser)
    return adviser.advice(), steps


def test_advice_is_the_largest_gain_and_is_checked(advised):
    advice, steps = advised
    assert len(advice.forecasts) == 5
    assert advice.best in advice.forecasts
    assert advice.gain(advice.best) == max(advice.gain(one) for one in advice.forecasts)
    assert advice.check.forecast == advice.best
    assert len(advice.check.tokens) == len(advice.check.plain_seconds) == 2
    found = measured_gain(advice.check)
    assert found.low <= found.value <= found.high
    assert found.count == 2
    assert steps[0].done == 0
    assert all(step.done <= step.total for step in steps)


def test_deeper_chains_win_more_tokens_and_take_longer(advised):
    advice, _ = advised
    chain = advice.curve("chain", "token")
    assert [one.capacity for one in chain] == [1, 2, 4]
    assert 1 < chain[0].tokens < chain[1].tokens < chain[2].tokens
    assert chain[0].seconds < chain[1].seconds < chain[2].seconds
    assert all(one.exact for one in chain)


def test_advice_is_the_same_after_saving(advised, tmp_path):
    advice, _ = advised
    path = tmp_path / "advice.json.gz"
    save_advice(advice, path)
    again = load_advice(path)
    assert (again.best.drafter, again.best.capacity) == (advice.best.drafter, advice.best.capacity)
    assert again.check.tokens == advice.check.tokens
    assert again.costs.sizes == advice.costs.sizes
    values = read_record(path, "advice", 1, "advice")
    for name, wrong in (("costs", {}), ("forecasts", [{}]), ("settings", {"a": 1})):
        write_record(values | {name: wrong}, path)
        with pytest.raises(TraceError, match="damaged"):
            load_advice(path)


def test_stop_keeps_the_forecasts_made_so_far(pair):
    stopped: list[bool] = []
    adviser = Adviser(pair, SETTINGS, "Once upon a time", made_costs(), stop=lambda: bool(stopped))
    for step in adviser:
        if adviser.forecasts and not stopped:
            stopped.append(True)
        assert step.total > step.done
    assert adviser.advice().check is None
    assert {one.drafter for one in adviser.forecasts} == {"chain"}
