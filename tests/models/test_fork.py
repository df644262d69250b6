"""Forked sessions: the same numbers as a session of their own, and no word between them."""

from __future__ import annotations

import numpy as np
import pytest

from specviz.models.hf import HFModel
from specviz.models.pair import load_pair
from specviz.models.paths.base import PlainForward
from specviz.models.paths.graphs import GraphForward
from specviz.records import Warp

LONG = list(range(5, 60))


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft")


def models(pair):
    """The embedded target in every way that its layers can be run; on a CPU a pass stands for its own replay."""
    fast = pair.target
    graphs = GraphForward(fast.forward, capture=lambda run: run)
    return {
        "fast": fast,
        "plain": HFModel(fast.module, fast.vocabulary, fast.context, PlainForward(fast.module)),
        "graphs": HFModel(fast.module, fast.vocabulary, fast.context, graphs),
    }


def told(session, tokens, parents):
    rows = session.feed(tokens, parents)
    return np.array([rows[node] for node in range(len(tokens) + 1)])


@pytest.mark.parametrize("way", ["fast", "plain", "graphs"])
@pytest.mark.parametrize("prompt", [LONG, LONG[:3]], ids=["long", "short"])
def test_a_fork_has_the_numbers_of_a_session_of_its_own(pair, way, prompt):
    model = models(pair)[way]
    first = model.open(prompt, Warp(0.7))
    one, other = first.fork(Warp(0.7)), first.fork(Warp(1.0, 0, 0.9))
    alone, warped = model.open(prompt, Warp(0.7)), model.open(prompt, Warp(1.0, 0, 0.9))
    for session, own in ((one, alone), (other, warped), (first, model.open(prompt, Warp(0.7)))):
        for tokens, parents, path in (([9, 8, 7], [0, 1, 0], [9, 8, 30]), ([4, 4], [0, 1], [4, 6])):
            np.testing.assert_array_equal(told(session, tokens, parents), told(own, tokens, parents))
            session.commit(path)
            own.commit(path)
        assert list(session.ids) == list(own.ids) == [*prompt, 9, 8, 30, 4, 6]


@pytest.mark.parametrize("way", ["fast", "plain", "graphs"])
@pytest.mark.parametrize("prompt", [LONG, LONG[:3]], ids=["long", "short"])
def test_a_fork_in_the_middle_of_a_round_has_the_context_alone(pair, way, prompt):
    model = models(pair)[way]
    first, alone = model.open(prompt, Warp(0.7)), model.open(prompt, Warp(0.7))
    for session in (first, alone):
        session.feed([9, 8, 7], [0, 1, 0])
    fork = first.fork(Warp(0.7))
    own = model.open(prompt, Warp(0.7))
    np.testing.assert_allclose(told(fork, [4, 4], [0, 1]), told(own, [4, 4], [0, 1]), atol=1e-6)
    for session in (first, alone):
        session.commit([9, 8, 30])
    np.testing.assert_array_equal(told(first, [4], [0]), told(alone, [4], [0]))


def test_an_early_exit_of_a_fork_stays_with_it(pair):
    first = pair.target.open(LONG, Warp())
    fork, alone = first.fork(Warp()), pair.target.open(LONG, Warp())
    exits = [session.early_exit(0.5, Warp()) for session in (fork, alone)]
    np.testing.assert_array_equal(told(exits[0], [9], [0]), told(exits[1], [9], [0]))
    np.testing.assert_array_equal(told(fork, [9], [0]), told(alone, [9], [0]))
    again = pair.target.open(LONG, Warp())
    np.testing.assert_array_equal(told(first, [9], [0]), told(again, [9], [0]))
