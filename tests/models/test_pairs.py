"""Pairs as the hub has them: embeddings longer than the tokenizer, several end-of-text ids, ends inside a path."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parent))

from families import BASE, family_module
from folders import folder
from tokenizers import Tokenizer, models, pre_tokenizers

from specviz.engine.decode import Run, decode, finish
from specviz.engine.guessers import Cast
from specviz.models.hf import HFModel
from specviz.models.pair import load_pair
from specviz.models.preflight.troubles import ModelError, Trouble
from specviz.records import RunSettings, StopReason

TOKENS, TARGET_ROWS, DRAFT_ROWS = 140, 160, 144
LENGTH = 24
PROMPT = " ".join(f"w{1 + 7 * i % 97}" for i in range(12))
METHODS = [("best_first", "sample_and_look"), ("chain", "token"), ("eagle2", "sample_and_look")]


def made(root: Path, rows: int, seed: int, family: str = "qwen3", pieces: int = TOKENS) -> Path:
    """A folder with a tiny model of so many rows and a tokenizer of so many words; padding rows win every argmax."""
    words = {f"w{i}": i for i in range(pieces)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    root.mkdir()
    tokenizer.save(str(root / "tokenizer.json"))
    (root / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "TokenizersBackend"}))
    config = AutoConfig.for_model(
        family, vocab_size=rows, max_position_embeddings=256, bos_token_id=0, eos_token_id=None,
        tie_word_embeddings=False, **BASE,
    )  # fmt: skip
    torch.manual_seed(seed)
    module = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() >= 2:
                parameter.mul_(12)
        head = module.get_output_embeddings().weight
        head[pieces:] = 3 * head[: rows - pieces].abs() + head[:1]  # noise in the padding, often the largest logit
    module.save_pretrained(root)
    return root


@pytest.fixture(scope="module")
def padded(tmp_path_factory):
    """Rows 160 and 144, tokenizer 140: the shape of Qwen2.5 7B and 0.5B."""
    root = tmp_path_factory.mktemp("padded")
    return load_pair(str(made(root / "t", TARGET_ROWS, 1)), str(made(root / "d", DRAFT_ROWS, 2)), "cpu", "float32")


def test_only_ids_of_the_tokenizer_are_left(padded):
    assert (padded.comparison.target.padding, padded.comparison.draft.padding) == (20, 4)
    assert padded.target.vocabulary == padded.draft.vocabulary == TOKENS


@pytest.mark.parametrize(("drafter", "verifier"), METHODS)
def test_padding_is_never_drafted_nor_written(padded, drafter, verifier):
    """Greedy text is that of transformers with the padding suppressed; without suppression it would differ."""
    ids = torch.tensor([padded.encode(PROMPT)])
    how = {"attention_mask": torch.ones_like(ids), "do_sample": False, "max_new_tokens": LENGTH, "pad_token_id": 0}
    module = padded.target.module
    expected = module.generate(ids, suppress_tokens=list(range(TOKENS, TARGET_ROWS)), **how)[0, ids.shape[1] :].tolist()
    assert module.generate(ids, **how)[0, ids.shape[1] :].tolist() != expected
    for temperature in (0.0, 1.0):
        settings = RunSettings(
            drafter=drafter, verifier=verifier, temperature=temperature, capacity=12, max_new_tokens=LENGTH
        )
        trace = finish(Run(padded, settings, PROMPT))
        assert max(int(i.tree.token.max()) for i in trace.iterations) < TOKENS
        assert max(trace.emitted) < TOKENS
        if temperature == 0:
            assert list(trace.emitted) == expected


def test_the_same_sizes_do_not_make_the_same_tokens(tmp_path):
    """Compared by token: equal rows and equal counts, and still another tokenizer."""
    target, draft = made(tmp_path / "t", TARGET_ROWS, 1), made(tmp_path / "d", TARGET_ROWS, 2)
    path = draft / "tokenizer.json"
    path.write_text(path.read_text().replace('"w77"', '"other"'))
    with pytest.raises(ModelError, match="token 77 is 'w77' in one and 'other' in the other") as caught:
        load_pair(str(target), str(draft), "cpu")
    assert caught.value.trouble == Trouble.TOKENS


def test_every_list_of_ends_counts(tmp_path):
    """generation_config's list, config.json's id and the tokenizer's own token; ids beyond the vocabulary do not."""
    root = folder(tmp_path, eos_token_id=[5, 6])
    (root / "generation_config.json").write_text(json.dumps({"eos_token_id": [7, 9, 5000]}))
    pair = load_pair(str(root), str(root), "cpu", "float32")
    assert pair.stop_ids == {5, 6, 7, 9, pair.tokenizer.eos_token_id}


