"""What the rules owe one another, exactly: optima, equalities and golden values."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from specviz.drafting import DRAFTERS, make_drafter
from specviz.engine.exact import output_law, toy_models
from specviz.engine.guessers import Cast
from specviz.models.table import TableModel
from specviz.race import list_matching_bound, match_probability
from specviz.records import Sampling, Warp
from specviz.seams import Round
from specviz.theory import k_seq_factor, optimal_acceptance
from specviz.verification import VERIFIERS, make_verifier, why_not


def constant(p: list[Fraction], q: list[Fraction]) -> Cast:
    """The same two laws after every text."""
    target, draft = (np.array(law, dtype=object) for law in (p, q))
    return Cast(TableModel(lambda _: target, len(p)), TableModel(lambda _: draft, len(q)))


def tokens(models: Cast, drafter: str, verifier: str, limits: Round) -> Fraction:
    """Exact expected tokens of one round."""
    return output_law(models, make_drafter(drafter), make_verifier(verifier), limits, 1).expected_tokens


def accepted(models: Cast, drafter: str, verifier: str, drafts: int) -> float:
    """Exact acceptance of `drafts` guesses at one position."""
    return float(tokens(models, drafter, verifier, Round(drafts, drafts, 1)) - 1)


def rows(models: Cast) -> tuple[np.ndarray, np.ndarray]:
    """The two laws at the root, as floats."""
    return tuple(model.open([0, 1, 0], Warp()).feed([], [])[0].astype(float) for model in (models.target, models.draft))


THIRDS = constant([Fraction(1, 3), Fraction(2, 3)], [Fraction(2, 3), Fraction(1, 3)])
TENTHS = constant([Fraction(x, 10) for x in (6, 3, 1)], [Fraction(x, 10) for x in (2, 3, 5)])
TOYS = [toy_models(3, 1, 700 + number, zeros=number % 3 == 0) for number in range(8)]


@pytest.mark.parametrize(("depth", "token", "block"), [(2, (10, 9), (11, 9)), (3, (38, 27), (45, 27))])
def test_golden_values_of_a_chain(depth, token, block):
    """Accepted tokens for p = (1/3, 2/3), q = (2/3, 1/3) [15]."""
    limits = Round(depth, 1, depth)
    assert tokens(THIRDS, "chain", "token", limits) - 1 == Fraction(*token)
    assert tokens(THIRDS, "chain", "block", limits) - 1 == Fraction(*block)


GOLDEN = {  # p = (.6, .3, .1), q = (.2, .3, .5): acceptance of k = 1, 2, 3 drafts
    ("iid_sequences", "recursive_rejection"): (0.6, 0.68, 0.744),
    ("iid_sequences", "naive_tree"): (0.6, 0.68, 0.744),
    ("iid_sequences", "k_seq"): (0.6, 0.708062, 0.789674),
    ("iid_sequences", "optimal_transport"): (0.6, 0.76, 0.888),
    ("iid_sequences", "canonical"): (0.6, 0.76, None),
    ("iid_sequences", "sample_and_look"): (0.26, 0.444, 0.5774),
    ("static_wor", "recursive_rejection_wor"): (0.6, 0.76, 1.0),
    ("greedy_plus_one", "greedy"): (0.6, 0.8, 1.0),
    ("spechub", "spechub"): (0.6, 0.8, None),
}


@pytest.mark.parametrize(("drafter", "verifier"), GOLDEN)
def test_golden_values_of_one_position(drafter, verifier):
    for drafts, value in enumerate(GOLDEN[drafter, verifier], start=1):
        if value is not None:
            assert accepted(TENTHS, drafter, verifier, drafts) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("number", range(8))
def test_block_is_never_below_the_standard_rule(number):
    models = toy_models(2, 3, 800 + number, zeros=number % 2 == 0)
    for depth in (1, 2, 3):
        limits = Round(depth, 1, depth)
        block, token = (tokens(models, "chain", verifier, limits) for verifier in ("block", "token"))
        assert block > token if depth > 1 and number == 0 else block >= token
        if depth == 1:
            assert block == token


@pytest.mark.parametrize("number", range(8))
def test_traversal_on_a_chain_is_block_verification(number):
    models = toy_models(2, 3, 820 + number, zeros=number % 2 == 0)
    limits = Round(3, 1, 3)
    laws = [
        output_law(models, make_drafter("chain"), make_verifier(v), limits, 4).rounds for v in ("traversal", "block")
    ]
    assert laws[0] == laws[1]


@pytest.mark.parametrize(
    ("drafter", "verifier"), [("static_iid", "recursive_rejection"), ("static_wor", "recursive_rejection_wor")]
)
def test_traversal_is_recursive_rejection_at_depth_one_and_never_below_it(drafter, verifier):
    better = 0
    for number in range(6):
        models = toy_models(3, 2, 840 + number, zeros=number % 2 == 0)
        flat, deep = Round(3, 3, 1), Round(6, 2, 2)
        laws = [
            output_law(models, make_drafter(drafter), make_verifier(v), flat, 2).rounds for v in ("traversal", verifier)
        ]
        assert laws[0] == laws[1]
        gain = tokens(models, drafter, "traversal", deep) - tokens(models, drafter, verifier, deep)
        assert gain >= 0
        better += gain > 0
    assert better


@pytest.mark.parametrize("models", TOYS)
def test_greedy_and_spechub_are_the_optimum_of_their_law(models):
    p, q = rows(models)
    for drafts in (1, 2, 3):
        best = optimal_acceptance(p, q, drafts, "greedy")
        assert accepted(models, "greedy_plus_one", "greedy", drafts) == pytest.approx(best, abs=1e-12)
    # Of all joint laws of two drafts with the favourite among them, SpecHub's optimum is that of top and one.
    best = optimal_acceptance(p, q, 2, "greedy")
    assert accepted(models, "spechub", "spechub", 2) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("models", TOYS)
@pytest.mark.parametrize("drafts", [2, 3])
def test_optimal_transport_is_the_optimum_and_no_rule_beats_it(models, drafts):
    p, q = rows(models)
    best = accepted(models, "iid_sequences", "optimal_transport", drafts)
    assert best == pytest.approx(optimal_acceptance(p, q, drafts), abs=1e-6)
    for rule in VERIFIERS.all():
        if rule.lossless and not rule.shares_clocks and why_not(DRAFTERS.get("iid_sequences"), rule) is None:
            assert accepted(models, "iid_sequences", rule.name, drafts) <= best + 1e-9, rule.name


@pytest.mark.parametrize("models", TOYS)
def test_canonical_is_the_optimum_of_two(models):
    p, q = rows(models)
    found = accepted(models, "iid_sequences", "canonical", 2)
    assert found == pytest.approx(optimal_acceptance(p, q, 2), abs=1e-6)


@pytest.mark.parametrize("models", TOYS)
def test_k_seq_accepts_what_its_factor_says(models):
    p, q = rows(models)
    for drafts in (2, 3):
        rho = float(k_seq_factor(p, q, drafts))
        beta = np.minimum(p / rho, q).sum()
        found = accepted(models, "iid_sequences", "k_seq", drafts)
        assert found == pytest.approx(1 - (1 - beta) ** drafts, abs=1e-9)


@pytest.mark.parametrize("models", TOYS)
def test_races_meet_as_often_as_their_laws_say(models):
    p, q = rows(models)
    assert accepted(models, "chain", "shared_race", 1) == pytest.approx(match_probability(p, q), abs=1e-12)
    for drafts in (1, 2):
        assert accepted(models, "gls", "gls", drafts) >= list_matching_bound(p, q, drafts) - 1e-12


def test_every_exact_rule_accepts_all_where_both_laws_agree():
    """p = q: no division by zero, and a drafted token that was really drawn is never refused."""
    law = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6), Fraction(0)]
    models = constant(law, law)
    for drafter, verifier in [(d, v) for d in DRAFTERS.all() for v in VERIFIERS.all()]:
        if why_not(drafter, verifier) is None and verifier.lossless and drafter.guesser == "draft":
            found = accepted(models, drafter.name, verifier.name, 2)
            tests_the_ratio = not verifier.shares_clocks and verifier.name != "sample_and_look"
            if tests_the_ratio:
                assert found == pytest.approx(1, abs=1e-12), (drafter.name, verifier.name)
            else:
                assert found > 0, (drafter.name, verifier.name)


def test_a_certain_target_is_met_when_its_token_is_among_the_guesses():
    """One-hot p: acceptance = chance that its token was drafted, for every exact rule."""
    models = constant([Fraction(0), Fraction(1), Fraction(0)], [Fraction(x, 10) for x in (2, 3, 5)])
    chances = {Sampling.IID: 1 - 0.7**2, Sampling.INDEPENDENT_RACES: 1 - 0.7**2, Sampling.SINGLE: 0.3}
    for drafter, verifier in [(d, v) for d in DRAFTERS.all() for v in VERIFIERS.all()]:
        fits = why_not(drafter, verifier) is None and verifier.lossless and not verifier.shares_clocks
        if fits and drafter.sampling in chances and drafter.guesser == "draft":
            found = accepted(models, drafter.name, verifier.name, 2)
            assert found == pytest.approx(chances[drafter.sampling], abs=1e-9), (drafter.name, verifier.name)
