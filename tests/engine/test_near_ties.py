"""Greedy text in 16 bits: exact, nearly tied or wrong."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from benchmarks.pairs import dial_subject, greedy, written
from specviz.engine.compare.comparison import Comparison, Method
from specviz.engine.compare.near_ties import NearTies, judged, near_ties, parted_runs
from specviz.engine.decode import decode
from specviz.models.hf import HFModel
from specviz.verification.walk import Decision, NodeView, TreeWalk

STRATEGIES = (("chain", "token", 6), ("best_first", "sample_and_look", 12))


def found_in(subject, models, drafter: str, verifier: str, capacity: int) -> NearTies:
    """A run of some models, judged by the plain target."""
    text = written(models, greedy(drafter, verifier, capacity, 5, 64), subject.prompt_ids)
    dtype = models.provenance.dtype
    return near_ties(subject.models.target, subject.prompt_ids, text, dtype, capacity + 1, models.target)


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
    found = found_in(subject, getattr(subject, way), drafter, verifier, capacity)
    assert not found.off
    assert found.wrong == 0
    assert found.exact > 0.85
    assert found.threshold <= 0.5  # a spread of the logits of 5 in 8 bits of mantissa
    assert (found.moved / found.bounds).max() < 0.6  # the bound is not what a run just so keeps


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_verifier_that_accepts_everything_is_called_wrong(monkeypatch, dtype):
    monkeypatch.setattr(sys.modules[decode.__module__], "make_verifier", lambda spec: AcceptsEverything())
    monkeypatch.setattr(sys.modules[decode.__module__], "check_fit", lambda drafter, verifier: None)
    subject = dial_subject(0.25, "tiny", dtype=dtype)
    found = found_in(subject, subject.models, "chain", "token", 6)
    assert found.wrong > 0.1
    assert found.largest_gap > 3 * found.threshold


def test_float32_leaves_no_room_for_ties():
    subject = dial_subject(0.25, "tiny")
    found = found_in(subject, subject.fast, "best_first", "sample_and_look", 12)
    assert (found.exact, found.near, found.wrong) == (1.0, 0.0, 0.0)
    assert found.threshold < 1e-3


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_cuda_device_is_exact_or_nearly_tied(dtype):
    subject = dial_subject(0.25, "small", "cuda", dtype)
    for drafter, verifier, capacity in STRATEGIES:
        for models in (subject.models, subject.fast):
            assert found_in(subject, models, drafter, verifier, capacity).wrong == 0


class Noisy:
    """A forward whose passes over several tokens are spoilt."""

    def __init__(self, inner, spread: float) -> None:
        self.inner, self.spread, self.name = inner, spread, "spoilt"
        self.random = torch.Generator().manual_seed(5)

    def cache(self):
        return self.inner.cache()

    def __call__(self, ids, allowed, positions, cache, kept):
        logits = self.inner(ids, allowed, positions, cache, kept)
        noise = self.spread * torch.randn(logits.shape, generator=self.random)
        return logits + noise.to(logits.dtype) if kept > 1 else logits


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("spread", [0.5, 2])
@pytest.mark.parametrize(("drafter", "verifier", "capacity"), STRATEGIES)
def test_spoilt_passes_do_not_excuse_themselves(dtype, spread, drafter, verifier, capacity):
    """Whether the run's own passes are spoilt or, as by a fault that all ways share, the plain ones too."""
    subject = dial_subject(0.25, "tiny", dtype=dtype)
    plain = subject.models.target
    spoilt = HFModel(plain.module, plain.vocabulary, plain.context, Noisy(plain.forward, spread))
    models = replace(subject.models, target=spoilt)
    own = found_in(subject, models, drafter, verifier, capacity)
    shared = found_in(replace(subject, models=models), models, drafter, verifier, capacity)
    for found in (own, shared):
        assert found.off
        assert found.near == 0
        assert found.wrong == 1 - found.exact > 0.03
        assert "are off" in found.sentence()


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
    text = [0, 1, 0, 2, 0, 0, 0, 3]
    found = near_ties(Rounds(), [0], text, "bfloat16", width=4)
    assert found.gaps == pytest.approx([0, 0.2, 0, 0.4, 0, 0, 0, 7])
    assert found.moved == pytest.approx([0, 0, 0, 0.3, 0, 0, 0, 0])  # token 2 is the only one that is moved
    scale = float(np.log(np.exp([2, 1.8, 1.6, -5]).sum())) + 5  # the largest log-probability, without its sign
    assert found.bounds == pytest.approx(8 / 128 * scale)
    assert found.threshold == pytest.approx(0.3)
    assert (found.exact, found.near, found.wrong) == (5 / 8, 1 / 8, 2 / 8)
    assert found.largest_gap == pytest.approx(7)
    assert "12.5% nearly tie" in found.sentence()
    off = near_ties(Rounds(), [0], text, "float16", width=4)
    assert off.off
    assert (off.exact, off.near, off.wrong) == (5 / 8, 0, 3 / 8)
    with pytest.raises(ValueError, match="no token"):
        near_ties(Rounds(), [0], [], "float32")
    with pytest.raises(ValueError, match="not for 'int8'"):
        near_ties(Rounds(), [0], [1], "int8")


def test_every_parted_run_of_a_comparison_is_judged():
    subject = dial_subject(0.25, "tiny", dtype="bfloat16")
    methods = [Method("chain", "token", 4), Method("best_first", "sample_and_look", 8)]
    settings = greedy("chain", "token", 4, 4, 16)
    comparison = Comparison(subject.fast, settings, methods, [subject.prompt], [1, 2, 3])
    for _ in comparison:
        pass
    chain, tree = comparison.outcomes
    assert parted_runs(comparison) == []
    run = chain.runs[0]
    last = run.iterations[-1]
    spoilt = replace(last, emitted=(*last.emitted[:-1], (last.emitted[-1] + 1) % 512))
    for unit in (0, 2):
        chain.runs[unit] = replace(run, iterations=(*run.iterations[:-1], spoilt))
    assert parted_runs(comparison) == [(chain, 0), (chain, 2), (tree, 0), (tree, 2)]
    assert judged(comparison, chain, 2).wrong == pytest.approx(1 / 16)
    assert judged(comparison, tree, 0).wrong == 0
    for dtype, runs in (("bfloat16,float32", 4), ("float32,bfloat16", 0)):
        two = replace(subject.fast.provenance, dtype=dtype)
        comparison.models = replace(subject.fast, provenance=two)
        assert len(parted_runs(comparison)) == runs
    comparison.settings = replace(settings, temperature=0.7)
    comparison.models = subject.fast
    assert parted_runs(comparison) == []
