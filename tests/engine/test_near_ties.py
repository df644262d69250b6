"""Greedy text in 16 bits: exact, nearly tied or wrong."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from benchmarks.pairs import dial_subject, greedy, written
from specviz.engine.compare.comparison import Comparison, Method
from specviz.engine.compare.near_ties import NearTies, near_ties, parted_greedy
from specviz.engine.decode import decode
from specviz.verification.walk import Decision, NodeView, TreeWalk

STRATEGIES = (("chain", "token", 6), ("best_first", "sample_and_look", 12))


def judged(subject, models, drafter: str, verifier: str, capacity: int) -> NearTies:
    text = written(models, greedy(drafter, verifier, capacity, 5, 64), subject.prompt_ids)
    return near_ties(subject.models.target, subject.prompt_ids, text, capacity + 1, models.target)


@dataclass(frozen=True)
class AcceptsEverything(TreeWalk):
    """Keeps the first guess everywhere: what the rule exists to catch."""

    accepts = frozenset()
    lossless = False

    def decide(self, view: NodeView, chance) -> Decision:
        token = view.tokens[0] if view.tokens else int(np.argmax(view.target_row))
        return Decision(int(token), ())


@pytest.mark.parametrize("way", ["models", "fast"])
@pytest.mark.parametrize(("drafter", "verifier", "capacity"), STRATEGIES)
def test_bfloat16_runs_are_exact_or_nearly_tied(drafter, verifier, capacity, way):
    subject = dial_subject(0.25, "tiny", dtype="bfloat16")
    found = judged(subject, getattr(subject, way), drafter, verifier, capacity)
    assert found.wrong == 0
    assert found.exact > 0.85
    assert 0.01 < found.threshold < 2  # a spread of the logits of 5 in 8 bits of mantissa


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_verifier_that_accepts_everything_is_called_wrong(monkeypatch, dtype):
    monkeypatch.setattr(sys.modules[decode.__module__], "make_verifier", lambda spec: AcceptsEverything())
    monkeypatch.setattr(sys.modules[decode.__module__], "check_fit", lambda drafter, verifier: None)
    subject = dial_subject(0.25, "tiny", dtype=dtype)
    found = judged(subject, subject.models, "chain", "token", 6)
    assert found.wrong > 0.1
    assert found.largest_gap > 3 * found.threshold


def test_float32_leaves_no_room_for_ties():
    subject = dial_subject(0.25, "tiny")
    found = judged(subject, subject.fast, "best_first", "sample_and_look", 12)
    assert (found.exact, found.near, found.wrong) == (1.0, 0.0, 0.0)
    assert found.threshold < 1e-3


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_cuda_device_is_exact_or_nearly_tied(dtype):
    subject = dial_subject(0.25, "small", "cuda", dtype)
    for drafter, verifier, capacity in STRATEGIES:
        for models in (subject.models, subject.fast):
            assert judged(subject, models, drafter, verifier, capacity).wrong == 0


class Rounds:
    """A model of four tokens whose wider passes move token 2 up by 0.3 logits."""

    vocabulary, context = 4, 100

    def open(self, prompt_ids, warp):
        return RoundsSession()


class RoundsSession:
    """Logits 2, 1.8, 1.6, -5 everywhere."""

    def feed(self, tokens, parents):
        logits = np.array([2, 1.8, 1.6, -5]) + (np.array([0, 0, 0.3, 0]) if len(tokens) else 0.0)
        law = np.exp(logits) / np.exp(logits).sum()
        return [law] * (len(tokens) + 1)

    def commit(self, ids):
        pass


def test_gaps_are_held_against_what_a_wider_pass_moves():
    found = near_ties(Rounds(), [0], [0, 1, 0, 2, 0, 0, 0, 3], width=4)
    assert found.gaps == pytest.approx([0, 0.2, 0, 0.4, 0, 0, 0, 7])
    assert found.threshold == pytest.approx(0.3)
    assert (found.exact, found.near, found.wrong) == (5 / 8, 1 / 8, 2 / 8)
    assert found.largest_gap == pytest.approx(7)
    assert "12.5% nearly tie" in found.sentence()
    with pytest.raises(ValueError, match="no token"):
        near_ties(Rounds(), [0], [])


def test_parted_runs_of_a_comparison_are_judged():
    subject = dial_subject(0.25, "tiny", dtype="bfloat16")
    methods = [Method("chain", "token", 4), Method("best_first", "sample_and_look", 8)]
    comparison = Comparison(subject.models, greedy("chain", "token", 4, 4, 16), methods, [subject.prompt], [1])
    for _ in comparison:
        pass
    assert list(parted_greedy(comparison)) == []
    run = comparison.outcomes[0].runs[0]
    last = run.iterations[-1]
    other = (last.emitted[-1] + 1) % 512
    spoilt = replace(last, emitted=(*last.emitted[:-1], other))
    comparison.outcomes[0].runs[0] = replace(run, iterations=(*run.iterations[:-1], spoilt))
    found = {str(method): (unit, ties) for method, unit, ties in parted_greedy(comparison)}
    assert {name: unit for name, (unit, _) in found.items()} == {str(m): 0 for m in methods}
    assert found["chain+token@4"][1].wrong == pytest.approx(1 / 16)
    assert found["best_first+sample_and_look@8"][1].wrong == 0
    comparison.settings = replace(comparison.settings, temperature=0.7)
    assert list(parted_greedy(comparison)) == []
