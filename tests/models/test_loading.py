"""Every way in which a pair can fail gives its own sentence and kind; what is left of it can be run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx2 as httpx
import pytest
import torch
from huggingface_hub import errors
from transformers import AutoConfig, AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parent))

from folders import FABLE, folder, rename_tokens

from specviz.models.hf import HFModel, HFSession
from specviz.models.loading import choose_dtype, choose_places, source_of
from specviz.models.pair import load_pair
from specviz.models.preflight.facts import facts_of
from specviz.models.preflight.hub import ask_hub
from specviz.models.preflight.self_check import check_tree_pass
from specviz.models.preflight.stages import LoadStage
from specviz.models.preflight.troubles import REMEDIES, ModelError, Trouble, explain, shown
from specviz.records import Warp

OWN_CODE = {"AutoConfig": "configuration_z.ZConfig", "AutoModelForCausalLM": "modeling_z.Z"}
HOSTILE = [
    "<script>alert(1)</script>",
    "a" * 5000,
    "日本/語",
    "a b",
    "a\0b",
    "a\nb",
    "https://example.org/x",
    "-x/y",
    "a//b",
]


def refused(target: str, draft: str = "fable/draft") -> ModelError:
    with pytest.raises(ModelError) as caught:
        load_pair(target, draft, "cpu")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return caught.value


@pytest.mark.parametrize(
    ("settings", "drop", "trouble", "words"),
    [
        ({}, ("config.json",), Trouble.FOLDER, "no config.json"),
        ({}, ("model.safetensors",), Trouble.SAFETENSORS, "no weights"),
        ({}, ("tokenizer.json", "tokenizer_config.json"), Trouble.TOKENIZER, "no tokenizer that can be read"),
        ({"model_type": "zebra9"}, (), Trouble.FAMILY, "family that transformers does not know"),
        ({"model_type": None}, (), Trouble.FAMILY, "of which family"),
        ({"model_type": "t5"}, (), Trouble.FAMILY, "no causal text model"),
        ({"model_type": "zebra9", "auto_map": OWN_CODE}, (), Trouble.CODE, "Python code of its own"),
        ({"model_type": "mamba"}, (), Trouble.RECURRENT, "cannot branch"),
        ({"layer_types": ["full_attention", "linear_attention"]}, (), Trouble.RECURRENT, "cannot branch"),
        ({"hidden_size": 128}, (), Trouble.DAMAGED, "contradicts itself"),
        ({"num_hidden_layers": 3}, (), Trouble.DAMAGED, "lack 9 tensors"),
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, (), Trouble.LIBRARY, "not installed"),
        ({"max_position_embeddings": 12}, (), Trouble.PASS, "too few for a tree"),
    ],
)
def test_a_wrong_folder_is_refused_by_its_own_reason(tmp_path, monkeypatch, settings, drop, trouble, words):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("somebody asked whether to run strange code"))
    error = refused(str(folder(tmp_path, drop=drop, **settings)))
    assert error.trouble == trouble
    assert words in str(error)


def test_damaged_weights_and_settings(tmp_path):
    broken = folder(tmp_path, "weights")
    (broken / "model.safetensors").write_bytes(b"junk" * 100)
    assert refused(str(broken)).trouble == Trouble.DAMAGED
    assert facts_of(str(broken)).problem.trouble == Trouble.DAMAGED
    settings = folder(tmp_path, "settings")
    (settings / "config.json").write_text("{nope")
    assert refused(str(settings)).trouble == Trouble.DAMAGED
    other_sizes = folder(tmp_path, "sizes", intermediate_size=96)
    assert refused(str(other_sizes)).trouble == Trouble.DAMAGED


def test_a_download_that_was_not_finished(tmp_path):
    made = folder(tmp_path)
    (made / "model.safetensors").rename(made / "model-00001-of-00002.safetensors")
    parts = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (made / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}))
    error = refused(str(made))
    assert error.trouble == Trouble.DAMAGED
    assert "1 of 2 weight files" in str(error)


def test_another_tokenizer_is_refused_before_weights_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("specviz.models.pair.read_module", lambda *_: pytest.fail("weights were read"))
    error = refused("fable/target", str(rename_tokens(folder(tmp_path), 700, 900)))
    assert error.trouble == Trouble.TOKENS
    assert "token 700 is" in str(error)
    assert "'changed700'" in str(error)
    assert "(2 of 1,024 ids differ)" in str(error)


def test_padding_of_the_vocabulary_is_cut_to_the_common_ids(tmp_path):
    """A draft model with 40 more rows in its embedding, as Pythia and Qwen2.5 have them, decodes."""
    made = folder(tmp_path, "padded", vocab_size=1064)
    config = AutoConfig.from_pretrained(made)
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(made)
    pair = load_pair("fable/target", str(made), "cpu")
    assert pair.comparison.draft.padding == 40
    assert pair.target.vocabulary == pair.draft.vocabulary == pair.comparison.common == 1024
    assert pair.draft.open([5, 6], Warp()).feed([7], [0])[1].shape == (1024,)


@pytest.mark.parametrize("kind", ["gemma2", "gptj"])
def test_a_family_without_the_fast_attention_still_takes_a_tree(tmp_path, kind):
    sizes = {
        "gemma2": {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
                   "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 256, "sliding_window": 64},
        "gptj": {"n_embd": 32, "n_head": 4, "n_layer": 2, "rotary_dim": 8, "n_positions": 256},
    }  # fmt: skip
    made = folder(tmp_path)
    config = AutoConfig.for_model(kind, vocab_size=1024, bos_token_id=0, eos_token_id=0, pad_token_id=0, **sizes[kind])
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(made)
    pair = load_pair(str(made), str(made), "cpu")
    assert pair.target.module.config._attn_implementation == "eager"
    assert all(check.worst <= 1e-3 for check in pair.checks)
    assert pair.target.context == 256  # a window of 64 does not cut it


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_first_pass_fails_where_branches_see_one_another(monkeypatch, dtype):
    """The mutant of the self-check: a mask without branches."""
    pair = load_pair("fable/target", "fable/draft", "cpu", dtype)
    assert all(check.worst <= check.allowed for check in pair.checks)
    real = HFSession._mask

    def blind(self, old, first):
        mask = real(self, old, first)
        return torch.ones(mask.shape, dtype=torch.bool).tril(mask.shape[1] - mask.shape[0]).numpy()

    monkeypatch.setattr(HFSession, "_mask", blind)
    with pytest.raises(ModelError, match="does not keep branches apart") as caught:
        check_tree_pass(pair.target, "fable/target")
    assert caught.value.trouble == Trouble.PASS


def test_a_pass_that_breaks_is_refused_by_name():
    class Breaks(torch.nn.Module):
        config = AutoConfig.from_pretrained(FABLE / "draft")
        dtype = torch.float32

        def get_input_embeddings(self):
            return torch.nn.Embedding(4, 2)

        def forward(self, **_):
            raise RuntimeError("strange\nshapes")

    with pytest.raises(ModelError, match=r"odd/one cannot take a tree in one pass: strange\."):
        check_tree_pass(HFModel(Breaks(), 100, 256), "odd/one")


@pytest.mark.parametrize("name", [*HOSTILE, "", "   ", "../../etc", "./nowhere", "/nonexistent", "~x"])
def test_hostile_names_are_one_sentence(name):
    error = refused(name)
    assert error.trouble in (Trouble.NAME, Trouble.FOLDER)
    assert facts_of(name).problem is not None


def answer(code: int) -> httpx.Response:
    return httpx.Response(code, request=httpx.Request("GET", "https://example.org"))


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (errors.GatedRepoError("401", response=answer(401)), Trouble.GATED),
        (errors.RepositoryNotFoundError("404", response=answer(404)), Trouble.MISSING),
        (errors.RevisionNotFoundError("404", response=answer(404)), Trouble.MISSING),
        (errors.LocalEntryNotFoundError("not here"), Trouble.OFFLINE),
        (errors.OfflineModeIsEnabled("HF_HUB_OFFLINE=1"), Trouble.OFFLINE),
        (httpx.ConnectError("[Errno -2] Name or service not known"), Trouble.OFFLINE),
        (httpx.ConnectTimeout("slow"), Trouble.OFFLINE),
        (TimeoutError(), Trouble.OFFLINE),
        (OSError("no/such does not appear to have a file named config.json"), Trouble.OTHER),
        (MemoryError(), Trouble.MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), Trouble.MEMORY),
        (ImportError("needs `pip install strange`"), Trouble.LIBRARY),
        (KeyError("x"), Trouble.OTHER),
    ],
)
def test_errors_of_the_hub_have_kinds(monkeypatch, error, trouble):
    """Raised where the hub is asked, and also inside the OSError that transformers makes of it."""

    def raises(*_, **__):
        raise error

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", raises)
    with pytest.raises(ModelError) as caught:
        source_of("some/model")
    assert caught.value.trouble == trouble
    assert "some/model" in str(caught.value)
    assert "\n" not in str(caught.value)
    wrapped = OSError("We couldn't do something else\nand more")
    wrapped.__cause__ = error
    assert explain("some/model", wrapped).trouble == trouble


def test_no_network_is_said_within_seconds(monkeypatch):
    """Without the early question, the hub's client would retry for half a minute."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    error = refused("some-owner/some-model")
    assert error.trouble == Trouble.OFFLINE
    assert "could not be reached" in str(error)


