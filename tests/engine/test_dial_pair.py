"""The dial pair of the benchmarks: the draft model is contained in the target, and the dial sets the acceptance."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

import benchmarks.dial as dial
from benchmarks.dial import SHAPES, Shape, dial_pair, greedy_reference, random_prompt
from benchmarks.equal import check, methods
from benchmarks.pairs import dial_subject, greedy, written
from benchmarks.passes import Past, binary
from specviz.engine.decode import Run, finish
from specviz.records import RunSettings

SHARED = {
    "llama": Shape("llama", 300, 64, 4, 4, 2, 96, 1, head=16, context=256),
    "qwen2": Shape("qwen2", 300, 64, 4, 4, 2, 96, 2, head=16, context=256),
    "qwen3": Shape("qwen3", 300, 64, 4, 4, 2, 96, 1, head=32, context=256),
}


@torch.inference_mode()
def laws(pair, seed: int = 0, count: int = 160) -> tuple[torch.Tensor, torch.Tensor]:
    """Both models' laws along random ids."""
    ids = torch.tensor([pair.encode(random_prompt(count, seed, pair.target.vocabulary))])
    return tuple(model.module(ids).logits[0].softmax(-1) for model in (pair.target, pair.draft))


@pytest.mark.parametrize("shape", ["small", "tiny"])
def test_the_draft_model_is_contained_exactly(shape):
    p, q = laws(dial_pair(0.0, shape))
    assert float((p - q).abs().max()) < 1e-4
    assert float(p.max(-1).values.mean()) > 0.1  # the laws are far from uniform, so equality says something


def test_without_the_rescaled_norms_it_is_not(monkeypatch):
    monkeypatch.setattr(dial.math, "sqrt", lambda x: 1.0 if x < 1 else x**0.5)
    p, q = laws(dial_pair(0.0, "tiny"))
    assert float((p - q).abs().max()) > 0.05


@pytest.mark.parametrize("family", SHARED)
def test_a_draft_model_as_wide_as_the_target_shares_its_tensors(monkeypatch, family):
    monkeypatch.setitem(SHAPES, "shared", SHARED[family])
    pair = dial_pair(0.0, "shared")
    mine = {parameter.data_ptr() for parameter in pair.target.module.parameters()}
    assert all(parameter.data_ptr() in mine for parameter in pair.draft.module.parameters())
    assert pair.draft.module.config.num_hidden_layers == SHARED[family].inner
    p, q = laws(pair)
    assert float((p - q).abs().max()) < 1e-4
    other, q = laws(dial_pair(0.5, "shared"))
    assert float((other - q).abs().max()) > 0.05
    ids = pair.encode(random_prompt(20, 0, 300))
    assert written(pair, greedy("chain", "token", 4, 4, 32), ids) == greedy_reference(pair.target.module, ids, 32)


@pytest.mark.parametrize("shape", ["small", "tiny"])
def test_acceptance_rises_as_the_dial_falls(shape):
    rates = []
    for alpha in (0.5, 0.25, 0.12, 0.06):
        p, q = laws(dial_pair(alpha, shape))
        rates.append(float(torch.minimum(p, q).sum(-1).mean()))
    assert rates == sorted(rates)
    assert rates[0] < 0.8 < rates[-1] < 1


def test_its_output_does_not_run_in_circles_and_equals_generate():
    subject = dial_subject(0.12)
    with torch.inference_mode():
        logits = subject.models.target.module(torch.tensor([subject.prompt_ids])).logits[0]
    assert 3 < float(logits.std(-1).mean()) < 8
    expected = greedy_reference(subject.models.target.module, subject.prompt_ids, 96)
    assert len(set(expected)) > 85
    for models in (subject.models, subject.fast):
        for drafter, verifier in (("chain", "token"), ("best_first", "sample_and_look"), ("sequoia", "traversal")):
            settings = greedy(drafter, verifier, 8, 4, 96)
            assert written(models, settings, subject.prompt_ids, lean=True) == expected, (drafter, models.target.path)


def test_every_method_writes_generates_tokens():
    wanted = methods()
    assert len(wanted) > 100
    places = check(dial_subject(0.12, "tiny"), wanted, 32)
    assert [m for m, place in zip(wanted, places, strict=True) if place is not None] == []


def test_a_wrong_token_is_found(monkeypatch):
    monkeypatch.setattr("benchmarks.equal.written", lambda *_, **__: [1] * 16)
    (place,) = check(dial_subject(0.25, "tiny"), [("chain", "token")], 16)
    assert place is not None


def test_it_says_that_its_weights_are_random_and_runs_as_any_pair():
    pair = dial_pair(0.12, "tiny")
    assert "RANDOM WEIGHTS" in pair.provenance.target
    assert "RANDOM WEIGHTS" in pair.provenance.draft
    assert pair.stop_ids == frozenset()
    trace = finish(Run(pair, RunSettings(drafter="hierarchy", verifier="token", max_new_tokens=12), "5 6 7 8"))
    assert len(trace.emitted) == 12
    assert pair.encode(trace.text) == list(trace.emitted)
    assert trace.texts[trace.emitted[0]] == str(trace.emitted[0])


def test_the_same_seed_gives_the_same_weights_and_the_dial_moves_only_the_noise():
    one, same, other = (dial_pair(alpha, "tiny", seed=3) for alpha in (0.12, 0.12, 0.25))
    for a, b in zip(one.target.module.parameters(), same.target.module.parameters(), strict=True):
        assert torch.equal(a, b)
    layers = [pair.target.module.model.layers for pair in (one, other)]
    assert torch.equal(layers[0][1].mlp.down_proj.weight, layers[1][1].mlp.down_proj.weight)
    assert torch.allclose(layers[0][3].mlp.down_proj.weight * 0.25 / 0.12, layers[1][3].mlp.down_proj.weight)


@pytest.mark.parametrize(("alpha", "shape"), [(-1.0, "small"), (0.1, "huge")])
def test_a_dial_that_is_none(alpha, shape):
    with pytest.raises(ValueError, match="The dial is at least 0"):
        dial_pair(alpha, shape)


def test_a_pass_above_a_past_gives_the_laws_of_its_paths():
    model = dial_pair(0.12, "tiny").target
    passing = Past(model, 300).passing(binary(6))
    first, again = passing(), passing()
    assert torch.equal(first, again)  # the cache is as before
    past = [1 + i % 256 for i in range(300)]
    with torch.inference_mode():  # node 6 is below 2, which is below the root: ids 1, 3, 7
        alone = model.module(torch.tensor([[*past, 1, 3, 7]])).logits[0, -1]
    assert float((first[6] - alone).abs().max()) < 1e-3


def test_the_benchmarks_need_no_page_library():
    code = (
        "import sys, importlib\n"
        "for n in 'dial pairs passes greedy equal engine profile report spent timing __main__'.split():\n"
        "    importlib.import_module('benchmarks.' + n)\n"
        "bad = {'streamlit', 'playwright', 'scipy', 'plotly'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stderr
