"""A model folder that brings code or a pickle: refused, or loaded without a line of it being run."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from folders import folder

from specviz.models.pair import load_pair
from specviz.models.preflight.facts import facts_of
from specviz.models.preflight.troubles import ModelError, Trouble

CODE = """
from pathlib import Path
Path({mark!r}).write_text("ran")
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
class ZConfig(LlamaConfig):
    model_type = {kind!r}
class Z(LlamaForCausalLM):
    config_class = ZConfig
class ZTokenizer(PreTrainedTokenizerFast):
    pass
"""
OWN = {"AutoConfig": "own.ZConfig", "AutoModelForCausalLM": "own.Z", "AutoTokenizer": [None, "own.ZTokenizer"]}


class Bomb:
    """A pickle of it writes a file when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.write_text, (self.mark, "ran"))


@pytest.fixture
def mark(tmp_path):
    """A file that strange code would write; it must not be there in the end."""
    yield tmp_path / "mark"
    assert not (tmp_path / "mark").exists()


@pytest.fixture(autouse=True)
def _nobody_is_asked(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("somebody asked whether to run strange code"))


def with_code(tmp_path: Path, mark: Path, kind: str) -> Path:
    made = folder(tmp_path, model_type=kind, auto_map=OWN)
    (made / "own.py").write_text(CODE.format(mark=str(mark), kind=kind))
    settings = made / "tokenizer_config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"auto_map": OWN}))
    return made


def refused(name: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load_pair("fable/target", name, "cpu")
    assert "\n" not in str(caught.value)
    return caught.value


def test_the_bomb_would_go_off(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "mark")))
    assert (tmp_path / "mark").read_text() == "ran"


def test_a_family_of_its_own_is_refused_and_its_code_not_run(tmp_path, mark):
    error = refused(str(with_code(tmp_path, mark, "zebra9")))
    assert error.trouble == Trouble.CODE
    assert "brings Python code of its own, which this server does not run." in str(error)


def test_a_known_family_is_loaded_by_its_own_class_and_the_code_left_alone(tmp_path, mark):
    pair = load_pair("fable/target", str(with_code(tmp_path, mark, "llama")), "cpu")
    assert type(pair.draft.module).__module__.startswith("transformers.models.llama")
    assert not [name for name in sys.modules if name.endswith(".own") or name == "own"]


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "adapter_model.bin", "model.ckpt"])
def test_weights_in_a_pickle_are_refused_unread(tmp_path, mark, name):
    made = folder(tmp_path, drop=("model.safetensors",))
    (made / name).write_bytes(pickle.dumps({"weight": Bomb(mark)}))
    assert facts_of(str(made)).problem.trouble == Trouble.SAFETENSORS
    error = refused(str(made))
    assert error.trouble == Trouble.SAFETENSORS
    assert str(error).endswith("has no weights (*.safetensors); it does not hold a model.")


def test_a_pickle_beside_good_weights_is_left_alone(tmp_path, mark):
    made = folder(tmp_path)
    (made / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(mark)))
    assert load_pair("fable/target", str(made), "cpu").draft.vocabulary == 1024


def test_a_pickle_that_calls_itself_safetensors_is_damaged(tmp_path, mark):
    made = folder(tmp_path)
    (made / "model.safetensors").write_bytes(pickle.dumps(Bomb(mark)))
    assert refused(str(made)).trouble == Trouble.DAMAGED


@pytest.mark.parametrize(
    "parts", [{"a": "../../x.safetensors"}, {"a": "/etc/passwd"}, {"a": "pytorch_model.bin"}, {"a": 3}, {}, ["a"], None]
)
def test_an_index_that_leads_elsewhere_is_refused(tmp_path, mark, parts):
    made = folder(tmp_path)
    (made / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(mark)))
    (made / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}))
    assert facts_of(str(made)).problem.trouble == Trouble.DAMAGED
    error = refused(str(made))
    assert error.trouble == Trouble.DAMAGED
    assert "which is no weight file of its folder." in str(error)
