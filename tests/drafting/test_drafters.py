"""What each drafter promises about its trees."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest

from specviz.chance import Sampled, enumerate_outcomes
from specviz.drafting import DRAFTERS, make_drafter
from specviz.drafting.ranks import PRIOR, acceptance_by_rank
from specviz.drafting.widths import widths_for
from specviz.engine.exact import PROMPT, toy_models
from specviz.engine.guessers import ContextSession, open_guesser
from specviz.models.table import TableModel
from specviz.race import DRAFT, tau_star
from specviz.records import Warp
from specviz.seams import RankCounts, Round

MODELS = toy_models(4, 3, 11)


def grow(spec: str, limits: Round, chance=None, models=MODELS):
    drafter = make_drafter(spec)
    above = models.target.open(PROMPT, Warp())
    below = open_guesser(models, drafter, above, PROMPT, Warp())
    return drafter.grow(below, chance or Sampled(5, len(PROMPT), DRAFT), limits)


def paths(tree) -> dict[tuple[int, ...], float]:
    return {
        tuple(int(tree.token[i]) for i in tree.path(node)): float(tree.path_prob[node])
        for node in range(1, tree.size + 1)
    }


def all_paths(model: TableModel, depth: int) -> dict[tuple[int, ...], float]:
    found: dict[tuple[int, ...], float] = {}
    for length in range(1, depth + 1):
        for text in product(range(model.vocabulary), repeat=length):
            chance = 1.0
            for place, token in enumerate(text):
                chance *= float(model.row_of((*PROMPT, *text[:place]))[token])
            found[text] = chance
    return found


@pytest.mark.parametrize("capacity", [1, 2, 5, 9, 20])
@pytest.mark.parametrize(("spec", "part"), [("best_first", "draft"), ("oracle", "target")])
def test_best_first_keeps_the_most_probable_paths_and_all_their_beginnings(capacity, spec, part):
    tree, _ = grow(spec, Round(capacity, 4, 3))
    known = all_paths(getattr(MODELS, part), 3)
    best = sorted(known.values(), reverse=True)[:capacity]
    kept = paths(tree) if spec == "best_first" else {path: known[path] for path in paths(tree)}
    assert sorted(kept.values(), reverse=True) == pytest.approx(best)
    assert all(path[:-1] in kept or len(path) == 1 for path in kept)


def test_a_layer_that_adds_too_little_is_the_last():
    whole = grow("best_first", Round(30, 4, 3))[0]
    assert whole.depth.max() == 3
    sums = [sum(p for path, p in all_paths(MODELS.draft, d).items()) for d in (1, 2)]
    assert sums == pytest.approx([1, 2])  # each full layer adds exactly 1
    assert grow("best_first(least_gain=1.0)", Round(4, 4, 3))[0].depth.max() < 3


def test_eagle2_with_room_for_everything_is_best_first():
    limits = Round(12, 64, 3)
    assert paths(grow("eagle2", limits)[0]) == paths(grow("best_first", limits)[0])


@pytest.mark.parametrize("drafts", [1, 2])
def test_eagle2_expands_few_nodes_of_a_layer(drafts):
    tree, _ = grow("eagle2", Round(50, drafts, 3))
    for depth in range(3):
        parents = {int(tree.parent[i]) for i in range(1, tree.size + 1) if tree.depth[i] == depth + 1}
        assert len(parents) <= drafts
        assert all(len(tree.children[node]) <= drafts for node in parents)


def test_graph_without_common_suffixes_is_best_first():
    limits = Round(12, 4, 3)
    assert paths(grow("graph(suffix=8)", limits)[0]) == paths(grow("best_first", limits)[0])


def test_graph_copies_what_followed_the_same_words():
    """A node without a row of its own continues like a node that ends in the same word and has one."""
    tree, rows = grow("graph(suffix=1)", Round(40, 4, 3))

    def asked(node: int) -> bool:
        try:
            return rows[node] is not None
        except KeyError:
            return False

    inner = [node for node in range(1, tree.size + 1) if tree.children[node]]
    copies = [node for node in inner if not asked(node)]
    assert len(copies) > 3
    for node in copies:
        originals = [i for i in range(tree.size + 1) if asked(i) and (i == 0 or tree.token[i] == tree.token[node])]
        for child in tree.children[node]:
            token, prob = int(tree.token[child]), float(tree.draft_prob[child])
            assert any(float(rows[i][token]) == prob for i in originals)
    assert len(grow("graph(ratio=1.0)", Round(40, 4, 1))[0].children[0]) == 1


def test_hierarchy_draws_from_the_middle_model_whatever_the_small_one_guesses():
    models = toy_models(3, 2, 21)
    for ahead in (1, 2):
        drafter = make_drafter(f"hierarchy(ahead={ahead})")

        def chain(chance, drafter=drafter):
            session = open_guesser(models, drafter, models.target.open(PROMPT, Warp()), PROMPT, Warp())
            tree, rows = drafter.grow(session, chance, Round(3, 1, 3))
            for node in range(tree.size):  # the rows are the middle model's
                text = [int(tree.token[i]) for i in tree.path(node)]
                assert (rows[node] == models.middle.row_of((*PROMPT, *text))).all()
            return tuple(tree.token[1:].tolist())

        law = defaultdict(Fraction)
        for text, weight in enumerate_outcomes(chain):
            law[text] += weight
        assert {len(text) for text in law} == {3}
        for text, weight in law.items():
            chance = Fraction(1)
            for place, token in enumerate(text):
                chance *= models.middle.row_of((*PROMPT, *text[:place]))[token]
            assert weight == chance


@pytest.mark.parametrize(
    ("spec", "goal"),
    [
        ("spechub", lambda q, a: {(x, a): q[x] for x in range(3) if x != a}
         | {(a, x): q[a] * q[x] / (1 - q[a]) for x in range(3) if x != a}),
        ("greedy_plus_one", lambda q, a: {(a, x): q[x] / (1 - q[a]) for x in range(3) if x != a}),
        ("static_wor", lambda q, a: {(x, y): q[x] * q[y] / (1 - q[x]) for x in range(3) for y in range(3) if x != y}),
        ("static_iid", lambda q, a: {(x, y): q[x] * q[y] for x in range(3) for y in range(3)}),
    ],
)  # fmt: skip
def test_pairs_follow_the_declared_law(spec, goal):
    models = toy_models(3, 1, 31)
    q = models.draft.row_of(PROMPT)

    def pair(chance):
        tree, _ = grow(spec, Round(2, 2, 1), chance, models)
        return tuple(int(tree.token[i]) for i in tree.trials(0))

    law = defaultdict(Fraction)
    for drawn, weight in enumerate_outcomes(pair):
        law[drawn] += weight
    assert dict(law) == goal(q, int(np.argmax(q)))


def test_prompt_lookup_copies_what_followed():
    session = ContextSession(10, [1, 2, 3, 4, 9, 2, 3, 4, 5, 7, 2, 3, 4])
    tree, rows = make_drafter("prompt_lookup").grow(session, Sampled(0, 13), Round(8, 4, 3))
    assert paths(tree) == {(5,): 0.5, (5, 7): 0.5, (5, 7, 2): 0.5, (9,): 0.5, (9, 2): 0.5, (9, 2, 3): 0.5}
    with pytest.raises(KeyError):
        rows[0]
    new = ContextSession(10, [1, 2, 3])
    assert make_drafter("prompt_lookup").grow(new, Sampled(0, 3), Round(8, 4, 3))[0].size == 0


@pytest.mark.parametrize("name", [d.name for d in DRAFTERS.all()])
@pytest.mark.parametrize("shared", [False, True])
def test_nothing_is_drafted_after_a_stop_token_and_no_limit_is_broken(name, shared):
    for seed in range(4):
        chance = Sampled(seed, len(PROMPT), DRAFT, shared)
        limits = Round(9, 3, 3, stop_ids=frozenset({0, 2}))
        tree, _ = grow(name, limits, chance)
        assert tree.size <= 9
        assert tree.depth.max(initial=0) <= 3
        assert not any(tree.children[node] for node in range(1, tree.size + 1) if tree.token[node] in (0, 2))
        for empty in (Round(0, 3, 3), Round(9, 3, 0)):
            assert grow(name, empty, chance)[0].size == 0


@cache
def trees(size: int, depth: int, branches: int) -> list[tuple]:
    """All ordered trees of `size` nodes below a root: nested tuples, children in rank order, none left out."""
    return list(_forests(size, depth, branches))


def _forests(size: int, depth: int, branches: int):
    if size == 0:
        yield ()
        return
    if depth == 0 or branches == 0:
        return
    for first in range(size):
        for child in trees(first, depth - 1, MOST):
            for rest in _forests(size - 1 - first, depth, branches - 1):
                yield (child, *rest)


MOST = 3


def value(tree: tuple, chances: tuple[float, ...]) -> float:
    return sum(chances[rank] * (1 + value(child, chances)) for rank, child in enumerate(tree))


def dynamic_program(chances: tuple[float, ...], nodes: int, depth: int, branches: int) -> float:
    """Sequoia's recursion: most expected accepted tokens of `nodes` nodes below a root."""

    @cache
    def best(left: int, deep: int, rank: int) -> float:
        if left == 0 or deep == 0 or rank == branches:
            return 0.0
        options = [chances[rank] * (1 + best(m, deep - 1, 0)) + best(left - 1 - m, deep, rank + 1) for m in range(left)]
        return max(0.0, *options)

    return best(nodes, depth, 0)


