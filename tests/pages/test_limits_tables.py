"""Readings of the Limits page: conventions, the expectation of the same trees, slopes, efficiency, saved passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specviz.records import LimitsStudy, Measurement, NestedTrees, Provenance
from specviz.theory import explicit_bound, information_bound
from specviz.ui.limits.curves import (
    CERTIFICATE,
    EXPLICIT,
    GRID,
    RACE,
    Reading,
    certificate,
    crossing,
    expected_curve,
    measured_curve,
    rank_entropy,
    theory_curves,
)
from specviz.ui.limits.tables import curve_rows, efficiencies, moments_table, reading_table, saved_passes, slopes

MADE = Provenance("big", "small", "cpu", "float32", ())
CHAIN, ORACLE = ("chain", "token"), ("oracle", "sample_and_look")


def study() -> LimitsStudy:
    """Two prompts; the chain wins 1 + log2 P, the oracle twice the logarithm; one prompt is as good as the other."""
    rng = np.random.default_rng(0)
    texts = tuple(rng.exponential(0.7, 200) for _ in range(2))
    runs = []
    for capacity in (1, 2, 4, 8, 16, 32):
        for (drafter, verifier), factor in ((CHAIN, 1), (ORACLE, 2)):
            tokens = tuple(round(100 * (1 + factor * np.log2(capacity + 1))) for _ in range(2))
            runs.append(
                Measurement(drafter, verifier, capacity, tokens, (100, 100), 2.0, tuple(t + 5.0 for t in tokens),
                            (140.0, 140.0), (110.0, 110.0), (60, 20, 10, 10) if drafter == "chain" else ()),
            )  # fmt: skip
    nested = NestedTrees(*ORACLE, 32, (1, 2, 4, 8, 16, 24), ((210.0,) * 6, (230.0,) * 6), (100, 100))
    return LimitsStudy(
        1.0, 4, 8, 16, 1, MADE, 50, ("story", "code"), ("A", "B"), tuple(runs), texts, texts,
        tuple(2 * t**2 for t in texts), (nested,),
    )  # fmt: skip


def reading(convention: str = "B") -> Reading:
    return Reading(study(), (0, 1), convention)


def test_convention_a_moves_every_curve_one_to_the_right():
    for curve in (lambda r: measured_curve(r, *CHAIN), lambda r: theory_curves(r, [EXPLICIT])[0], certificate):
        b, a = curve(reading("B")), curve(reading("A"))
        assert a.x == pytest.approx(b.x + 1)
        assert a.y == pytest.approx(b.y)
    mu, mu2 = reading().moments
    explicit = theory_curves(reading("A"), [EXPLICIT])[0]
    assert explicit.y == pytest.approx(explicit_bound(mu, mu2, GRID + 1.0, convention="A"))


def test_the_expectation_comes_from_own_runs_and_else_from_nested_trees():
    curve = expected_curve(reading(), *ORACLE)
    assert curve.kind == "expected"
    assert curve.x.tolist() == [1, 2, 4, 8, 16, 24, 32]
    assert curve.y[5] == pytest.approx(440 / 200)  # 24 was not run
    assert curve.y[0] == pytest.approx(3.05)
    assert expected_curve(reading(), *CHAIN) is None  # it counts ranks: its verdicts are decided by the clocks


def test_the_certificate_is_the_formula():
    curve = certificate(reading())
    tokens = sum(study().curve(*ORACLE)[0].tokens)
    assert curve.y[0] == pytest.approx(information_bound(1.0, 280 / tokens, 1.1, convention="B"))


def test_ranks_give_an_entropy_and_the_race_a_line():
    share = np.array([0.6, 0.2, 0.1, 0.1])
    assert rank_entropy(study()) == pytest.approx(-(share * np.log(share)).sum() + 3 / 1200)
    names = [curve.label for curve in theory_curves(reading(), [RACE, CERTIFICATE])]
    assert names == [RACE, CERTIFICATE]


def test_a_study_without_races_or_oracle_has_neither_line():
    bare = replace(study(), measurements=(Measurement("chain", "token", 4, (8, 9), (3, 4), 0.5),), nested=())
    assert theory_curves(Reading(bare, (0, 1), "B"), [RACE, CERTIFICATE]) == []
    assert saved_passes(bare) is None


def test_slopes_and_efficiency_are_those_put_in():
    found = dict(slopes(reading(), [CHAIN, ORACLE]))
    assert found["Chain"].value == pytest.approx(1 / np.log(2), rel=0.01)
    assert found["Oracle"].value == pytest.approx(2 / np.log(2), rel=0.01)
    rows = efficiencies(reading(), [CHAIN, ORACLE])
    assert {row["strategy"] for row in rows} == {"Chain"}
    assert rows[0]["efficiency"] == pytest.approx(2 / 3)
    assert slopes(Reading(replace(study(), measurements=()), (0,), "B"), [CHAIN]) == []


def test_tables_hold_every_point_and_one_capacity():
    curves = [
        measured_curve(reading(), *ORACLE),
        expected_curve(reading(), *ORACLE),
        *theory_curves(reading(), [EXPLICIT]),
    ]
    assert len(curve_rows(curves)) == 6 + 7 + len(GRID)
    rows = reading_table(curves, 8)
    assert [row["curve"] for row in rows] == ["Oracle", EXPLICIT]
    assert rows[0]["same trees, expected"] == pytest.approx(7.39)
    assert moments_table(reading())[-1]["positions"] == 400


def test_saved_passes_need_every_run():
    every = [1, 2, 4, 8, 16]
    trees = NestedTrees(*ORACLE, 32, tuple(every), ((1.0,) * 5, (1.0,) * 5), (100, 100))
    assert saved_passes(replace(study(), nested=(trees,))) == (1200, 200, 12.0, 2.0)
    assert saved_passes(study()) is None  # 24 was never run


def test_a_bursty_text_says_that_t1_is_no_ceiling():
    rng = np.random.default_rng(1)
    surprisals = tuple(np.repeat(rng.choice([0.02, 3.0], 40), 25) for _ in range(2))
    bursty = replace(
        study(), surprisals=surprisals, entropies=surprisals, second_moments=tuple(s**2 for s in surprisals)
    )
    curves = theory_curves(Reading(bursty, (0, 1), "B"), ["dual bound B*", EXPLICIT])
    assert "T1 lies below B*" in crossing(curves)
    assert crossing(curves[:1]) == ""
