"""What-if answers equal real passes at the same place, or are refused; none is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specviz.drafting import make_drafter
from specviz.engine.decode import Run, cast_of, finish
from specviz.engine.guessers import draft_warp, open_guesser
from specviz.engine.step import Players, count_ranks, iterate
from specviz.engine.whatif import stored as stored_module
from specviz.engine.whatif.answer import UNKEPT, WhatIf, capacity_ladder, what_if
from specviz.engine.whatif.spread import EVEN, MOST, PILED, Spread, spread_out
from specviz.engine.whatif.stored import StoredPass
from specviz.engine.whatif.words import change_in_words
from specviz.models.pair import load_pair
from specviz.records import DecodeTrace, Iteration, RunSettings, SparseRows, StopReason
from specviz.records.store import load_trace, parse_trace, trace_bytes
from specviz.seams import RankCounts
from specviz.verification import make_verifier

ROOT = Path(__file__).parents[2]
TRACES = sorted((ROOT / "assets" / "traces").glob("*.json.gz"))
OLD = ROOT / "tests" / "records" / "golden" / "schema_1.json.gz"
PROMPT = "Once upon a time, there was a little fox who lived near a river."
CODE = "def is_prime(number: int) -> bool:\n"
METHODS = {
    "best_first": ("sample_and_look", ("shared_race",)),
    "iid_sequences": ("recursive_rejection", ("naive_tree", "k_seq", "canonical")),
    "race_tau_star": ("shared_race", ("sample_and_look",)),
    "chain": ("token", ("block", "relaxed(epsilon=0.2)", "sample_and_look")),
    "static_wor": ("recursive_rejection_wor", ("traversal", "greedy")),
    "greedy_plus_one": ("greedy", ("sample_and_look",)),
    "spechub": ("spechub", ("naive_tree",)),
    "prompt_lookup": ("sample_and_look", ("shared_race",)),
}


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft")


@pytest.fixture(scope="module")
def runs(pair) -> dict[str, DecodeTrace]:
    """One run of each method, saved and read again: what a visitor's file holds."""
    made = {}
    for place, (drafter, (verifier, _)) in enumerate(METHODS.items()):
        settings = RunSettings(
            drafter=drafter, verifier=verifier, temperature=(0.7, 1.0)[place % 2], capacity=20, drafts=3, depth=6,
            max_new_tokens=20, seed=place,
        )  # fmt: skip
        made[drafter] = parse_trace(trace_bytes(finish(Run(pair, settings, (PROMPT, CODE)[place % 3 == 1]))))
    return made


def real_pass(pair, trace: DecodeTrace, index: int, settings: RunSettings) -> Iteration:
    """The models themselves, put at the same place."""
    drafter, verifier = make_drafter(settings.drafter), make_verifier(settings.verifier)
    ids = [*trace.prompt_ids, *(token for item in trace.iterations[:index] for token in item.emitted)]
    cast, ranks = cast_of(pair, settings), RankCounts()
    target = cast.target.open(ids, settings.warp)
    guesser = open_guesser(cast, drafter, target, ids, draft_warp(settings, drafter, verifier))
    for item in trace.iterations[:index]:
        ranks = count_ranks(item.tree, item.verdict, item.races, ranks)
    remaining = min(settings.max_new_tokens - len(ids) + len(trace.prompt_ids), cast.context - len(ids))
    return iterate(Players(target, guesser, drafter, verifier), settings, index, remaining, pair.stop_ids, ranks)


def fates(item: Iteration) -> dict[tuple[int, ...], int]:
    """State of every guess, by the tokens that lead to it: numbers of nodes may differ."""
    tree = item.tree
    return {tuple(tree.token[list(tree.path(i))].tolist()): int(item.verdict.state[i]) for i in range(tree.size + 1)}


