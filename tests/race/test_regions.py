from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specviz.race import ClockRegion, match_probability, rank_law

F = Fraction
P, Q = (F(1, 2), F(3, 10), F(1, 5)), (F(1, 5), F(1, 2), F(3, 10))
RATES = st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any)


def normal(rates: list[int]) -> list[Fraction]:
    return [F(rate, sum(rates)) for rate in rates]


def joint(p: tuple | list, q: tuple | list) -> dict[tuple[int, int], Fraction]:
    """Exact law of (draft winner, target winner) of one shared race."""
    return {
        (x, y): part.share
        for x, region in ClockRegion.whole(len(p)).split_by_winner(q).items()
        for y, part in region.split_by_winner(p).items()
    }


def formula(p: list[Fraction], q: list[Fraction]) -> Fraction:
    both = [i for i in range(len(p)) if p[i] > 0 and q[i] > 0]
    return sum((1 / sum(max(p[j] / p[i], q[j] / q[i]) for j in range(len(p))) for i in both), F(0))


def test_whole_simplex() -> None:
    assert [ClockRegion.whole(size).share for size in (1, 2, 3)] == [1, 1, 1]
    assert ClockRegion.whole(3).corners == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    assert ClockRegion.whole(1).split_by_winner([5]) == {0: ClockRegion.whole(1)}


def test_golden_match_is_exact() -> None:
    law = joint(P, Q)
    assert sum(law[i, i] for i in range(3)) == F(43, 62)
    assert sum(law.values()) == 1


def test_winners_have_the_law_of_the_rates() -> None:
    parts = ClockRegion.whole(3).split_by_winner(P)
    assert {token: part.share for token, part in parts.items()} == dict(enumerate(P))
    assert {token: part.share for token, part in ClockRegion.whole(2).split_by_winner([1, 3]).items()} == {
        0: F(1, 4),
        1: F(3, 4),
    }


@given(RATES, RATES)
@settings(max_examples=150, deadline=None)
def test_area_of_agreement_equals_the_closed_form(a: list[int], b: list[int]) -> None:
    p, q = normal(a), normal(b)
    law = joint(p, q)
    assert sum(law.values()) == 1
    for i in range(3):
        assert sum(share for (_, y), share in law.items() if y == i) == p[i]
        assert sum(share for (x, _), share in law.items() if x == i) == q[i]
    assert sum(share for (x, y), share in law.items() if x == y) == formula(p, q)
    assert float(formula(p, q)) == pytest.approx(match_probability([float(x) for x in p], [float(x) for x in q]))


@given(st.integers(0, 9), st.integers(0, 9))
def test_two_tokens_agree_as_often_as_possible(a: int, b: int) -> None:
    p, q = [F(a, 9), F(9 - a, 9)], [F(b, 9), F(9 - b, 9)]
    assert sum(share for (x, y), share in joint(p, q).items() if x == y) == min(p[0], q[0]) + min(p[1], q[1])


@given(RATES)
@settings(deadline=None)
def test_successive_splits_sample_without_replacement(rates: list[int]) -> None:
    q = normal(rates)
    for first, region in ClockRegion.whole(3).split_by_winner(q).items():
        rest = [rate if token != first else F(0) for token, rate in enumerate(q)]
        if not any(rest):
            continue
        for second, part in region.split_by_winner(rest).items():
            assert part.share == q[first] * q[second] / (1 - q[first])


def test_distinct_ranks_of_the_golden_pair_are_exact() -> None:
    ranks: dict[int, Fraction] = defaultdict(Fraction)
    for first, region in ClockRegion.whole(3).split_by_winner(Q).items():
        rest = [F(0) if token == first else rate for token, rate in enumerate(Q)]
        for second, part in region.split_by_winner(rest).items():
            for winner, final in part.split_by_winner(P).items():
                ranks[1 if winner == first else 2 if winner == second else 3] += final.share
    assert ranks[1] == F(43, 62)
    assert sum(ranks.values()) == 1
    quadrature = rank_law([float(x) for x in P], [float(x) for x in Q], 3, repeats=False)
    np.testing.assert_allclose(quadrature, [float(ranks[rank]) for rank in (1, 2, 3)], rtol=0, atol=1e-13)


def test_scale_of_the_rates_changes_nothing() -> None:
    whole = ClockRegion.whole(3)
    assert (
        whole.split_by_winner([5, 3, 2]) == whole.split_by_winner(P) == whole.split_by_winner([F(1), F(3, 5), F(2, 5)])
    )


def test_tokens_of_rate_zero_never_win_and_empty_parts_are_left_out() -> None:
    whole = ClockRegion.whole(3)
    assert set(whole.split_by_winner([1, 0, 1])) == {0, 2}
    sure = whole.split_by_winner(P)[0]
    assert sure.split_by_winner(P) == {0: sure}


def test_floats_are_taken_as_the_fractions_they_are() -> None:
    assert ClockRegion.whole(2).split_by_winner([0.5, 0.25])[0].share == F(2, 3)


def test_corners_are_on_the_boundary_of_the_simplex_or_of_a_tie() -> None:
    for first, region in ClockRegion.whole(3).split_by_winner(Q).items():
        for second, part in region.split_by_winner(P).items():
            for corner in part.corners:
                assert sum(corner) == 1
                arrivals = [[clock / rate for clock, rate in zip(corner, law, strict=True)] for law in (Q, P)]
                assert min(corner) == 0 or any(len(set(times)) < 3 for times in arrivals)
                assert arrivals[0][first] == min(arrivals[0])
                assert arrivals[1][second] == min(arrivals[1])


@pytest.mark.parametrize("size", [4, 5, 6])
def test_larger_races_have_the_closed_forms_too(size: int) -> None:
    p, q = normal([1 + (3 * i) % 7 for i in range(size)]), normal([1 + (5 * i + 2) % 6 for i in range(size)])
    law = joint(p, q)
    assert sum(law.values()) == 1
    assert sum(share for (x, y), share in law.items() if x == y) == formula(p, q)
    assert {token: part.share for token, part in ClockRegion.whole(size).split_by_winner(p).items()} == dict(
        enumerate(p)
    )


def emitted_law(redraw: bool) -> dict[int, Fraction]:
    """One position of shared-race decoding: emit the target's winner; the mutant redraws from p on a mismatch."""
    law: dict[int, Fraction] = defaultdict(Fraction)
    for (drafted, winner), share in joint(P, Q).items():
        if redraw and drafted != winner:
            for token, chance in enumerate(P):
                law[token] += share * chance
        else:
            law[winner] += share
    return dict(law)


def test_shared_race_keeps_the_target_law_and_a_redraw_does_not() -> None:
    assert emitted_law(redraw=False) == dict(enumerate(P))
    assert emitted_law(redraw=True) != dict(enumerate(P))


@pytest.mark.parametrize("size", [0, -1])
def test_a_race_needs_a_clock(size: int) -> None:
    with pytest.raises(ValueError, match="at least one clock"):
        ClockRegion.whole(size)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ([1, 2], "3 clocks"),
        ([1, 2, -1], "negative"),
        ([0, 0, 0], "positive"),
        ([1, 1, float("nan")], "finite"),
        ([1, 1, float("inf")], "finite"),
        ([1, 1, None], "finite"),
    ],
)
def test_bad_rates_are_refused(rates: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ClockRegion.whole(3).split_by_winner(rates)
