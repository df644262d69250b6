"""The chi-square test against scipy and against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from specviz.theory.goodness import (
    chi_square_survival,
    chi_square_test,
    noise_distance,
    observed_distance,
    pooled_cells,
    smallest_visible_distance,
)


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 37, 200])
def test_survival_is_that_of_scipy(freedom):
    for x in (0.0, 0.1, 1.0, float(freedom), 3.0 * freedom + 5):
        assert chi_square_survival(x, freedom) == pytest.approx(stats.chi2.sf(x, freedom), abs=1e-12)
        for shift in (0.3, 5.0, 60.0):
            expected = stats.ncx2.sf(x, freedom, shift)
            assert chi_square_survival(x, freedom, shift) == pytest.approx(expected, abs=1e-9)


def test_a_chi_square_law_without_freedom_is_refused():
    with pytest.raises(ValueError, match="at least one degree of freedom"):
        chi_square_survival(1.0, 0)


def test_the_statistic_is_that_of_scipy_and_every_cell_is_large_enough():
    rng = np.random.default_rng(1)
    law = rng.dirichlet(np.full(60, 0.4))
    counts = rng.multinomial(800, law)
    cells = pooled_cells(counts, law, 800)
    assert cells.counts.sum() == 800
    assert cells.expected.sum() == pytest.approx(800)
    assert (cells.expected >= 5).all()
    test, known = chi_square_test(cells), stats.chisquare(cells.counts, cells.expected)
    assert test.statistic == pytest.approx(known.statistic)
    assert test.p_value == pytest.approx(known.pvalue)


def test_one_possible_outcome_cannot_be_tested_and_an_impossible_one_is_a_proof():
    assert chi_square_test(pooled_cells([100], [1.0], 100)).p_value == 1
    assert chi_square_test(pooled_cells([99, 1], [1.0, 0.0], 100)).p_value == 0


def test_an_exact_law_is_suspected_as_often_as_the_level_says_and_a_visible_one_is_seen():
    rng = np.random.default_rng(2)
    law, draws = np.full(8, 1 / 8), 2000
    visible = smallest_visible_distance(7, draws)
    wrong = law + np.repeat([visible / 4, -visible / 4], 4)  # the hardest shape: all cells a little
    assert 0.5 * np.abs(wrong - law).sum() == pytest.approx(visible)

    def suspected(truth):
        tests = (chi_square_test(pooled_cells(rng.multinomial(draws, truth), law, draws)) for _ in range(1500))
        return np.mean([test.p_value < 0.01 for test in tests])

    assert suspected(law) == pytest.approx(0.01, abs=0.008)
    assert suspected(wrong) == pytest.approx(0.8, abs=0.04)


def test_the_distance_by_chance_is_the_mean_of_simulated_ones():
    rng = np.random.default_rng(3)
    law = rng.dirichlet(np.full(12, 0.5))
    simulated = [0.5 * np.abs(rng.multinomial(300, law) / 300 - law).sum() for _ in range(4000)]
    assert noise_distance(law, 300) == pytest.approx(np.mean(simulated), rel=0.02)
    cells = pooled_cells([30, 70], [0.5, 0.5], 100)
    assert observed_distance(cells) == pytest.approx(0.2)
