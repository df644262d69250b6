"""Automatic P and depth: right where costs are known beforehand, and the same settings otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from clocked_tables import Clock, LazyModel

from specviz.engine.decode import Run
from specviz.engine.exact import PROMPT
from specviz.engine.probe.advice import settings_of
from specviz.engine.probe.auto import TOKENS, Chooser, choose, measured_rate, worth_going_on, worth_trying
from specviz.engine.probe.candidates import CAPACITIES, FINE, LADDER, candidates_of, rungs_of
from specviz.engine.probe.ground import Ground, visits
from specviz.models.pair import load_pair
from specviz.records import Provenance, RunSettings
from specviz.records.advice import Forecast
from specviz.records.costs import Costs

V = 6
SETTINGS = RunSettings(drafter="chain", verifier="token", temperature=1.0, capacity=32, depth=7, max_new_tokens=40)


class Table:
    """A pair of tables as the engine needs it, whose passes take what `known` says; tokens are digits."""

    def __init__(self, closeness: float, known: Costs | None = None, clock: Clock | None = None) -> None:
        def target(prefix: tuple[int, ...]) -> np.ndarray:
            row = np.full(V, 0.04)
            row[sum(prefix) % V] = 0.8
            return row

        def draft(prefix: tuple[int, ...]) -> np.ndarray:
            return closeness * target(prefix) + (1 - closeness) / V

        known, clock = known or costs(0.1), clock or Clock()
        self.target = LazyModel(target, V, clock=clock, line=known.target_pass)
        self.draft = LazyModel(draft, V, clock=clock, line=known.draft_pass)
        self.provenance = Provenance("t", "d", "cpu", "float64", ())
        self.stop_ids: frozenset[int] = frozenset()

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        if not prompt.strip():
            raise ValueError("The prompt is empty; write at least one word.")
        return list(PROMPT)

    def decode(self, ids: list[int]) -> str:
        return "".join(str(i) for i in ids)

    def texts(self, ids: set[int]) -> dict[int, str]:
        return {i: str(i) for i in ids}


def choose_by(
    clock: Clock, closeness: float, known: Costs, settings: RunSettings = SETTINGS, *tried: Any
) -> tuple[RunSettings, Forecast]:
    """What is chosen where passes take what is known of them."""
    return choose(Table(closeness, known, clock), settings, "x", known, *tried)


def costs(draft: float, per_node: float = 0.0) -> Costs:
    """Seconds, but of no clock on a wall."""
    sizes = (0, 1, 64)
    target = tuple(100.0 * (1 + per_node * size) for size in sizes)
    drafts = (100.0 * draft,) * 3
    return Costs(Provenance("t", "d", "cpu", "float64", ()), sizes, target, target, target, drafts, drafts, drafts,
                 3, 1, 0.1)  # fmt: skip


def test_an_expensive_draft_model_is_not_asked(clock):
    settings, forecast = choose_by(clock, 0.9, costs(draft=2.0))
    assert settings.capacity == forecast.capacity == 0
    assert settings.drafter == "prompt_lookup"  # plain decoding keeps no draft model up to date
    assert forecast.tokens == 1.0
    assert forecast.rate == pytest.approx(0.01, rel=0.01)


def test_a_cheap_and_close_one_is_asked_deeply(clock):
    settings, forecast = choose_by(clock, 1.0, costs(draft=0.001))
    assert (settings.drafter, settings.verifier) == ("chain", "token")
    assert settings.depth == settings.capacity == 8
    assert forecast.tokens == pytest.approx(9.0)
    assert forecast.rate == pytest.approx(9.0 / 100.8, rel=0.01)
    assert (settings.temperature, settings.seed, settings.max_new_tokens) == (1.0, 1, 40)


def test_between_them_the_depth_follows_the_cost_of_a_draft_pass(clock):
    depths = [choose_by(clock, 0.9, costs(draft))[0].depth for draft in (0.01, 0.1, 0.4)]
    assert depths == sorted(depths, reverse=True)
    assert depths[0] > depths[-1] >= 1


def test_p_follows_the_cost_of_a_checked_guess(clock):
    tree = replace(SETTINGS, drafter="best_first", verifier="sample_and_look")
    flat, steep = (choose_by(clock, 0.5, costs(0.01, per_node), tree)[0].capacity for per_node in (0.0, 0.1))
    assert flat > steep
    assert choose_by(clock, 0.5, costs(0.01, per_node=2.0), tree)[0].capacity == 0


def test_only_p_of_the_grid_or_plain_decoding(clock):
    tree = replace(SETTINGS, drafter="best_first", verifier="sample_and_look")
    for grid in ((4, 5, 8, 12, 16, 32), (3,)):
        assert choose_by(clock, 0.9, costs(0.05, 0.01), tree, grid)[0].capacity in grid


def test_among_methods_the_best_is_taken(clock):
    methods = (("chain", "token"), ("prompt_lookup", "sample_and_look"), ("sequoia", "recursive_rejection_wor"))
    found = choose_by(clock, 1.0, costs(0.001), SETTINGS, (1, 2, 4, 8), methods)
    assert found[0].drafter == "chain"
    assert choose_by(clock, 0.0, costs(3.0), SETTINGS, (1, 2, 4, 8), methods[::2])[0].capacity == 0


@pytest.mark.parametrize(
    ("drafter", "verifier", "kinds"),
    [("best_first", "sample_and_look", 3), ("chain", "block", 1), ("race_tau_star", "shared_race", 3),
     ("sequoia", "recursive_rejection_wor", 9), ("iid_sequences", "traversal", 9),
     ("prompt_lookup", "sample_and_look", 9), ("oracle", "sample_and_look", 9)],
)  # fmt: skip
def test_one_kind_of_tree_for_many_sizes_where_they_are_nested(drafter, verifier, kinds):
    found = candidates_of(replace(SETTINGS, drafter=drafter, verifier=verifier), FINE)
    assert len(found) == kinds
    assert [one.capacity for one in found] == sorted(one.capacity for one in found)
    assert all(candidate.drafts == SETTINGS.drafts for candidate in found)


def test_every_p_of_the_grid_is_on_one_rung():
    for grid in (FINE, CAPACITIES, (4, 5, 8, 12, 16, 32), (64,), (12,), (1, 200)):
        rungs = rungs_of(grid)
        assert sorted(size for rung in rungs for size in rung) == sorted(grid)
        assert all(len({sum(size > most for most in LADDER) for size in rung}) == 1 for rung in rungs)


def test_larger_trees_are_tried_while_the_best_is_among_the_larger(clock):
    tree = replace(SETTINGS, drafter="best_first", verifier="sample_and_look")
    rungs = candidates_of(tree, FINE)

    def told(*rates: tuple[int, float]) -> list[Forecast]:
        return [Forecast(tree.drafter, tree.verifier, size, 4, 2, rate, 1.0, size, 1, True) for size, rate in rates]

    other = replace(told((64, 9.0))[0], drafter="chain", verifier="token")
    assert worth_going_on([other], rungs[0])  # nothing is known of this method
    assert worth_going_on(told((4, 1.0), (6, 3.0), (12, 2.0)), rungs[0])
    assert not worth_going_on([other, *told((4, 3.0), (6, 1.0), (12, 2.0))], rungs[0])
    for per_node, most in ((0.0, 64), (0.2, 12)):  # where a guess is cheap to check the ladder is climbed
        known = costs(0.01, per_node)
        chooser = Chooser(Table(0.5, known, clock), tree, "x", known)
        list(chooser)
        assert max(one.capacity for one in chooser._ground.forecasts) == most


def test_at_temperature_zero_the_tokens_of_a_run_are_told_exactly():
    """Along the text that a run will write, trees at every place tell each of its passes."""
    pair, prompt = load_pair("fable/target", "fable/draft"), "Once upon a time"
    settings = RunSettings(drafter="best_first", verifier="sample_and_look", temperature=0, max_new_tokens=80)
    # Without a limit no clock has a say in how many trees are grown.
    ground = Ground(pair, replace(settings, max_new_tokens=TOKENS), prompt, costs(0.1), stride=1)
    list(ground.write())
    for candidate in candidates_of(settings, (1, 3, 8, 12)):
        list(ground.forecast(candidate))
    for forecast in ground.forecasts:
        run = Run(pair, settings_of(forecast, settings), prompt, lean=True)
        begun = [step for step in run if step.context_len - len(run.prompt_ids) < TOKENS]
        assert forecast.tokens == pytest.approx(np.mean([len(step.emitted) for step in begun]))
    assert {one.capacity for one in ground.forecasts} == {1, 3, 8, 12}


def test_passes_begin_where_the_one_before_ended():
    assert visits([3.0, 1.0, 1.0, 2.0, 1.0, 4.0]).tolist() == [1, 0, 0, 1, 0, 1]
    assert visits([9.0, 1.0]).tolist() == [1, 0]


def test_trees_are_grown_at_as_many_places_as_there_is_time_for(clock):
    """At all of them where passes are quick, at every fifth where they are not; never at fewer than four."""
    tree = replace(SETTINGS, drafter="best_first", verifier="sample_and_look", temperature=0)
    for once, places in ((1e-3, 40), (0.02, 14), (0.2, 4), (0.9, 4)):
        known = replace(costs(0.1), target=(once,) * 3, draft=(once / 10,) * 3)
        chooser = Chooser(Table(0.9, known, clock), tree, "x", known, (8,))
        list(chooser)
        assert {one.passes for one in chooser._ground.forecasts} == {places}


def test_what_cannot_pay_is_not_tried():
    assert worth_trying(CAPACITIES, costs(0.1)) == CAPACITIES
    assert worth_trying(CAPACITIES, costs(0.1, per_node=1.0)) == (1, 2, 4)
    assert worth_trying((32,), costs(0.1, per_node=1.0)) == (1,)


def test_the_choice_is_told_with_both_rates(clock):
    chooser = Chooser(Table(1.0, costs(0.001), clock), SETTINGS, "x", costs(0.001))
    assert [step.done for step in chooser] == sorted(step.done for step in chooser)
    chosen = chooser.chosen
    assert "P = 8 and depth 8" in chosen.sentence()
    assert "measured" not in chosen.sentence()
    assert "0 tokens per second predicted, 12 measured" in chosen.sentence(12.3)
    nothing = Chooser(Table(1.0, costs(3.0), clock), SETTINGS, "x", costs(3.0))
    list(nothing)
    assert "plain decoding, because no tree was predicted to be faster" in nothing.chosen.sentence()


def test_where_no_tree_could_be_grown_that_is_the_reason():
    full = Table(1.0)
    full.target, full.draft = (replace(model, context=len(PROMPT) + 3) for model in (full.target, full.draft))
    chooser = Chooser(full, SETTINGS, "x", costs(0.001))
    list(chooser)
    assert chooser.chosen.settings.capacity == 0
    assert "the context has hardly any room left" in chooser.chosen.sentence()


def test_without_costs_they_are_measured_and_kept():
    chooser = Chooser(Table(1.0), SETTINGS, "x")
    list(chooser)
    assert chooser.costs is not None
    assert chooser.chosen.forecast.rate > 0


def test_what_is_wrong_is_said_before_anything_is_measured():
    with pytest.raises(ValueError, match="The prompt is empty"):
        Chooser(Table(1.0), SETTINGS, "  ")
    with pytest.raises(ValueError, match="needs siblings"):
        Chooser(Table(1.0), replace(SETTINGS, drafter="best_first"), "x")


def test_a_rate_counts_what_a_run_counts():
    run = Run(Table(1.0), SETTINGS, "x")
    assert np.isnan(measured_rate(run.iterations))
    list(run)
    first, *others = run.iterations
    spent = sum(step.seconds.total for step in others)
    assert measured_rate(run.iterations) == pytest.approx((40 - len(first.emitted)) / spent)
    assert measured_rate([first]) == pytest.approx(len(first.emitted) / first.seconds.total)
