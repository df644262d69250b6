import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specviz.records.race import Race

IDS = np.array([7, 3, 11, 5])


def race(**changes: object) -> Race:
    given = {
        "ids": IDS,
        "draft_rate": np.array([0.5, 0.25, 0.0, 0.25]),
        "target_rate": np.array([0.1, 0.5, 0.4, 0.0]),
        "clock": np.array([1.0, 0.6, 0.1, 0.2]),
    } | changes
    return Race(**given)  # type: ignore[arg-type]


def test_arrivals_winners_and_rank() -> None:
    made = race(clock=np.array([1.0, 0.6, 2.0, 0.2]))
    np.testing.assert_allclose(made.draft_arrival, [2.0, 2.4, np.inf, 0.8])
    np.testing.assert_allclose(made.target_arrival, [10.0, 1.2, 5.0, np.inf])
    assert made.draft_order.tolist() == [5, 7, 3]
    assert (made.draft_winner, made.target_winner) == (5, 3)
    assert made.match is False
    assert made.rank_of_target == 3


def test_a_token_the_draft_cannot_propose_has_no_rank() -> None:
    made = race()
    assert made.target_winner == 11
    assert made.rank_of_target is None
    assert 11 not in made.draft_order.tolist()


def test_equal_rates_always_match() -> None:
    made = race(target_rate=np.array([0.5, 0.25, 0.0, 0.25]) * 3)
    assert made.match
    assert made.rank_of_target == 1


@given(st.permutations(range(4)), st.floats(0.01, 100.0))
def test_order_of_ids_and_scale_of_rates_change_nothing(order: list[int], scale: float) -> None:
    plain = race()
    moved = race(
        ids=IDS[order],
        draft_rate=plain.draft_rate[order] * scale,
        target_rate=plain.target_rate[order],
        clock=plain.clock[order],
    )
    assert moved.draft_order.tolist() == plain.draft_order.tolist()
    assert moved.target_winner == plain.target_winner


def test_values_are_copied_and_locked() -> None:
    clock = np.array([1.0, 0.6, 0.1, 0.2])
    made = race(clock=clock)
    clock[:] = 9
    assert made.clock.tolist() == [1.0, 0.6, 0.1, 0.2]
    with pytest.raises(ValueError, match="read-only"):
        made.ids[0] = 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ids": np.array([1, 1, 2, 3])}, "distinct"),
        ({"ids": np.array([1.0, 2.0, 3.0, 4.0])}, "integer ids"),
        ({"ids": np.array([], dtype=int)}, "non-empty"),
        ({"draft_rate": np.ones(3)}, "draft_rate"),
        ({"target_rate": np.array([1, -1, 0, 0])}, "target_rate"),
        ({"clock": np.array([1, np.nan, 1, 1])}, "clock"),
        ({"clock": np.array([1, 0.0, 1, 1])}, "positive"),
        ({"draft_rate": np.zeros(4)}, "each side"),
        ({"target_rate": np.zeros(4)}, "each side"),
    ],
)
def test_bad_races_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        race(**changes)