@pytest.mark.parametrize("family", ["llama 3", "qwen3", "gemma 3", "pythia", "mistral window"])
@pytest.mark.parametrize("verifier", ["token", "sample_and_look", "naive_tree"])
def test_an_end_inside_an_accepted_path_ends_the_text_there(family, verifier):
    """A draft that always agrees, so that the end lies inside a path: nothing after it is written or drafted."""
    module = family_module(family)
    cast = Cast(*(HFModel(m, 61, 256) for m in (module, copy.deepcopy(module))))
    prompt = [1 + (7 * i) % 60 for i in range(20)]
    drafter = "best_first" if verifier == "sample_and_look" else "chain"
    settings = RunSettings(
        drafter=drafter, verifier=verifier, temperature=0.0, capacity=8, drafts=2, depth=6, max_new_tokens=30
    )
    free = [token for one in decode(cast, settings, prompt) for token in one.emitted]
    never = next(token for token in range(61) if token not in free)
    for end in list(dict.fromkeys(free))[1::3]:
        place = free.index(end)
        passes = list(decode(cast, settings, prompt, frozenset({end, never})))
        assert [token for one in passes for token in one.emitted] == free[: place + 1]
        for one in passes:
            inner = {int(parent) for parent in one.tree.parent[1:]}
            assert all(int(one.tree.token[node]) != end for node in inner if node > 0)


def test_the_record_says_that_the_text_ended(tmp_path):
    root = made(tmp_path / "m", TOKENS, 1)
    first = load_pair(str(root), str(root), "cpu", "float32")
    settings = RunSettings(drafter="chain", verifier="token", temperature=0.0, capacity=8, max_new_tokens=LENGTH)
    free = finish(Run(first, settings, PROMPT)).emitted
    (root / "generation_config.json").write_text(json.dumps({"eos_token_id": [139, free[10]]}))
    trace = finish(Run(load_pair(str(root), str(root), "cpu", "float32"), settings, PROMPT))
    assert trace.stop_reason == StopReason.END_OF_TEXT
    assert trace.emitted == free[: free.index(free[10]) + 1]


def test_a_special_token_that_only_the_target_knows_is_one_sentence(tmp_path):
    """Its id would be read beyond the draft model's embedding."""
    pair = load_pair("fable/target", "fable/draft", "cpu", "float32")
    pair.tokenizer.add_special_tokens({"additional_special_tokens": ["<picture>"]})
    with pytest.raises(ModelError, match="a token that the draft model does not know"):
        pair.encode("Look at <picture>")
    assert pair.encode("Look at it")


def test_the_record_says_which_way_is_taken_by_now():
    """A way that breaks during a run is given up; later records do not name it."""
    pair = load_pair("fable/target", "fable/draft", "cpu", "float32")
    assert pair.provenance.target_path == "fused, packed"
    pair.target.forward.name = "plain"
    assert pair.provenance.target_path == "plain"


def test_why_a_faster_way_was_not_taken_is_said_once():
    pair = load_pair("fable/target", "fable/draft", "cpu", "float32")
    assert pair.refused == ()
    pair.target.refused = pair.draft.refused = ("not fused: its activation is gelu, not silu",)
    assert pair.refused == ("not fused: its activation is gelu, not silu",)
