import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specviz.theory import acceptance_rate, entropy_moments, total_variation

TARGET, DRAFT = (0.5, 0.3, 0.2), (0.2, 0.5, 0.3)
WEIGHTS = st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5)


def test_golden_pair() -> None:
    assert total_variation(TARGET, DRAFT) == pytest.approx(0.3)
    assert acceptance_rate(TARGET, DRAFT) == pytest.approx(0.7)


def test_disjoint_and_equal_laws() -> None:
    assert total_variation([1, 0], [0, 1]) == 1.0
    assert acceptance_rate([1, 0], [0, 1]) == 0.0
    assert total_variation(TARGET, TARGET) == 0.0


@given(WEIGHTS, WEIGHTS)
def test_acceptance_is_one_minus_distance(a: list[float], b: list[float]) -> None:
    p, q = np.array(a) / sum(a), np.array(b) / sum(b)
    assert acceptance_rate(p, q) == pytest.approx(1 - total_variation(p, q), abs=1e-12)
    assert total_variation(p, q) == pytest.approx(total_variation(q, p), abs=1e-15)


def test_moments_of_known_rows() -> None:
    moments = entropy_moments([[0.25] * 4, [1, 0, 0, 0]])
    assert moments.mu == pytest.approx(np.log(4) / 2)
    assert moments.mu2 == pytest.approx(np.log(4) ** 2 / 2)
    assert moments.mu_error == pytest.approx(np.log(4) / 2)  # sd(ddof=1) = log(4)/sqrt(2), over sqrt(2)
    assert moments.mu2_error == pytest.approx(np.log(4) ** 2 / 2)
    assert moments.count == 2


def test_second_moment_is_of_the_surprisal_not_of_the_entropy() -> None:
    moments = entropy_moments([[0.8, 0.2]])
    assert moments.mu2 == pytest.approx(0.8 * np.log(0.8) ** 2 + 0.2 * np.log(0.2) ** 2)
    assert moments.mu2 > 2 * moments.mu**2
    assert np.isnan(moments.mu_error)


def test_moments_survive_float32_rows() -> None:
    rows = np.full((3, 1000), 1 / 1000, np.float32) * np.float32(1.00005)
    moments = entropy_moments(rows)
    assert moments.mu2 >= moments.mu**2 * (1 - 1e-12)
    assert moments.mu == pytest.approx(np.log(1000), rel=1e-6)


@pytest.mark.parametrize(
    ("p", "q", "words"),
    [
        ([0.5, 0.5], [1.0], "common shape"),
        ([], [], "common shape"),
        ([[1.0]], [[1.0]], "common shape"),
        ([1.5, -0.5], [0.5, 0.5], "not negative"),
        ([0.5, 0.5], [np.nan, 1.0], "finite"),
        ([0.5, 0.4], [0.5, 0.5], "target law must sum to 1"),
        ([0.5, 0.5], [0.5, 0.6], "draft law must sum to 1"),
    ],
)
def test_bad_pairs_are_refused(p: list[float], q: list[float], words: str) -> None:
    for function in (total_variation, acceptance_rate):
        with pytest.raises(ValueError, match=words):
            function(p, q)


@pytest.mark.parametrize("rows", [[], [0.5, 0.5], [[0.5, 0.6]], [[2.0, -1.0]], [[np.nan, 1.0]], np.zeros((0, 3))])
def test_bad_rows_are_refused(rows: list) -> None:
    with pytest.raises(ValueError, match="row"):
        entropy_moments(rows)
