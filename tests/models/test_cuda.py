"""What only a graphics card can show; skipped with a reason elsewhere. Neither streamlit nor a network is needed."""

from __future__ import annotations

import copy
import gc
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from families import CONTEXT, FAMILIES, VOCABULARY, family_module
from trees import worst_of_rounds

from specviz.engine.decode import Run, decode, finish
from specviz.engine.guessers import Cast
from specviz.engine.jobs import RunJob
from specviz.engine.scheduling import Stage, Workshop
from specviz.engine.scheduling.pairs import Loan
from specviz.models.hf import HFModel, HFSession
from specviz.models.pair import load_pair
from specviz.models.preflight.memory import free_memory
from specviz.models.preflight.self_check import check_tree_pass
from specviz.models.preflight.troubles import ModelError, Trouble
from specviz.records import RunSettings

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here"),
]
CARDS = torch.cuda.device_count() if torch.cuda.is_available() else 0
two_cards = pytest.mark.skipif(CARDS < 2, reason="needs two CUDA devices")
PROMPT = [1 + (7 * i) % (VOCABULARY - 1) for i in range(27)]
DTYPES = [torch.float32, torch.bfloat16, torch.float16]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_takes_trees_on_the_card(name, dtype):
    """Rows past the window against plain passes: 1e-3 in float32, rounding in 16 bits; the self-check agrees."""
    model = HFModel(family_module(name).to("cuda", dtype), VOCABULARY, CONTEXT)
    check = check_tree_pass(model, name)
    assert check.worst <= check.allowed
    assert worst_of_rounds(model, PROMPT, seed=4, rounds=2, nodes=8) < (1e-3 if dtype == torch.float32 else 1.5)


def greedy(cast: Cast, **more: int) -> list[int]:
    settings = RunSettings(
        drafter="best_first", verifier="sample_and_look", temperature=0.0, capacity=16, drafts=3, depth=5,
        max_new_tokens=32, **more,
    )  # fmt: skip
    return [token for one in decode(cast, settings, PROMPT) for token in one.emitted]


def story(pair) -> tuple[int, ...]:
    return finish(Run(pair, RunSettings(temperature=0.0, max_new_tokens=32), "Once upon a time")).emitted


@pytest.mark.parametrize("name", ["llama 3", "gemma 3", "gpt-oss", "mistral window", "pythia"])
def test_float32_text_is_that_of_generate_on_the_card(name):
    module = family_module(name).to("cuda")
    ids = torch.tensor([PROMPT], device="cuda")
    expected = module.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=32, pad_token_id=0
    )[0, len(PROMPT) :].tolist()
    model = HFModel(module, VOCABULARY, CONTEXT)
    assert greedy(Cast(model, model)) == expected


def test_target_on_the_card_and_draft_on_the_cpu():
    """Nothing of a session assumes that the other model is where it is."""
    module = family_module("llama 3")
    apart = Cast(*(HFModel(m, VOCABULARY, CONTEXT) for m in (copy.deepcopy(module).to("cuda"), module)))
    together = Cast(apart.target, apart.target)
    assert greedy(apart) == greedy(together)


@pytest.mark.parametrize(
    ("device", "dtype", "found"),
    [
        ("auto", "auto", "bfloat16"),
        ("cuda", "float32", "float32"),
        ("cuda:0", "float16", "float16"),
        ("cuda:0,cpu", "auto", "bfloat16,float32"),
        ("cuda:0,cpu", "float32", "float32"),
    ],
)
def test_the_embedded_pair_on_named_places(device, dtype, found):
    pair = load_pair("fable/target", "fable/draft", device, dtype)
    assert pair.provenance.dtype == found
    assert pair.target.device.type == "cuda"
    assert pair.draft.device.type == ("cpu" if device.endswith("cpu") else "cuda")
    assert finish(Run(pair, RunSettings(max_new_tokens=16), "Once upon a time")).emitted


def test_a_card_that_is_not_there():
    with pytest.raises(ModelError, match="There is no device") as caught:
        load_pair("fable/target", "fable/draft", f"cuda:{CARDS}")
    assert caught.value.trouble == Trouble.DEVICE


@two_cards
def test_one_card_for_each_model():
    pair = load_pair("fable/target", "fable/draft", "cuda:0,cuda:1", "float32")
    assert (str(pair.target.device), str(pair.draft.device)) == ("cuda:0", "cuda:1")
    one = load_pair("fable/target", "fable/draft", "cuda:0", "float32")
    assert story(pair) == story(one)


@two_cards
def test_a_target_over_all_cards():
    pytest.importorskip("accelerate")
    pair = load_pair("fable/target", "fable/draft", "split", "float32")
    assert pair.provenance.device == "split"
    one = load_pair("fable/target", "fable/draft", "cuda:0", "float32")
    assert story(pair) == story(one)


def test_a_card_that_is_full_is_said_in_one_sentence_and_given_back(monkeypatch):
    """A real allocation fails in the third pass; the record stays, and the caches leave the card."""
    workshop = Workshop()
    pair = workshop.pair("fable/target", "fable/draft", "cuda:0", "float32")
    workshop.pairs._loans.append(Loan(("fable/target", "fable/draft", "auto", "auto"), pair))
    real, passes = HFSession.feed, []

    def feeds(self, tokens, parents):
        if self.model is pair.target and (passes.append(1), len(passes))[1] > 2:
            torch.empty(1 << 46, dtype=torch.uint8, device="cuda")  # no card has 64 TiB
        return real(self, tokens, parents)

    gc.collect()
    before = torch.cuda.memory_allocated()
    monkeypatch.setattr(HFSession, "feed", feeds)
    job = workshop.start(RunJob.of(RunSettings(capacity=16, max_new_tokens=60), "Once upon a time"))
    while job.active:
        torch.cuda.synchronize()
    assert job.stage == Stage.FAILED
    assert job.error.startswith("The run is out of memory; what was written until then is kept")
    assert job.trace().target_calls == 2
    gc.collect()
    assert torch.cuda.memory_allocated() <= before + (1 << 20)


def test_the_limit_of_the_process_is_met_as_out_of_memory():
    """What torch raises beyond a set share of the card is known for what it is."""
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(0.05)
    try:
        with pytest.raises(torch.OutOfMemoryError):
            torch.empty(total // 10, dtype=torch.uint8, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert 0 < free_memory("cuda:0") <= total
