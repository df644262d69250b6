"""Acceptance by formula against the verifiers' own code, enumerated in fractions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from specviz.chance import enumerate_outcomes
from specviz.drafting import make_drafter
from specviz.engine.exact import output_law
from specviz.engine.guessers import Cast
from specviz.models.table import TableModel
from specviz.race import exponentials, match_probability
from specviz.records import DraftTree, Sampling
from specviz.seams import Round
from specviz.theory import greedy_law, optimal_acceptance
from specviz.theory.by_rule import DRAWN, MOST, acceptance_curve, verifier_acceptance
from specviz.theory.letters import shortfall
from specviz.theory.rejection_wor import rejection_chances
from specviz.verification import VERIFIERS, make_verifier

P, Q = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])
DRAWS = {"iid": Sampling.IID, "without_replacement": Sampling.WITHOUT_REPLACEMENT, "greedy": Sampling.TOP_AND_ONE}
RACES = ("shared_race", "gls")
PAIRS = (
    ((6, 3, 1), (2, 3, 5)), ((1, 0, 3), (2, 2, 0)), ((1, 2, 3), (1, 2, 3)), ((1, 0, 0), (0, 1, 2)),
    ((0, 1, 0), (1, 1, 1)), ((2, 1, 4), (0, 1, 0)), ((5, 1, 1, 2), (1, 4, 2, 2)), ((0, 3, 1, 1), (2, 0, 1, 3)),
    ((1, 1, 1, 1), (7, 1, 1, 3)), ((0, 0, 1, 0), (1, 2, 3, 4)),
)  # fmt: skip


def fractions(weights: tuple[int, ...]) -> np.ndarray:
    return np.array([Fraction(w, sum(weights)) for w in weights], dtype=object)


def lists(q: np.ndarray, k: int, sampling: str, hub: bool) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Every list of drafts in the order that the rule expects, with its chance."""
    support = [x for x in range(len(q)) if q[x] > 0]
    if hub and k == 2:
        top = int(np.argmax(q))
        for x in support:
            if x != top:
                yield (x, top), q[x]
                yield (top, x), q[top] * q[x] / (1 - q[top])
        if len(support) == 1:
            yield (top,), Fraction(1)
        return
    if sampling == "greedy":
        top, rest = greedy_law(q, k)
        for x in range(len(q)):
            if rest[x] > 0:
                yield (*top.tolist(), x), rest[x]
        return
    count = k if sampling == "iid" else min(k, len(support))
    for drafts in product(support, repeat=count):
        chance, left = Fraction(1), Fraction(1)
        for place, x in enumerate(drafts):
            if sampling == "iid":
                chance *= q[x]
            elif x in drafts[:place]:
                chance *= 0
            else:
                chance *= q[x] / left
                left -= q[x]
        if chance > 0:
            yield drafts, chance


def one_node(drafts: tuple[int, ...], q: np.ndarray, sampling: Sampling) -> DraftTree:
    """A root and its children; repeated draws are trials of one child."""
    tokens = list(dict.fromkeys(drafts))
    size = len(tokens)
    return DraftTree(
        token=np.array([-1, *tokens], np.int32),
        parent=np.array([-1] + [0] * size, np.int32),
        depth=np.array([0] + [1] * size, np.int16),
        rank=np.arange(size + 1, dtype=np.int16),
        draft_prob=np.array([1.0] + [float(q[x]) for x in tokens]),
        sampling=sampling,
        drawn=(tuple(tokens.index(x) + 1 for x in drafts), *[()] * size),
    )


def by_enumeration(verifier: str, p: np.ndarray, q: np.ndarray, k: int, sampling: str) -> float:
    """Chance that the verifier's path is not empty, over all drafts and all its coins."""
    rule = make_verifier(verifier)
    drawn = Sampling.SINGLE if k == 1 else DRAWS[sampling]
    total = Fraction(0)
    for drafts, weight in lists(q, k, sampling, verifier == "spechub"):
        tree = one_node(drafts, q, drawn)
        rows = [p] * (tree.size + 1), [q] * (tree.size + 1)
        for verdict, chance in enumerate_outcomes(lambda c, t=tree, r=rows: rule.verify(t, *r, c, 0)):
            total += weight * chance * (len(verdict.path) > 0)
    return float(total)


def by_race(verifier: str, p: np.ndarray, q: np.ndarray, k: int) -> float:
    """The same for a rule on shared clocks, with the drafter that it is made for."""
    models = Cast(TableModel(lambda _: p, len(p)), TableModel(lambda _: q, len(q)))
    drafter = make_drafter({"gls": "gls", "shared_race": "race_tau_star"}[verifier])
    return float(output_law(models, drafter, make_verifier(verifier), Round(k, k, 1), 1).expected_tokens - 1)


