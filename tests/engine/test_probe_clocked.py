"""Forecasts against a clock that only the models move: a pass takes what its test says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from clocked_tables import Clock, LazyModel, Line

from specviz.engine.decode import Run, cast_of
from specviz.engine.exact import PROMPT
from specviz.engine.probe.auto import Chooser
from specviz.engine.probe.candidates import FINE, nested
from specviz.engine.probe.costs import BUDGET, SIZES, CostMeter
from specviz.engine.probe.ground import Ground
from specviz.engine.probe.survey import seconds_of
from specviz.engine.probe.trees import grow_along
from specviz.records import Provenance, RunSettings
from specviz.records.costs import Costs

V, ONCE, DRAFT = 24, 0.05, 0.002  # tokens; seconds of a plain target pass and of any draft pass
TREES = RunSettings(
    drafter="best_first", verifier="sample_and_look", temperature=1.0, capacity=32, depth=8, max_new_tokens=40
)


class Pair:
    """As the engine needs it; tokens are digits."""

    stop_ids: frozenset[int] = frozenset()
    provenance = Provenance("t", "d", "cpu", "float64", ())

    def __init__(self, clock: Clock, line: Line) -> None:
        order = np.random.default_rng(1).permuted(np.tile(np.arange(V), (V, 1)), axis=1)
        chances = 0.72 ** np.arange(V)
        rows = np.take_along_axis(np.tile(chances / chances.sum(), (V, 1)), order, axis=1)

        def target(prefix: tuple[int, ...]) -> np.ndarray:
            return rows[sum(prefix) % V]

        self.target = LazyModel(target, V, clock=clock, line=line)
        self.draft = LazyModel(lambda prefix: 0.9 * target(prefix) + 0.1 / V, V, clock=clock, line=lambda _: DRAFT)

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        return list(PROMPT)


def known(line: Line, sizes: Sequence[int] = SIZES, misread: float = 1.0, draft: float = DRAFT) -> Costs:
    """The costs of these lines; at one node the target's was read as this share of what it is."""
    target = [line(size) * (misread if size == 1 else 1.0) for size in sizes]
    rising = tuple(np.minimum.accumulate(target[::-1])[::-1].tolist())  # as the meter does
    drafts = (draft,) * len(sizes)
    return Costs(Pair.provenance, tuple(sizes), rising, rising, rising, drafts, drafts, drafts, 3, 1, 0.1)


def linear(nodes: int) -> float:
    return ONCE * (1 + 0.03 * nodes)


def step(nodes: int) -> float:
    return ONCE * (1.25 + 0.01 * nodes) if nodes else ONCE


def test_a_pass_ends_where_its_rows_are_there(clock):
    pair = Pair(clock, linear)
    for grown in grow_along(cast_of(pair, TREES), TREES, PROMPT, [1, 2, 3] * 4, 5):
        assert grown.clocked.alone == pytest.approx(linear(0))
        assert grown.clocked.checking == pytest.approx(linear(grown.clocked.size))
        assert grown.clocked.drafting == pytest.approx(DRAFT * len(grown.clocked.layers[:7]) + DRAFT)
        assert grown.clocked.deciding == 0.0


def test_what_is_predicted_is_what_a_run_takes(clock):
    """The target's pass is counted once, and a run clocks its parts as the forecast does."""
    pair = Pair(clock, linear)
    chooser = Chooser(pair, TREES, "x", known(linear), (8,))
    list(chooser)
    forecast = chooser.chosen.forecast
    assert forecast.seconds == pytest.approx(linear(8) + DRAFT * forecast.depth)
    run = Run(pair, chooser.chosen.settings, "x", lean=True)
    for one in list(run)[:-1]:
        assert one.seconds.target == pytest.approx(linear(one.tree.size))
    assert chooser.chosen.plain.seconds == pytest.approx(linear(0))
    assert seconds_of(run.iterations) == pytest.approx(sum(one.seconds.total for one in run.iterations))


