"""Temperature 0: every pair that fits writes what transformers' own greedy generation writes."""

from __future__ import annotations

import pytest
import torch

from specviz.drafting import DRAFTERS
from specviz.engine.decode import Run, finish
from specviz.models.pair import load_pair
from specviz.presets import preset_prompts
from specviz.records import RunSettings
from specviz.verification import VERIFIERS, why_not

MORE = (
    "Lily saw a big cat.", "It was a sunny day and", "A boy named Ben had a kite.", "The king said:", "import math\n",
    "Question: What is 3 + 4?\nSolution:", "for i in range(", "\"I am hungry,\" said the mouse.",
)  # fmt: skip
PROMPTS = [prompt for _, prompt in preset_prompts()] + list(MORE)
PAIRS = [(d.name, v.name) for d in DRAFTERS.all() for v in VERIFIERS.all() if v.lossless and why_not(d, v) is None]
LENGTH = 24


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft", "cpu", "float32")


@pytest.fixture(scope="module")
def expected(pair):
    """Greedy ids of the target alone, by transformers."""
    result = {}
    for prompt in PROMPTS:
        ids = torch.tensor([pair.encode(prompt)])
        output = pair.target.module.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=LENGTH, pad_token_id=0
        )
        result[prompt] = output[0, ids.shape[1] :].tolist()
    return result


def test_twenty_prompts():
    assert len(set(PROMPTS)) == 20


@pytest.mark.parametrize(("drafter", "verifier"), PAIRS)
def test_greedy_ids_equal_generate(pair, expected, drafter, verifier):
    settings = RunSettings(
        drafter=drafter, verifier=verifier, temperature=0.0, capacity=12, drafts=3, depth=5, max_new_tokens=LENGTH
    )
    for prompt in PROMPTS:
        trace = finish(Run(pair, settings, prompt))
        assert list(trace.emitted) == expected[prompt], prompt