def known(name: str) -> list[tuple[str, int]]:
    """Every way to draw and number of drafts that a rule is asked about here."""
    return [(sampling, k) for sampling in DRAWN[name] for k in (1, 2, 3) if k <= MOST.get(name, k)]


def test_every_rule_is_known():
    assert set(DRAWN) == {rule.name for rule in VERIFIERS.all()}


@pytest.mark.parametrize("name", sorted(set(DRAWN) - set(RACES)))
def test_the_formula_is_what_the_code_does(name):
    tolerance = 1e-6 if name in ("optimal_transport", "canonical") else 1e-9
    for weights in PAIRS:
        p, q = map(fractions, weights)
        for sampling, k in known(name):
            if len(p) == 4 and k == 3 and name == "optimal_transport":
                continue  # the fractions of its solved split grow long
            found = verifier_acceptance(name, p.astype(float), q.astype(float), k, sampling)
            assert found == pytest.approx(by_enumeration(name, p, q, k, sampling), abs=tolerance), (
                weights,
                sampling,
                k,
            )


@pytest.mark.parametrize("name", RACES)
def test_the_formula_is_what_the_races_do(name):
    for weights, drafts in [*((pair, (1, 2)) for pair in PAIRS[:5]), (((2, 1), (1, 3)), (1, 2, 3))]:
        p, q = map(fractions, weights)
        for k in drafts:
            found = verifier_acceptance(name, p.astype(float), q.astype(float), k)
            assert found == pytest.approx(by_race(name, p, q, k), abs=1e-9), (weights, k)


def test_races_over_k_fields_as_often_as_simulated():
    races, rng = 200_000, np.random.default_rng(5)
    p, q = rng.dirichlet(np.full(8, 0.6)), rng.dirichlet(np.full(8, 0.6))
    for k in (2, 4):
        clocks = exponentials(7, 1, k, np.arange(races * k * 8)).reshape(races, k, 8)
        drafts = (clocks / q).argmin(axis=2)
        target = (clocks.min(axis=1) / p).argmin(axis=1)
        share = (drafts == target[:, None]).any(axis=1).mean()
        found = verifier_acceptance("gls", p, q, k)
        assert abs(share - found) < 5 * np.sqrt(found * (1 - found) / races)
    assert verifier_acceptance("gls", p, q, 1) == pytest.approx(match_probability(p, q), abs=1e-9)