@pytest.mark.parametrize("then", [0.8, 1.0, 1.5])
def test_costs_of_a_slower_moment_predict_the_same(clock, then):
    """Only what passes cost beside each other is taken from the costs."""
    costs = known(lambda nodes: then * linear(nodes), draft=then * DRAFT)
    chooser = Chooser(Pair(clock, linear), TREES, "x", costs, (8,))
    list(chooser)
    forecast = chooser.chosen.forecast
    assert forecast.seconds == pytest.approx(linear(8) + DRAFT * forecast.depth)
    assert chooser.chosen.plain.seconds == pytest.approx(linear(0))


def true_rates(clock: Clock, line: Line) -> dict[tuple[int, int], float]:
    """Tokens per second of every P and depth at the true costs, and of plain decoding as (0, ..)."""
    pair = Pair(clock, line)
    ground = Ground(pair, TREES, "x", known(line, tuple(range(129))), 5)
    list(ground.write())
    for candidate in nested(TREES.drafter, TREES.verifier, FINE):
        list(ground.forecast(candidate))
    found = {(one.capacity, one.depth): one.rate for one in ground.forecasts}
    return found | {(0, 0): ground.plain().rate}


@pytest.mark.parametrize("sizes", [(0, 1), (0, 1, 8), SIZES])
@pytest.mark.parametrize(("line", "misread"), [(linear, 0.97), (linear, 1.03), (step, 1.0), (step, 0.97), (step, 1.05)])
def test_a_curve_that_was_cut_or_misread_still_chooses_well(clock, line, misread, sizes):
    chooser = Chooser(Pair(clock, line), TREES, "x", known(line, sizes, misread))
    list(chooser)
    chosen, rates = chooser.chosen.settings, true_rates(clock, line)
    won = rates[chosen.capacity, chosen.depth if chosen.capacity else 0]
    assert won >= 0.9 * max(rates.values())
    assert max(rates.values()) > 1.2 * rates[0, 0]  # there is something to miss


def test_a_tree_beyond_the_curve_is_its_next_point():
    costs = known(linear, (0, 1, 8), 0.97)
    longer = costs.with_target_at(128, linear(128))
    assert longer.sizes == (0, 1, 8, 128)
    assert longer.target_pass(68) == pytest.approx(linear(68))
    assert longer.draft_pass(128) == DRAFT
    assert len(longer.rows()) == 4
    with pytest.raises(ValueError, match="lies within"):
        costs.with_target_at(8, 1.0)


@pytest.mark.parametrize(
    ("once", "sizes"),
    [(0.001, SIZES), (0.06, (0, 1, 8, 128)), (0.3, (0, 1, 8, 128)), (0.7, (0, 1, 8)), (5.0, (0, 1, 8))],
)
def test_a_slow_model_is_measured_at_the_sizes_that_tell_most(clock, once, sizes):
    """From fast to slow: all sizes; without those between; without the largest; and never less."""
    meter = CostMeter(Pair(clock, lambda nodes: once * (1 + 0.01 * nodes)), PROMPT)
    list(meter)
    costs = meter.costs()
    assert costs.sizes == sizes
    assert meter.complete
    assert costs.target_pass(sizes[-1]) == pytest.approx(once * (1 + 0.01 * sizes[-1]))
    if once < 0.7:
        assert clock.now < 2.2 * BUDGET + linear(0)


def test_the_first_pass_of_a_size_may_prepare_for_long(clock):
    """A device that captures its work at first sight is not taken for a slow one."""
    seen: set[int] = set()

    def line(nodes: int) -> float:
        first = nodes not in seen
        seen.add(nodes)
        return 0.001 + 0.2 * first

    meter = CostMeter(Pair(clock, line), PROMPT)
    list(meter)
    assert meter.costs().sizes == SIZES
    assert max(meter.costs().target) == pytest.approx(0.001)


def test_of_a_choice_that_was_stopped_no_costs_are_kept(clock):
    pair = Pair(clock, linear)
    steps: list[int] = []
    chooser = Chooser(pair, TREES, "x", stop=lambda: len(steps) > 0)
    for now in chooser:
        steps.append(now.done)
    assert chooser.costs is None
