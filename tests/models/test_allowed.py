"""Only the models that a server allows are loaded, and what is not allowed is not even looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from folders import FABLE, folder

from specviz.models.loading import count_parameters, read_config, read_module, source_of
from specviz.models.pair import load_pair
from specviz.models.preflight.curated import PAIRS
from specviz.models.preflight.facts import facts_of
from specviz.models.preflight.hub import ask_hub
from specviz.models.preflight.offers import offered
from specviz.models.preflight.outlook import Plan, fitting
from specviz.models.preflight.troubles import ModelError, Trouble

OUTSIDE = "lies outside the folder from which this server loads models."


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch):
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: pytest.fail("the hub was asked"))


def refused(name: str) -> str:
    """What is said of a name by everybody who could open it; one sentence for all."""
    said = {str(facts_of(name).problem)}
    for opens in (source_of, ask_hub, lambda one: load_pair(one, one, "cpu")):
        with pytest.raises(ModelError) as caught:
            opens(name)
        assert caught.value.trouble == Trouble.NOT_ALLOWED
        said.add(str(caught.value))
    (sentence,) = said
    assert "\n" not in sentence
    return sentence


def test_with_embedded_only_nothing_else_is_loaded(limits, tmp_path):
    limits(models="embedded")
    made = folder(tmp_path)
    for name in (str(made), "Qwen/Qwen3-0.6B", "gpt2", "fable/Target", "assets/models/fable/target", "embedded"):
        assert "is not among the models of this server. This server loads the embedded models." in refused(name)
    assert load_pair("fable/target", "fable/draft", "cpu").target.vocabulary == 1024
    assert offered(PAIRS) == {}


def test_names_of_the_list_are_exact(limits, tmp_path):
    made = folder(tmp_path)
    limits(models=f"fable/target,Qwen/Qwen3-4B,Qwen/Qwen3-0.6B,{made}")
    assert facts_of("Qwen/Qwen3-4B").problem is None
    assert source_of(str(made)) == str(made)
    for name in ("fable/draft", "qwen/qwen3-4b", f"{made}/", f"{made}/../{made.name}"):
        assert "is not among" in refused(name)
    assert list(offered(PAIRS)) == ["Qwen3 4B with 0.6B"]
    assert [label for label, _ in fitting(Plan("cpu", "bfloat16", 512, 32, 10**12, False))] == ["Qwen3 4B with 0.6B"]


@pytest.fixture
def root(tmp_path, limits):
    """A server's own folder with one model, `good`, and one beside it, `bad`; the server loads from the first only."""
    inside, outside = tmp_path / "models", tmp_path / "others"
    inside.mkdir()
    outside.mkdir()
    folder(inside, "good")
    folder(outside, "bad")
    limits(model_folder=inside)
    return inside


def test_folders_are_loaded_from_inside_one_only(root):
    assert load_pair("fable/target", str(root / "good"), "cpu").draft.vocabulary == 1024
    assert refused(str(root.parent / "others" / "bad")).endswith(OUTSIDE)
    assert source_of("fable/draft") == str(FABLE / "draft")


def test_dots_and_links_are_followed(root, monkeypatch):
    bad = root.parent / "others" / "bad"
    (root / "link").symlink_to(bad)
    (root / "step").symlink_to(root.parent / "others")
    (root / "round").symlink_to(root / "round")
    (root / "alias").symlink_to(root / "good")
    for name in (
        root / "link", f"{root}/../others/bad", f"{root}/step/bad", f"{root}/step/../others/bad",
        f"{root}/good/../../others/bad",
    ):  # fmt: skip
        assert refused(str(name)).endswith(OUTSIDE), name
    assert facts_of(f"{root}/round").problem.trouble in (Trouble.FOLDER, Trouble.NOT_ALLOWED)
    assert source_of(str(root / "alias")) == str(root / "alias")
    for name in (f"{root}/step/../models/good", f"{root}/good/../good"):  # a long way round that ends inside
        assert source_of(name) == name
    monkeypatch.chdir(root)
    assert source_of("./good") == "good"
    assert refused("../others/bad").endswith(OUTSIDE)
    monkeypatch.chdir(root.parent)
    assert refused("others/bad").endswith(OUTSIDE)  # it looks like an id, and the loader would take the folder
    assert refused("./others/bad").endswith(OUTSIDE)


def test_a_folder_whose_file_is_a_link_out_of_it_is_refused(root):
    weights = root / "good" / "model.safetensors"
    weights.unlink()
    weights.symlink_to(root.parent / "others" / "bad" / "model.safetensors")
    assert refused(str(root / "good")).endswith(OUTSIDE)