GOLDEN = {
    "recursive_rejection": (0.6, 0.68, 0.744), "recursive_rejection_wor": (0.6, 0.76, 1.0),
    "k_seq": (0.6, 0.708062, 0.789674), "naive_tree": (0.6, 0.68, 0.744), "sample_and_look": (0.26, 0.444, 0.5774),
    "greedy": (0.6, 0.8, 1.0), "optimal_transport": (0.6, 0.76, 0.888), "spechub": (0.6, 0.8), "canonical": (0.6, 0.76),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_values(name):
    found = [verifier_acceptance(name, P, Q, k) for k in range(1, len(GOLDEN[name]) + 1)]
    assert found == pytest.approx(GOLDEN[name], abs=1e-6)


def all_rejected(r: np.ndarray, s: np.ndarray, drafts: int) -> float:
    """Recursive rejection without replacement by its own definition, one token after the other."""
    if drafts == 0:
        return 1.0
    left = np.maximum(r - s, 0)
    total = 0.0
    for token in np.flatnonzero(s):
        refused = s[token] - min(r[token], s[token])
        rest = np.where(np.arange(len(s)) == token, 0.0, s)
        if refused > 1e-15 and left.sum() > 1e-15:
            following = rest / rest.sum() if rest.sum() > 0 else rest
            total += refused * all_rejected(left / left.sum(), following, drafts - 1)
    return total


def test_without_replacement_equals_its_definition():
    rng = np.random.default_rng(2)
    for number in range(60):
        size = int(rng.integers(2, 7))
        p, q = (rng.integers(0, 7, size).astype(float) + np.eye(size)[rng.integers(size)] for _ in range(2))
        p, q = p / p.sum(), q / q.sum()
        p = q if number % 10 == 0 else p
        most = min(4, int((q > 0).sum()))
        found = rejection_chances(p, q, most)
        assert found == pytest.approx([all_rejected(p, q, k) for k in range(1, most + 1)], abs=1e-10)


@pytest.mark.parametrize(("k", "tolerance"), [(3, 1e-10), (4, 1e-8), (5, 1e-8)])
def test_without_replacement_with_light_tokens_as_one(k, tolerance, monkeypatch):
    """The few values that stand for light tokens, against all tokens one by one."""
    for seed in range(3):
        p, q = heavy_tailed(24, seed)
        exact = rejection_chances(p, q, k)[-1]
        monkeypatch.setattr("specviz.theory.rejection_wor._PATHS", 10_000_000)
        assert rejection_chances(p, q, k)[-1] == pytest.approx(exact, abs=tolerance)
        monkeypatch.undo()


def heavy_tailed(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Laws like a model's: the draft's logits are the target's with noise."""
    rng = np.random.default_rng(seed)
    target = 1.5 * rng.gumbel(size=size)
    draft = target + rng.normal(size=size)
    return tuple(np.exp(x - x.max()) / np.exp(x - x.max()).sum() for x in (target, draft))


def test_laws_that_are_almost_certain():
    """Where 1 - q has no digit left: two draws without replacement are the first two tokens, three are all."""
    p, q = np.array([0.1, 0.2, 0.7]), np.array([1.0, 1e-17, 1e-34])
    for name in ("recursive_rejection_wor", "sample_and_look"):
        found = [verifier_acceptance(name, p, q, k, "without_replacement") for k in (1, 2, 3)]
        assert found == pytest.approx([0.1, 0.3, 1.0], abs=1e-12)
    best = [optimal_acceptance(p, q, k, "without_replacement") for k in (1, 2, 3)]
    assert best == pytest.approx([0.1, 0.3, 1.0], abs=1e-12)


@pytest.mark.parametrize("sharpness", [5.0, 30.0])
def test_very_sharp_laws_keep_every_rule_below_its_optimum(sharpness):
    for seed in range(3):
        p, q = (law**sharpness / (law**sharpness).sum() for law in heavy_tailed(120, seed))
        for name in sorted(set(DRAWN) - {"relaxed", "shared_race"}):
            for sampling in DRAWN[name]:
                for k in (2, 3, 5):
                    if k <= MOST.get(name, k):
                        best = optimal_acceptance(p, q, k, sampling)
                        assert -1e-9 <= verifier_acceptance(name, p, q, k, sampling) <= best + 1e-6


@pytest.mark.parametrize("name", sorted(set(DRAWN) - {"relaxed"}))
def test_no_rule_beats_the_optimum_of_its_own_drafts(name):
    for seed in range(4):
        p, q = heavy_tailed(200, seed)
        for sampling in DRAWN[name]:
            for k in (1, 2, 4):
                if k <= MOST.get(name, k):
                    best = optimal_acceptance(p, q, k, sampling)
                    assert verifier_acceptance(name, p, q, k, sampling) <= best + 1e-7


def test_the_shipped_optimum_lacks_no_more_than_it_says():
    for seed in range(3):
        p, q = heavy_tailed(400, seed)
        for k in (2, 3, 5):
            lacks = optimal_acceptance(p, q, k) - verifier_acceptance("optimal_transport", p, q, k)
            assert -1e-7 <= lacks <= shortfall(p, q, k) + 1e-7


@pytest.mark.parametrize("name", sorted(set(DRAWN) - {"shared_race"}))
def test_a_vocabulary_of_fifty_thousand(name):
    p, q = heavy_tailed(50_000, 1)
    k = min(4, MOST.get(name, 4))
    assert 0 < verifier_acceptance(name, p, q, k) <= 1


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_curve_is_its_points(name):
    p, q = heavy_tailed(60, 4)
    for sampling in DRAWN[name]:
        curve = acceptance_curve(name, p, q, 6, sampling)
        points = [verifier_acceptance(name, p, q, k, sampling) for k in range(1, len(curve) + 1)]
        assert len(curve) == min(6, MOST.get(name, 6))
        assert curve == pytest.approx(points, abs=1e-5)


def test_quick_averages_are_close():
    for seed in range(3):
        p, q = heavy_tailed(300, seed)
        for k in (3, 5, 7):
            assert rejection_chances(p, q, k, quick=True) == pytest.approx(rejection_chances(p, q, k), abs=1e-4)


def test_the_relaxed_rule_takes_its_slack():
    values = [verifier_acceptance("relaxed", P, Q, 1, epsilon=e) for e in (0.0, 0.2, 1.0)]
    assert values == pytest.approx([0.6, 0.8, 1.0])


@pytest.mark.parametrize(
    ("name", "k", "sampling"),
    [("token", 2, None), ("spechub", 3, None), ("k_seq", 2, "greedy"), ("optimal_transport", 9, None),
     ("magic", 1, None), ("greedy", 0, None)],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(name, k, sampling):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        verifier_acceptance(name, P, Q, k, sampling)
