"""One run at a large capacity tells the expectation of every smaller one, and the expectation is the mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specviz.chance import Sampled
from specviz.drafting import DRAFTERS, make_drafter
from specviz.engine.decode import cast_of, decode
from specviz.engine.exact import PROMPT, output_law, toy_models
from specviz.engine.expectation import reach
from specviz.engine.guessers import open_guesser
from specviz.engine.limits import STRATEGIES, Study
from specviz.engine.step import Pass
from specviz.models.pair import load_pair
from specviz.race import DRAFT, PICK
from specviz.records import RunSettings, Sampling, Warp, root_only
from specviz.seams import RankCounts, Round
from specviz.verification import make_verifier

PROMPTS = [("story", "Once upon a time, there was a cat."), ("code", "def add(a, b):\n")]


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft")


def nested_names() -> list[str]:
    return [d.name for d in DRAFTERS.all() if d().nesting(root_only(Sampling.TOP), Round(0, 1, 1)) is not None]


def paths(tree, nodes) -> set[tuple[int, ...]]:
    return {tuple(int(tree.token[i]) for i in tree.path(int(node))) for node in nodes}


def test_which_strategies_are_nested():
    assert set(nested_names()) == {"best_first", "oracle", "chain", "race_tau_star"}


@pytest.mark.parametrize("name", nested_names())
def test_a_smaller_tree_is_the_first_nodes_of_a_larger_one(pair, name):
    """On real laws and real clocks, for every prompt and capacity."""
    drafter = make_drafter(name)
    for _, prompt in PROMPTS:
        ids = pair.encode(prompt)
        grown = {}
        for capacity in (1, 2, 3, 7, 16, 40, 100):
            models = cast_of(pair, RunSettings(drafter=name))
            above = models.target.open(ids, Warp())
            session = open_guesser(models, drafter, above, ids, Warp())
            limits = Round(capacity, 4, 6, ranks=RankCounts((5, 2, 1), (9, 9, 9)))
            shared = drafter.sampling == Sampling.SHARED_RACE
            tree, _ = drafter.grow(session, Sampled(3, len(ids), DRAFT, shared), limits)
            grown[capacity] = (tree, drafter.nesting(tree, limits))
        large, order = grown[100]
        assert sorted(order.tolist()) == list(range(1, large.size + 1))
        for tree, _ in grown.values():
            assert paths(tree, range(1, tree.size + 1)) == paths(large, order[: tree.size])


@pytest.mark.parametrize(
    ("drafter", "verifier"),
    [
        ("best_first", "sample_and_look"),
        ("iid_sequences", "recursive_rejection"),
        ("chain", "recursive_rejection"),
        ("iid_sequences", "k_seq"),
        ("static_wor", "recursive_rejection_wor"),
        ("greedy_plus_one", "greedy"),
    ],
)
def test_reach_averages_to_the_exact_expectation(drafter, verifier):
    """The mean of the summed chances over sampled trees, against enumeration in fractions."""
    models = toy_models(3, 2, seed=4)
    limits = Round(4, 2, 2)
    exact = float(output_law(models, make_drafter(drafter), make_verifier(verifier), limits, 3).expected_tokens)
    sums = []
    for seed in range(1500):
        above = models.target.open(PROMPT, Warp())
        session = open_guesser(models, make_drafter(drafter), above, PROMPT, Warp())
        tree, draft_rows = make_drafter(drafter).grow(session, Sampled(seed, 3, DRAFT), limits)
        target_rows = above.feed(tree.token[1:].tolist(), tree.parent[1:].tolist())
        rows = [
            {i: np.array(r[i], float) for i in range(tree.size + 1) if _has(r, i)} for r in (target_rows, draft_rows)
        ]
        verdict = make_verifier(verifier).verify(tree, *rows, Sampled(seed, 3, PICK), 3)
        chances = reach(make_verifier(verifier), Pass(tree, *rows, verdict, 3, limits))
        assert chances[0] == 1
        assert all(chances[i] <= chances[tree.parent[i]] + 1e-12 for i in range(1, tree.size + 1))
        sums.append(chances.sum())
    error = np.std(sums) / np.sqrt(len(sums))
    assert abs(np.mean(sums) - exact) < 4 * error + 1e-9


def _has(rows, node) -> bool:
    try:
        rows[node]
    except KeyError:
        return False
    return True


def test_a_rule_that_does_not_go_node_by_node_has_no_reach(pair):
    settings = RunSettings(drafter="chain", verifier="block", temperature=1.0, capacity=3, depth=3, max_new_tokens=4)
    seen: list[Pass] = []
    list(decode(cast_of(pair, settings), settings, pair.encode("A cat"), watch=seen.append))
    assert [reach(make_verifier("block"), one) for one in seen] == [None] * len(seen)


def test_one_run_serves_every_smaller_capacity(pair):
    """The nested expectation at P equals that of a tree grown with P on the very same contexts."""
    settings = RunSettings(temperature=1.0, depth=5, drafts=2, max_new_tokens=10)
    study = Study(pair, settings, PROMPTS, [16], STRATEGIES, nested=[1, 4])
    progress = list(study)
    assert progress[-1].done == study.total
    record = study.record()
    assert {(n.drafter, n.capacities) for n in record.nested} == {
        (name, (1, 4)) for name in ("best_first", "chain", "race_tau_star", "oracle")
    }
    assert {m.capacity for m in record.curve("iid_sequences", "recursive_rejection")} == {1, 4, 16}
    for measurement in record.measurements:
        assert all(e >= k for e, k in zip(measurement.expected, measurement.passes, strict=True))
        assert all(h > 0 for h in measurement.surprisal)
    best = next(n for n in record.nested if n.drafter == "best_first")
    for number, ids in enumerate(study.ids):
        contexts = []
        large = replace(settings, drafter="best_first", verifier="sample_and_look", capacity=16)
        text = list(ids)
        for step in decode(cast_of(pair, large), large, ids):
            contexts.append((list(text), 10 - (len(text) - len(ids))))
            text += step.emitted
        for place, capacity in enumerate(best.capacities):
            total = 0.0
            for before, left in contexts:
                seen: list[Pass] = []
                small = replace(large, capacity=capacity, max_new_tokens=left)
                next(iter(decode(cast_of(pair, small), small, before, watch=seen.append)))
                total += reach(make_verifier("sample_and_look"), seen[0]).sum()
            assert total == pytest.approx(best.expected[number][place], rel=1e-4)


def test_a_stopped_study_keeps_its_whole_measurements(pair):
    settings = RunSettings(temperature=1.0, depth=4, max_new_tokens=6)
    calls = iter([False] * 5 + [True] * 1000)
    study = Study(pair, settings, PROMPTS, [1, 2, 4], stop=lambda: next(calls))
    list(study)
    assert all(len(m.tokens) == 2 for m in study.record().measurements)


def test_a_study_needs_a_capacity(pair):
    with pytest.raises(ValueError, match="at least one capacity"):
        Study(pair, RunSettings(), PROMPTS, [])
    with pytest.raises(ValueError, match="largest capacity must be run"):
        Study(pair, RunSettings(), PROMPTS, [4], nested=[8])