@pytest.mark.parametrize("nodes", range(1, 8))
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_sequoia_shape_is_brute_force_and_the_dynamic_program(nodes, depth):
    """With limits on depth and branches; `tau_star` is what the drafter uses."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        chances = tuple(np.sort(rng.dirichlet(np.ones(MOST + 1))[:MOST])[::-1].tolist())
        by_hand = max(
            (value(tree, chances) for size in range(nodes + 1) for tree in trees(size, depth, MOST)), default=0.0
        )
        found = tau_star(chances, nodes, depth).expected_accepted
        assert found == pytest.approx(by_hand, abs=1e-12)
        assert found == pytest.approx(dynamic_program(chances, nodes, depth, MOST), abs=1e-12)


def test_sequoia_and_its_dynamic_program_agree_on_large_trees():
    chances = acceptance_by_rank(RankCounts(), 8)
    for nodes in (16, 64):
        found = tau_star(chances, nodes, 6).expected_accepted
        assert found == pytest.approx(dynamic_program(chances, nodes, 6, 8), abs=1e-12)


@pytest.mark.parametrize("capacity", [1, 3, 7, 12, 20])
def test_widths_are_the_best_ones(capacity):
    chances = (0.6, 0.2, 0.1, 0.05)

    def worth(widths: tuple[int, ...]) -> float:
        total = reach = 0.0
        for place, width in enumerate(widths):
            reach = (reach if place else 1.0) * sum(chances[:width])
            total += reach
        return total

    options = [
        widths
        for length in range(1, 5)
        for widths in product(range(1, 5), repeat=length)
        if all(a >= b for a, b in pairwise(widths))
        and sum(int(np.prod(widths[: i + 1])) for i in range(length)) <= capacity
    ]
    assert worth(widths_for(chances, capacity, 4, 4)) == pytest.approx(max(map(worth, options)))


def test_acceptance_by_rank_goes_from_the_prior_to_what_was_counted():
    prior = acceptance_by_rank(RankCounts())
    assert prior[0] == pytest.approx(PRIOR[0] / 19.6, abs=1e-5)
    counted = acceptance_by_rank(RankCounts((500, 300, 0, 100), (1000, 1000, 1000, 1000)), 4)
    assert counted == pytest.approx((0.5, 0.3, 0.1, 0.0), abs=0.02)
    assert list(counted) == sorted(counted, reverse=True)
    wild = acceptance_by_rank(RankCounts((10**6,) * 64, (10**6,) * 64), 64)
    assert sum(wild) <= 1
    tau_star(wild, 10)


def test_given_acceptance_shapes_the_race_tree():
    deep = grow("race_tau_star(first=0.95, ratio=0.05)", Round(3, 4, 3), Sampled(1, 3, DRAFT, True))[0]
    flat = grow("race_tau_star(first=0.3, ratio=1.0)", Round(3, 4, 3), Sampled(1, 3, DRAFT, True))[0]
    assert deep.depth.tolist() == [0, 1, 2, 3]
    assert flat.depth.tolist() == [0, 1, 1, 1]