@pytest.mark.parametrize(
    "name",
    ["/etc", "/etc/passwd", "~", "~root/x", "~/x", "file:///etc/passwd", "file://localhost/etc", "//server/share/x",
     "\\\\server\\share\\x", "C:\\models\\x", "c:/models", "../x", ".", "..", "./", "a/b/c", "hf://a/b",
     "https://example.org/x", "git@x:y", "/proc/self/cwd", "/dev/null"],
)  # fmt: skip
def test_places_elsewhere_are_not_looked_at(root, name):
    assert refused(name).endswith(OUTSIDE)


@pytest.mark.parametrize("name", ["a\0b", "/models/\0", "a\nb", "\u202e/x", "", " ", "x" * 501])
def test_what_is_no_name_at_all_stays_that(root, name):
    assert facts_of(name).problem.trouble == Trouble.NAME
    with pytest.raises(ModelError):
        source_of(name)


def test_an_outside_folder_is_refused_before_anything_of_it_is_opened(root):
    """Python tells of every file and folder that is opened; none of them is in the folder beside."""
    outside = root.parent / "others"
    code = f"""
import sys
seen, kinds = [], ("open", "os.listdir", "os.scandir")
sys.addaudithook(lambda event, args: seen.append(str(args[0])) if event in kinds else None)
from specviz.models.preflight.facts import facts_of
assert "outside" in str(facts_of({str(outside / "bad")!r}).problem)
from specviz.models.loading import source_of
for name in ({str(outside / "bad")!r}, {str(root)!r} + "/../others/bad"):
    try:
        source_of(name)
        raise SystemExit("it was taken")
    except ValueError:
        pass
found = [name for name in seen if {str(outside)!r} in name]
assert len(seen) > 100
sys.exit(str(found) if found else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[-300:]) == (0, "")


def test_a_large_model_is_refused_before_it_is_fetched_or_read(limits, tmp_path, monkeypatch):
    limits(largest_model=1_000_000)
    said = "Qwen/Qwen3-4B has 4,022,468,096 parameters; this server loads models of at most 1,000,000."
    assert str(facts_of("Qwen/Qwen3-4B").problem) == said
    with pytest.raises(ModelError, match=said):
        source_of("Qwen/Qwen3-4B")
    monkeypatch.setattr("specviz.models.pair.read_tokenizer", lambda *_: pytest.fail("a tokenizer was read"))
    with pytest.raises(ModelError, match="fable/target has 2,722,048 parameters"):
        load_pair("fable/target", "fable/draft", "cpu")
    large = folder(tmp_path, intermediate_size=40_960)  # its configuration asks for more than its files
    config = read_config("x", str(large))
    with pytest.raises(ModelError, match="this server loads models of at most 1,000,000") as caught:
        count_parameters("x", config)
    assert caught.value.trouble == Trouble.NOT_ALLOWED
    assert offered({"one": ("fable/draft", "fable/draft"), "two": ("fable/target", "fable/draft")}) == {
        "one": ("fable/draft", "fable/draft")
    }


def test_a_model_that_turns_out_larger_is_refused_after_it_was_loaded(limits):
    limits(largest_model=1_000_000)
    with pytest.raises(ModelError) as caught:
        read_module("x", str(FABLE / "target"), "cpu", torch.float32)
    assert caught.value.trouble == Trouble.NOT_ALLOWED


def test_what_the_hub_says_of_the_size_counts_too(limits, monkeypatch):
    from types import SimpleNamespace as Info

    limits(largest_model=1_000)
    told = Info(safetensors=Info(total=1234, parameters={}), gated=False, card_data=None, siblings=[], config={})
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: told)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_, **__: None)
    assert ask_hub("some/model").problem.trouble == Trouble.NOT_ALLOWED
    with pytest.raises(ModelError, match="some/model has 1,234 parameters"):
        source_of("some/model")


def test_the_middle_model_goes_through_the_same_gate(limits):
    limits(models="fable/target,fable/draft")
    pair = load_pair("fable/target", "fable/draft", "cpu")
    with pytest.raises(ModelError) as caught:
        pair.middle("fable/middle")
    assert caught.value.trouble == Trouble.NOT_ALLOWED


def test_a_prompt_that_is_too_long_is_refused_by_the_pair_itself(limits):
    limits(prompt=20)
    pair = load_pair("fable/target", "fable/draft", "cpu")
    assert pair.encode("a" * 20)
    with pytest.raises(ValueError, match="reads prompts of 20 characters at most; this one has 21"):
        pair.encode("a" * 21)


def test_a_configuration_that_asks_for_a_billion_layers_is_refused_at_once(tmp_path):
    made = folder(tmp_path, num_hidden_layers=10**9)
    with pytest.raises(ModelError, match=r"asks for 1,000,000,000 layers") as caught:
        load_pair("fable/target", str(made), "cpu")
    assert caught.value.trouble == Trouble.DAMAGED
