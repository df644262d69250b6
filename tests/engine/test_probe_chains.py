"""Passes of a chain along a text, against every way that a run could have written it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from specviz.engine.decode import Run, cast_of
from specviz.engine.exact import PROMPT
from specviz.engine.probe.chains import kept_along, passes_along, standard_means
from specviz.engine.probe.trees import grow_along
from specviz.models.pair import load_pair
from specviz.records import RunSettings, Warp
from specviz.theory import bootstrap_ratio


def by_enumeration(kept: list[float], depth: int) -> tuple[float, float]:
    """Mean tokens and passes over all ways that guesses could have been kept or lost, beyond the end too."""
    chances = [*kept, *[float(np.mean(kept))] * depth]
    tokens = passes = 0.0
    for fate in product((False, True), repeat=len(chances)):
        weight = float(
            np.prod([chance if is_kept else 1 - chance for chance, is_kept in zip(chances, fate, strict=True)])
        )
        place = 0
        while place < len(kept):
            passes += weight
            won = next((won for won in range(depth) if not fate[place + won]), depth)
            place += won + 1
        tokens += weight * place
    return tokens, passes


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize("kept", [[0.3], [0.9, 0.2, 0.7, 1.0, 0.0, 0.6, 0.8], [1.0] * 6, [0.0] * 4])
def test_passes_are_the_mean_over_all_fates_of_the_guesses(kept, depth):
    assert passes_along(np.array(kept), depth) == pytest.approx(by_enumeration(kept, depth), abs=1e-12)


def test_a_length_that_a_depth_divides_is_no_advantage():
    for depth in (2, 3, 6, 8):
        tokens, passes = passes_along(np.ones(21), depth)
        assert tokens / passes == pytest.approx(depth + 1)


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft")


def test_what_is_kept_is_on_average_the_overlap(pair):
    prompt, warp = pair.encode("Once upon a time"), Warp(0.8)
    p, q = (model.open(prompt, warp).feed([], [])[0] for model in (pair.target, pair.draft))
    likely = np.argsort(-p)[:200]
    kept = np.array([kept_along(pair, prompt, [int(token)], warp)[0] for token in likely])
    assert kept @ p[likely] == pytest.approx(np.minimum(p, q)[likely].sum(), abs=1e-9)


def test_runs_have_the_passes_that_their_texts_promise(pair):
    settings = RunSettings(drafter="chain", verifier="token", capacity=4, depth=4, temperature=0.7, max_new_tokens=48)
    runs, promised = [], []
    for seed in range(40):
        run = Run(pair, replace(settings, seed=seed), "The king gave his youngest son a horse and said", lean=True)
        passes = list(run)
        text = [token for one in passes for token in one.emitted]
        runs.append(len(passes))
        promised.append(passes_along(kept_along(pair, run.prompt_ids, text, settings.warp), 4)[1])
    ratio = bootstrap_ratio(np.array(runs, float), np.array(promised))
    assert ratio.low - 0.02 < 1 < ratio.high + 0.02
    assert ratio.high - ratio.low < 0.15


def test_a_chain_promises_what_the_coins_of_the_standard_rule_say(pair):
    prompt = pair.encode("A merchant had three daughters")
    settings = RunSettings(drafter="chain", verifier="token", capacity=4, depth=4, temperature=0.7)
    for grown in grow_along(cast_of(pair, settings), settings, prompt, prompt, 4):
        one = grown.one
        tokens = one.tree.token[1:].tolist()
        coins = [min(1.0, one.target_rows[i][x] / one.draft_rows[i][x]) for i, x in enumerate(tokens)]
        assert standard_means(one) == pytest.approx([1 + np.cumprod(coins)[:depth].sum() for depth in (1, 2, 3, 4)])


def test_a_text_of_one_token_is_one_pass(pair):
    assert passes_along(kept_along(pair, list(PROMPT), [7], Warp()), 4)[1] == 1