def agree(trace: DecodeTrace, index: int, asked: Iteration, real: Iteration) -> bool:
    """Same tree, same fates, same path, and the same closing token, or one that truly was not kept."""
    paths = [item.tree.token[item.verdict.path].tolist() for item in (asked, real)]
    if paths[0] != paths[1] or fates(asked) != fates(real):
        return False
    closing, true = asked.verdict.closing_token, real.verdict.closing_token
    at = StoredPass(trace, index)
    end = at.nodes(asked.tree)[int(asked.verdict.path[-1]) if len(asked.verdict.path) else 0]
    return closing == true or (closing == UNKEPT and true not in at.kept_ids("target", end))


def compared(pair, trace: DecodeTrace, changes: list[dict]) -> tuple[int, int, int]:
    """Equal, refused and wrong answers over every pass and change."""
    equal = refused = wrong = 0
    for index in range(len(trace.iterations)):
        for change in changes:
            settings = replace(trace.settings, **change)
            answer = what_if(trace, index, settings, expect=False)
            if answer.iteration is None:
                assert answer.reason.endswith(".")
                refused += 1
            elif agree(trace, index, answer.iteration, real_pass(pair, trace, index, settings)):
                equal += 1
            else:
                wrong += 1
    return equal, refused, wrong


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.name)
def test_unchanged_settings_give_back_every_recorded_verdict(path):
    trace = load_trace(path)
    certain = 0
    for index, item in enumerate(trace.iterations):
        answer = what_if(trace, index, trace.settings, expect=False).iteration
        if answer is not None:
            certain += 1
            assert answer.emitted == item.emitted
            assert answer.verdict.closing_token == item.verdict.closing_token
            np.testing.assert_array_equal(answer.verdict.state, item.verdict.state)
            assert [d.outcome for d in answer.verdict.draws] == [d.outcome for d in item.verdict.draws]
    assert certain >= 0.9 * len(trace.iterations)


@pytest.mark.parametrize("drafter", METHODS)
def test_answers_are_those_of_real_passes(pair, runs, drafter):
    rules = [{"verifier": rule} for rule in METHODS[drafter][1]]
    changes = [{}, {"capacity": 1}, {"capacity": 5}, {"capacity": 12}, {"capacity": 24}, {"depth": 2}, *rules]
    equal, refused, wrong = compared(pair, runs[drafter], changes)
    assert wrong == 0
    assert equal >= 14
    assert equal + refused == len(changes) * len(runs[drafter].iterations)


@pytest.mark.parametrize("drafter", ["best_first", "race_tau_star", "chain", "prompt_lookup"])
def test_a_smaller_p_of_nested_trees_is_nearly_always_told(pair, runs, drafter):
    equal, refused, wrong = compared(pair, runs[drafter], [{"capacity": p} for p in (0, 1, 3, 8, 16)])
    assert wrong == 0
    assert refused <= 0.2 * (equal + refused)


def no_masses_below(kept: SparseRows, vocabulary: int, spread: Spread, from_left: bool) -> np.ndarray:
    """A reading that forgets `below`: all that was not kept lies evenly on all other ids."""
    row = np.full(vocabulary, max(0.0, 1 - float(kept.probs.sum())) / (vocabulary - len(kept.ids)))
    row[kept.ids] = kept.probs
    return row


def test_without_the_masses_between_kept_ids_answers_would_be_wrong(pair, runs, monkeypatch):
    monkeypatch.setattr(stored_module, "spread_out", no_masses_below)
    assert sum(compared(pair, runs[name], [{}])[2] for name in ("best_first", "chain", "prompt_lookup")) > 0


def test_every_spread_agrees_with_what_was_kept():
    at = StoredPass(load_trace(TRACES[0]), 0)
    kept = at.kept("target", 0)
    for spread in (EVEN, PILED, Spread(True, 400), Spread(False, 400)):
        row = spread_out(kept, at.trace.vocabulary, spread, from_left=True)
        np.testing.assert_allclose(row[kept.ids], kept.probs, atol=2e-5)
        np.testing.assert_allclose((np.cumsum(row) - row)[kept.ids], kept.below, atol=2e-5)
    most = spread_out(kept, at.trace.vocabulary, MOST, from_left=True)
    assert (most >= spread_out(kept, at.trace.vocabulary, PILED, from_left=True) - 1e-5).all()