def test_the_hub_tells_licence_access_and_size(monkeypatch):
    from types import SimpleNamespace as Info

    told = Info(
        safetensors=Info(total=1234, parameters={"BF16": 1234}), gated="manual", card_data=Info(license="mit"),
        siblings=[Info(rfilename="a.safetensors", size=2468), Info(rfilename="b.bin", size=9)],
        config={"model_type": "llama"},
    )  # fmt: skip
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: told)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_, **__: None)
    facts = ask_hub("some/model")
    assert (facts.parameters, facts.disk, facts.licence, facts.gated) == (1234, 2468, "mit", True)
    assert (facts.family, facts.stored) == ("llama", "BF16")


def test_every_trouble_has_a_way_out_and_the_token_is_never_part_of_it(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert set(REMEDIES) == set(Trouble)
    for words, example in REMEDIES.values():
        assert words.endswith((".", "here."))
        assert len(example) == 2
        assert "hf_secret" not in words
    assert "hf_secret" not in str(explain("a/b", errors.GatedRepoError("hf_secret", response=answer(401))))


def test_what_does_not_fit_is_refused_before_weights_are_read(monkeypatch):
    monkeypatch.setattr("specviz.models.weighing.free_memory", lambda _: 1_000_000)
    monkeypatch.setattr("specviz.models.pair.read_module", lambda *_: pytest.fail("weights were read"))
    error = refused("fable/target")
    assert error.trouble == Trouble.MEMORY
    assert "12.2 MB" in str(error)


def test_devices_and_numbers_that_are_not_there():
    for name in ("cuda:77", "tpu", "<script>", "cpu,cuda:77", ""):
        with pytest.raises(ModelError, match="There is no device") as caught:
            choose_places(name, 0, 0)
        assert caught.value.trouble == Trouble.DEVICE
    assert choose_places("cpu", 0, 0).name == "cpu"
    with pytest.raises(ModelError, match="There is no dtype"):
        choose_dtype("int3", "cpu")
    assert choose_dtype("auto", "cpu") == torch.float32
    assert choose_dtype("auto", "cuda") == torch.bfloat16


def test_stages_are_told_in_order_and_with_notes():
    heard: list[tuple[LoadStage, str]] = []
    load_pair("fable/target", "fable/draft", "cpu", watch=lambda stage, note: heard.append((stage, note)))
    order = list(dict.fromkeys(stage for stage, _ in heard))
    assert order == list(LoadStage)[1:-1]  # the start is told by whoever imports torch, the costs by who measures them
    notes = {stage: note for stage, note in heard if note}
    assert notes[LoadStage.VOCABULARIES] == "1,024 ids in common, none differs"
    assert notes[LoadStage.TARGET] == "2,722,048 parameters"
    assert "allowed 0.001" in notes[LoadStage.PASS]


def test_a_middle_model_is_checked_too(tmp_path):
    pair = load_pair("fable/target", "fable/draft", "cpu")
    assert pair.middle("fable/middle").vocabulary == 1024
    with pytest.raises(ModelError) as caught:
        pair.middle(str(rename_tokens(folder(tmp_path), 5)))
    assert caught.value.trouble == Trouble.TOKENS


def test_long_names_are_cut_in_sentences():
    assert len(shown("x" * 900)) < 80
    assert shown("a\x1b[31m\nb") == "a?[31m?b"
