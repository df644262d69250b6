"""Tables of a sweep: ratios of sums, prompts as units, what is equal and what was shared, by hand-made rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from specviz.metrics.sweep import (
    MEASURES,
    PER_PASS,
    PER_SECOND,
    by_prompt,
    disparity,
    equal_texts,
    estimates,
    failures_table,
    gaining_least,
    method_keys,
    overview,
    runs_table,
    shared_work,
)
from specviz.records import Provenance, RunSettings
from specviz.records.sweep import Obtained, Sweep, SweepRow
from specviz.records.sweep_plan import SweepMethod, SweepPlan, SweepPrompt

CHAIN, RACE = ("chain", "token", 4), ("race_dynamic", "shared_race", 4)
NAMES = {CHAIN: "Chain", RACE: "Race"}
PROMPTS = tuple(SweepPrompt.of(name, kind, name) for name, kind in (("z1", "zebra"), ("z2", "zebra"), ("a1", "ant")))
PASSES = {0: 10, 1: 20, 2: 40}  # of prompt 0, 1, 2 under the chain; the race needs half


def sweep(*, capacities: tuple[int, ...] = (4, 16), seeds: tuple[int, ...] = (0, 1)) -> Sweep:
    methods = tuple(SweepMethod(*key, capacities) for key in NAMES)
    first = RunSettings(drafter="chain", verifier="token", capacity=capacities[0], seed=seeds[0])
    plan = SweepPlan(first, PROMPTS, methods, seeds)
    rows = []
    for place, prompt in enumerate(PROMPTS):
        for seed in seeds:
            for cell in plan.cells:
                passes = PASSES[place] // (2 if cell.drafter == "race_dynamic" else 1)
                read = cell.drafter == "race_dynamic" and cell.capacity == 4
                text = f"{place} {seed}" + (f" {cell.capacity}" if cell.drafter == "chain" else "")
                rows.append(
                    SweepRow(
                        place, prompt.name, prompt.kind, seed, cell.drafter, cell.verifier, cell.capacity, cell.drafts,
                        first.depth, first.temperature, first.top_k, first.top_p, first.max_new_tokens, tokens=40,
                        passes=passes, drafted=passes * 4, accepted=40 - passes, examined=40, overlap=0.5 * passes,
                        overlap_places=passes, text=text, stop_reason="length", draft_seconds=0.5, target_seconds=0.5,
                        obtained=Obtained.READ if read else Obtained.RUN, target_passes=0 if read else passes,
                        trees=passes, trees_grown=0 if read else passes,
                    )
                )  # fmt: skip
    return Sweep(plan, Provenance("target", "draft", "cpu", "float64", ()), tuple(rows))


def runs(of: Sweep | None = None):
    return runs_table(of or sweep(), NAMES)


def test_methods_and_kinds_keep_the_order_of_the_plan():
    assert method_keys(sweep()) == [CHAIN, RACE]
    found = estimates(runs(), ["method", "kind"], MEASURES[PER_PASS])
    assert [tuple(pair) for pair in found[["method", "kind"]].to_numpy()] == [
        ("Chain", "zebra"), ("Chain", "ant"), ("Race", "zebra"), ("Race", "ant"),
    ]  # fmt: skip


def test_a_measure_is_a_ratio_of_sums_with_prompts_as_units():
    found = estimates(runs(), ["method", "P"], MEASURES[PER_PASS])
    chain = found[(found["method"] == "Chain") & (found["P"] == 4)].iloc[0]
    assert chain["value"] == pytest.approx(3 * 40 / (10 + 20 + 40))
    assert (chain["prompts"], chain["runs"]) == (3, 6)  # two seeds of a prompt are one unit
    assert chain["low"] < chain["value"] < chain["high"]
    assert found.equals(estimates(runs(), ["method", "P"], MEASURES[PER_PASS]))


def test_times_count_only_where_nothing_was_shared():
    table = overview(runs()).set_index(["method", "P"])
    assert table.loc[("Chain", 4), PER_SECOND] == pytest.approx(40)
    assert table.loc[("Race", 16), PER_SECOND] == pytest.approx(40)
    assert table.loc[("Race", 4), PER_SECOND] != table.loc[("Race", 4), PER_SECOND]  # NaN: it was read
    assert table.loc[("Race", 4), PER_PASS] == pytest.approx(120 / 35)
    assert table.loc[("Chain", 4), "accepted of examined"] == pytest.approx((30 + 20 + 0) / 120)
    assert table.loc[("Chain", 4), "acceptance rate"] == pytest.approx(0.5)


def test_disparity_names_the_worst_and_the_best():
    row = disparity(runs(), MEASURES[PER_PASS]).iloc[0]
    assert (row["method"], row["P"], row["prompts"]) == ("Chain", 4, 3)
    assert (row["worst kind"], row["best kind"]) == ("ant", "zebra")
    assert row["best kind value"] == pytest.approx(80 / 30)
    assert row["kinds apart"] == pytest.approx(80 / 30 - 1)
    assert row["worst tenth"] == pytest.approx(1)
    assert (row["worst prompt"], row["best prompt"], row["ratio"]) == (1, 4, 4)


def test_who_gains_least_comes_first():
    assert list(gaining_least(runs(), MEASURES[PER_PASS])["name"]) == ["a1", "z2", "z1"]
    own = by_prompt(runs(), MEASURES[PER_PASS])
    assert len(own) == 3 * 4
    assert own[(own["method"] == "Race") & (own["name"] == "z2")]["value"].iloc[0] == pytest.approx(4)


def test_texts_are_equal_by_their_digests_and_reading_proves_nothing():
    table = equal_texts(runs(), {"Race": "shared clocks"}).set_index("method")
    assert list(table.loc["Chain", ["group", "texts", "equal", "checked"]]) == ["", 6, 0, 6]
    assert list(table.loc["Race", ["texts", "equal", "alone", "checked"]]) == [6, 6, 6, 0]
    both = equal_texts(runs(), {"Race": "cold", "Chain": "cold"})
    assert both.iloc[-1]["together"]
    assert both.iloc[-1]["equal"] == 0


def test_shared_work_adds_up():
    table = shared_work(sweep(), NAMES).set_index("method")
    assert table.loc["Chain", "target passes"] == table.loc["Chain", "needed"] == 4 * 70
    assert table.loc["Race", "target passes"] * 2 == table.loc["Race", "needed"]
    assert table.loc["Race", "read"] == 6
    whole = sweep()
    assert (table["target passes"].sum(), table["needed"].sum()) == whole.target_passes
    assert (table["trees"].sum(), table["trees needed"].sum()) == whole.trees


def test_a_run_that_failed_is_listed_and_in_no_number():
    whole = sweep()
    first = whole.rows[0]
    broken = SweepRow(**{name: getattr(first, name) for name in list(SweepRow.__dataclass_fields__)[:13]}, error="No.")
    with_failure = replace(whole, rows=(broken, *whole.rows[1:]))
    assert len(runs(with_failure)) == len(whole.rows) - 1
    failed = failures_table(with_failure, NAMES)
    assert failed.to_dict("records") == [
        {"prompt": "z1", "kind": "zebra", "seed": 0, "method": "Chain", "P": 4, "why": "No."}
    ]


def test_a_measure_that_has_no_place_is_left_out():
    """Nothing was timed here: no number, and no error."""
    untimed = runs().assign(timed_tokens=0, timed_seconds=0.0)
    assert estimates(untimed, ["method", "P"], MEASURES[PER_SECOND]).empty
    assert overview(untimed)[PER_SECOND].isna().all()
    assert disparity(untimed, MEASURES[PER_SECOND]).empty


def test_no_run_gives_empty_tables():
    nothing = runs(replace(sweep(), rows=()))
    assert estimates(nothing, ["method"], MEASURES[PER_PASS]).empty
    assert disparity(nothing, MEASURES[PER_PASS]).empty
    assert overview(nothing).empty