def test_expected_tokens_are_a_range_around_the_exact_ones(pair, runs):
    from specviz.engine.expectation import reach

    trace = runs["chain"]
    seen: list = []
    settings = trace.settings
    for _ in finish_watched(pair, settings, trace, seen):
        pass
    for index, one in enumerate(seen):
        low, high = what_if(trace, index, settings).expected or (np.nan, np.nan)
        exact = float(reach(make_verifier(settings.verifier), one).sum())
        if np.isfinite(low):
            assert low - 1e-4 <= exact <= high + 1e-4
            assert high - low < 0.2


def finish_watched(pair, settings: RunSettings, trace: DecodeTrace, seen: list):
    from specviz.engine.decode import decode

    return decode(cast_of(pair, settings), settings, trace.prompt_ids, pair.stop_ids, seen.append)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temperature": 1.5}, "other laws"),
        ({"drafter": "oracle"}, "another model"),
        ({"verifier": "token"}, "needs siblings"),
        ({"verifier": "nonsense"}, "nonsense"),
        ({"capacity": 1000}, "asks for more"),
    ],
)
def test_what_cannot_be_told_is_said_in_one_sentence(change, words):
    trace = load_trace(ROOT / "assets" / "traces" / "story.json.gz")
    answer = what_if(trace, 0, replace(trace.settings, **change))
    assert answer.iteration is None
    assert words in answer.reason
    assert "\n" not in answer.reason
    assert answer.reason.endswith(".")


def test_a_pass_that_does_not_exist_and_an_old_record_are_refused():
    trace = load_trace(TRACES[0])
    assert "no pass 1000" in what_if(trace, 999, trace.settings).reason
    old = load_trace(OLD)
    assert "earlier SpecViz" in what_if(old, 0, old.settings).reason


def test_a_record_without_rows_is_refused_and_not_a_crash():
    trace = load_trace(TRACES[0])
    nothing = SparseRows.unknown(1)
    bare = replace(trace, iterations=tuple(replace(i, draft=nothing, target=nothing) for i in trace.iterations))
    assert "was not run" in what_if(bare, 0, bare.settings).reason


def test_a_run_that_filled_the_context_has_no_room_beyond_it():
    trace = load_trace(ROOT / "assets" / "traces" / "code.json.gz")
    full = replace(trace, stop_reason=StopReason.CONTEXT_FULL, settings=replace(trace.settings, max_new_tokens=400))
    last = len(full.iterations) - 1
    answer = what_if(full, last, full.settings, expect=False)
    assert answer.iteration is None or answer.iteration.tree.depth.max() < len(full.iterations[last].emitted)


def test_the_ladder_never_falls_for_trees_of_the_most_probable_guesses():
    trace = load_trace(ROOT / "assets" / "traces" / "story.json.gz")
    for index in range(0, len(trace.iterations), 5):
        answers = capacity_ladder(trace, index, trace.settings, [1, 2, 4, 8, 16, 32])
        accepted = [answer.iteration.verdict.accepted for answer in answers if answer.iteration is not None]
        assert accepted == sorted(accepted)
        assert accepted[-1] == trace.iterations[index].verdict.accepted


def test_words_name_the_first_difference():
    trace = load_trace(ROOT / "assets" / "traces" / "story.json.gz")
    old = trace.iterations[0]

    def words(answer: WhatIf) -> str:
        return change_in_words(old, answer.iteration, lambda token: f"<{trace.texts.get(token)}>")

    smaller = what_if(trace, 0, replace(trace.settings, capacity=8))
    kept = smaller.iteration.verdict.accepted
    assert kept < old.verdict.accepted
    place = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")[kept]
    token = trace.texts[old.emitted[kept]]
    assert words(smaller).startswith(f"the {place} guess would have been lost: <{token}> would not have been guessed")
    assert "nothing changes" in words(what_if(trace, 0, trace.settings))
    assert "out of" in words(what_if(trace, 0, replace(trace.settings, capacity=31)))
    assert "one more guess" in change_in_words(
        what_if(trace, 0, replace(trace.settings, capacity=8)).iteration, old, lambda token: str(token)
    )
