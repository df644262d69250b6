import numpy as np
import pytest

from specviz.theory import (
    asymptotic_tokens,
    dual_bound,
    explicit_bound,
    information_bound,
    oracle_tokens,
    paper_bound,
)


@pytest.mark.parametrize("capacity", [0, 0.5, -1, np.nan, np.inf, np.array([4, 0])])
def test_capacities_without_a_root_are_refused(capacity: float) -> None:
    for call in (
        lambda: paper_bound(1.0, 2.0, capacity),
        lambda: explicit_bound(1.0, 2.0, capacity),
        lambda: asymptotic_tokens(1.0, 2.0, capacity),
        lambda: dual_bound([[1.0]], capacity),
        lambda: information_bound(capacity, 1.0, 1.0),
        lambda: oracle_tokens([1.0], capacity),
    ):
        with pytest.raises(ValueError, match="convention A"):
            call()


def test_convention_b_allows_no_draft_nodes_but_not_fewer() -> None:
    assert explicit_bound(1.0, 2.0, 0, convention="B") == 1.0
    with pytest.raises(ValueError, match="convention B"):
        explicit_bound(1.0, 2.0, -1, convention="B")
    with pytest.raises(ValueError, match="root"):
        explicit_bound(1.0, 2.0, 4, convention="C")  # type: ignore[arg-type]


@pytest.mark.parametrize(("mu", "mu2"), [(-1.0, 2.0), (np.nan, 2.0), (1.0, np.inf), (1.0, 0.9)])
def test_impossible_moments_are_refused(mu: float, mu2: float) -> None:
    for function in (paper_bound, explicit_bound, asymptotic_tokens):
        with pytest.raises(ValueError, match="mu"):
            function(mu, mu2, 8)


def test_forms_that_divide_by_the_entropy_refuse_zero() -> None:
    for function in (paper_bound, asymptotic_tokens):
        with pytest.raises(ValueError, match="positive"):
            function(0.0, 0.0, 8)


@pytest.mark.parametrize("surprisals", [[], [[-0.1]], [[np.nan]], [[np.inf]], [[[1.0]]]])
def test_bad_surprisals_are_refused(surprisals: list) -> None:
    with pytest.raises(ValueError, match=r"surprisals|Surprisals"):
        dual_bound(surprisals, 4)


@pytest.mark.parametrize(("surprisal", "bonus"), [(0.0, 1.0), (np.nan, 1.0), (1.0, -0.1), (1.0, np.inf)])
def test_bad_run_entropies_are_refused(surprisal: float, bonus: float) -> None:
    with pytest.raises(ValueError, match=r"surprisal|closing token"):
        information_bound(4, surprisal, bonus)


@pytest.mark.parametrize("weights", [[], [0.5], [1.0, 1.2], [1.0, -0.1], [1.0, np.nan], [[1.0]]])
def test_bad_path_weights_are_refused(weights: list) -> None:
    with pytest.raises(ValueError, match="weights"):
        oracle_tokens(weights, 2)
