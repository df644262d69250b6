"""Optimal acceptance: golden values, brute force over token sets, a linear program, and the solved split."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from specviz.theory import alphabet_size, greedy_law, k_seq_factor, optimal_acceptance, optimal_acceptance_set, resolve
from specviz.theory.counts import chance_of_a_hit, inside_without_replacement
from specviz.theory.resolution import draft_sets, set_law
from specviz.theory.transport import SAMPLINGS

P, Q = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])
PRECISE = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
PAIRS_TO_SOLVE = 1000


def random_laws(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two laws, some with ties and impossible tokens."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(0 if seed % 3 == 0 else 1, 7, (2, size)).astype(float)
    weights[:, 0] += 1
    return tuple(weights / weights.sum(axis=1, keepdims=True))


def drafts_law(q: np.ndarray, k: int, sampling: str) -> dict[tuple[int, ...], float]:
    """Chance of every ordered list of drafts."""
    law: dict[tuple[int, ...], float] = {}
    if sampling == "greedy":
        top, rest = greedy_law(q, k)
        return {(*top.tolist(), x): float(rest[x]) for x in range(len(q)) if rest[x] > 0}
    for drafts in product(range(len(q)), repeat=min(k, int((q > 0).sum())) if sampling != "iid" else k):
        chance, left = 1.0, 1.0
        for place, token in enumerate(drafts):
            if sampling == "iid":
                chance *= q[token]
            else:
                chance *= q[token] / left if left > 0 and token not in drafts[:place] else 0.0
                left -= q[token]
        if chance > 0:
            law[drafts] = chance
    return law


def by_brute_force(p: np.ndarray, q: np.ndarray, k: int, sampling: str) -> float:
    """1 + min over all token sets H of p(H) - Q(H)."""
    law = drafts_law(q, k, sampling)
    tokens = range(len(p))
    sets = [set(chosen) for size in range(len(p) + 1) for chosen in combinations(tokens, size)]
    gap = min(sum(p[i] for i in h) - sum(c for d, c in law.items() if set(d) <= h) for h in sets)
    return 1 + min(0.0, gap)


def by_linear_program(p: np.ndarray, q: np.ndarray, k: int, sampling: str) -> float:
    """Most mass that a coupling can move from lists of drafts to a token that is on the list."""
    law = drafts_law(q, k, sampling)
    pairs = [(row, token) for row, drafts in enumerate(law) for token in sorted(set(drafts))]
    rows = np.zeros((len(law) + len(p), len(pairs)))
    for column, (row, token) in enumerate(pairs):
        rows[row, column] = rows[len(law) + token, column] = 1
    limits = np.array([*law.values(), *p])
    return float(-linprog(-np.ones(len(pairs)), A_ub=csr_array(rows), b_ub=limits, options=PRECISE).fun)


@pytest.mark.parametrize(
    ("k", "iid", "distinct", "greedy"), [(1, 0.6, 0.6, 0.6), (2, 0.76, 0.885714, 0.8), (3, 0.888, 1.0, 1.0)]
)
def test_golden_values(k, iid, distinct, greedy):
    found = [optimal_acceptance(P, Q, k, sampling) for sampling in ("iid", "without_replacement", "greedy")]
    assert found == pytest.approx([iid, distinct, greedy], abs=1e-6)


def test_the_minimiser_of_two_drafts():
    assert optimal_acceptance_set(P, Q, 2).tolist() == [1, 2]


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_scan_equals_brute_force(k, sampling):
    for seed in range(12):
        p, q = random_laws(seed, 3 + seed % 3)
        assert optimal_acceptance(p, q, k, sampling) == pytest.approx(by_brute_force(p, q, k, sampling), abs=1e-9)


def test_scan_equals_the_linear_program_on_a_thousand_pairs():
    """3 to 6 tokens, 1 to 3 drafts, ties and zeros, each way to draw in turn."""
    worst = 0.0
    for seed in range(PAIRS_TO_SOLVE):
        p, q = random_laws(seed, 3 + seed % 4)
        k, sampling = 1 + (seed // 4) % 3, SAMPLINGS[(seed // 12) % 3]
        worst = max(worst, abs(optimal_acceptance(p, q, k, sampling) - by_linear_program(p, q, k, sampling)))
    assert worst <= 1e-9


def test_scan_equals_the_linear_program_where_three_distinct_drafts_do_not_suffice():
    """Pairs further apart than those above, so that the optimum is mostly below 1."""
    below = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        p, q = rng.dirichlet(np.full(6, 0.3)), rng.dirichlet(np.full(6, 0.5))
        found = optimal_acceptance(p, q, 3, "without_replacement")
        assert found == pytest.approx(by_linear_program(p, q, 3, "without_replacement"), abs=1e-9)
        below += found < 1 - 1e-9
    assert below > 150


@pytest.mark.parametrize("k", [3, 4, 8, 13])
def test_counts_of_draws_equal_sums_over_their_orders(k):
    """The quadrature for more than two draws, against the law of every set of draws, built token by token."""
    rng = np.random.default_rng(k)
    for concentration in (0.05, 0.3, 3.0):
        q = rng.dirichlet(np.full(14, concentration)) + 1e-7
        q /= q.sum()
        law = {0: 1.0}
        for _ in range(k):
            grown: dict[int, float] = {}
            for chosen, chance in law.items():
                left = 1 - sum(q[x] for x in range(14) if chosen >> x & 1)
                for x in range(14):
                    if not chosen >> x & 1:
                        grown[chosen | 1 << x] = grown.get(chosen | 1 << x, 0.0) + chance * q[x] / left
            law = grown
        inside = [sum(c for s, c in law.items() if s >> n == 0) for n in range(1, 15)]
        assert inside_without_replacement(q, k) == pytest.approx(inside, abs=2e-8 if k > 8 else 1e-9)
        p = rng.dirichlet(np.ones(14))
        hit = sum(c * p[x] for s, c in law.items() for x in range(14) if s >> x & 1)
        assert chance_of_a_hit(p, q, k) == pytest.approx(hit, abs=2e-8 if k > 8 else 1e-9)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_fifty_thousand_tokens(sampling):
    """The scan stays a scan: monotone in k, and no more than 1."""
    rng = np.random.default_rng(1)
    target = 2 * rng.gumbel(size=50_000)
    p, q = (np.exp(x - x.max()) for x in (target, target + rng.normal(size=50_000)))
    found = [optimal_acceptance(p / p.sum(), q / q.sum(), k, sampling) for k in (1, 2, 4)]
    assert 0 < found[0] <= 1
    assert found[-1] <= 1
    if sampling != "greedy":
        assert (np.diff(found) >= -1e-9).all()


def test_more_drafts_and_no_repeats_never_hurt():
    for seed in range(20):
        p, q = random_laws(seed, 6)
        iid = [optimal_acceptance(p, q, k) for k in range(1, 6)]
        distinct = [optimal_acceptance(p, q, k, "without_replacement") for k in range(1, 6)]
        assert (np.diff(iid) >= -1e-12).all()
        assert (np.array(distinct) >= np.array(iid) - 1e-9).all()


@pytest.mark.parametrize(("k", "factor"), [(1, 1.0), (2, 1.540312), (3, 1.948368)])
def test_k_seq_factor(k, factor):
    assert float(k_seq_factor(P, Q, k)) == pytest.approx(factor, abs=1e-6)


def test_k_seq_is_within_its_share_of_the_optimum():
    for seed in range(20):
        p, q = random_laws(seed, 6)
        for k in (2, 3, 4):
            rho = float(k_seq_factor(p, q, k))
            beta = np.minimum(p / rho, q).sum()
            accepted = 1 - (1 - beta) ** k
            assert accepted == pytest.approx(rho * beta, abs=1e-9)
            best = optimal_acceptance(p, q, k)
            assert (1 - (1 - 1 / k) ** k) * best - 1e-9 <= accepted <= best + 1e-9


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_split_reaches_the_optimum_and_hands_out_no_more_than_there_is(k):
    for seed in range(20):
        p, q = random_laws(100 + seed, 3 + seed % 6)
        plan = resolve(p, q, k)
        law = set_law(q, plan.sets, k)
        assert law.sum() == pytest.approx(1, abs=1e-12)
        flow = law[:, None] * plan.share
        totals = np.bincount(plan.sets.members.ravel(), flow.ravel(), len(p) + 1)[: len(p)]
        assert (totals <= p + 1e-9).all()
        assert (plan.share.sum(axis=1) <= 1 + 1e-12).all()
        assert totals.sum() == pytest.approx(optimal_acceptance(p, q, k), abs=1e-9)


def test_alphabets_leave_at_most_5000_sets():
    assert [alphabet_size(k) for k in (2, 3, 4)] == [99, 31, 18]
    for k in range(2, 9):
        assert len(draft_sets(alphabet_size(k), k).members) <= 5000


@pytest.mark.parametrize(
    ("p", "q", "k", "sampling"),
    [([0.5, 0.6], [0.5, 0.5], 1, "iid"), ([0.5, 0.5], [1.0], 1, "iid"), (P, Q, 0, "iid"), (P, Q, 2, "magic"),
     ([np.nan, 1.0], [0.5, 0.5], 1, "iid")],
)  # fmt: skip
def test_other_arguments_are_refused(p, q, k, sampling):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        optimal_acceptance(p, q, k, sampling)
