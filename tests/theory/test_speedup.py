import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specviz.theory import block_efficiency, speedup


@given(st.floats(0, 1), st.integers(0, 40))
def test_block_efficiency_is_the_geometric_sum(alpha: float, depth: int) -> None:
    assert block_efficiency(alpha, depth) == pytest.approx(sum(alpha**i for i in range(depth + 1)), rel=1e-12)


def test_ends_of_the_range() -> None:
    assert block_efficiency(1.0, 7) == 8.0
    assert block_efficiency(0.0, 7) == 1.0
    assert block_efficiency(0.3, 0) == pytest.approx(1.0)
    assert block_efficiency(1 - 1e-15, 7) == pytest.approx(8.0)


def test_speedup_divides_by_the_cost_of_a_round() -> None:
    assert speedup(0.8, 5, 0.05) == pytest.approx((1 - 0.8**6) / (0.2 * 1.25))
    assert speedup(0.8, 5, 0.0) == pytest.approx(block_efficiency(0.8, 5))
    assert speedup(0.0, 4, 0.5) == pytest.approx(1 / 3)


def test_arrays_are_broadcast() -> None:
    rates, depths = np.array([0.5, 1.0]), np.array([[0], [1], [2]])
    np.testing.assert_allclose(block_efficiency(rates, depths), [[1, 1], [1.5, 2], [1.75, 3]])
    np.testing.assert_allclose(speedup(0.5, np.array([0, 1]), 0.25), [1, 1.2])
    assert type(block_efficiency(0.5, 2)) is float
    assert type(speedup(0.5, 2, 0.1)) is float


@pytest.mark.parametrize(
    ("alpha", "depth", "cost", "words"),
    [
        (-0.1, 2, 0.1, "acceptance rate"),
        (1.1, 2, 0.1, "acceptance rate"),
        (np.nan, 2, 0.1, "acceptance rate"),
        (0.5, -1, 0.1, "depth"),
        (0.5, 1.5, 0.1, "depth"),
        (0.5, np.inf, 0.1, "depth"),
        (0.5, 2, -0.1, "cost ratio"),
        (0.5, 2, np.nan, "cost ratio"),
    ],
)
def test_values_out_of_range_are_refused(alpha: float, depth: float, cost: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        speedup(alpha, depth, cost)
