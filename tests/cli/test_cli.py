"""The command line: reports, files, and one sentence with exit code 2 for bad input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from specviz.cli import main
from specviz.records.store import load_study, load_trace

FABLE = Path(__file__).parents[2] / "assets" / "models" / "fable"


def decode(*more: str) -> list[str]:
    return ["decode", "--prompt", "Once upon a time", "--max-new-tokens", "12", "--capacity", "4", *more]


def test_decode_json(capsys, tmp_path):
    trace = tmp_path / "run.json.gz"
    assert main(decode("--json", "--trace", str(trace))) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert report["tokens"] == len(report["token_ids"]) == 12
    assert report["block_efficiency"] == pytest.approx(12 / report["target_calls"])
    assert len(report["accepted_per_call"]) == report["target_calls"]
    assert set(report) == {
        "text", "token_ids", "tokens", "target_calls", "block_efficiency", "accepted_per_call", "seconds"
    }  # fmt: skip
    assert "pass 1" in err
    assert list(load_trace(trace).emitted) == report["token_ids"]


def test_folders_work_like_names(capsys):
    assert main(decode("--json")) == 0
    by_name = json.loads(capsys.readouterr().out)
    assert main(decode("--json", "--target", str(FABLE / "target"), "--draft", str(FABLE / "draft"))) == 0
    assert json.loads(capsys.readouterr().out)["token_ids"] == by_name["token_ids"]


def test_limits(capsys, tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("Once upon a time\nOne day\n")
    out = tmp_path / "study.json.gz"
    arguments = ["limits", "--prompts", str(prompts), "--capacities", "1,4", "--max-new-tokens", "8", "--json"]
    assert main([*arguments, "--out", str(out)]) == 0
    rows = json.loads(capsys.readouterr().out)
    study = load_study(out)
    assert len(rows) == len(study.measurements) == 10
    assert all(m.tokens == (8, 8) for m in study.measurements)
    assert len(study.surprisals) == 2


def test_limits_of_one_drafter(capsys, tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("Once upon a time\n")
    arguments = ["limits", "--prompts", str(prompts), "--capacities", "2", "--max-new-tokens", "6", "--json"]
    assert main([*arguments, "--drafters", "oracle,chain"]) == 0
    assert [row["drafter"] for row in json.loads(capsys.readouterr().out)] == ["chain", "oracle"]


def test_methods(capsys):
    assert main(["methods", "--json"]) == 0
    listing = json.loads(capsys.readouterr().out)
    assert {"chain", "iid_sequences", "best_first", "race_tau_star"} <= {d["name"] for d in listing["drafters"]}
    assert all({"name", "title", "lossless", "sampling", "reference"} <= set(d) for d in listing["drafters"])
    assert all({"name", "title", "lossless", "accepts", "reference"} <= set(v) for v in listing["verifiers"])
    assert main(["methods"]) == 0


@pytest.fixture
def other_tokenizer(tmp_path):
    """The draft with two pieces of its vocabulary exchanged."""
    folder = tmp_path / "other"
    shutil.copytree(FABLE / "draft", folder)
    path = folder / "tokenizer.json"
    values = json.loads(path.read_text())
    vocabulary = values["model"]["vocab"]
    names = {i: t for t, i in vocabulary.items()}
    vocabulary[names[1000]], vocabulary[names[1001]] = 1001, 1000
    path.write_text(json.dumps(values))
    return folder


@pytest.fixture
def no_weights(tmp_path):
    folder = tmp_path / "empty"
    shutil.copytree(FABLE / "draft", folder, ignore=shutil.ignore_patterns("*.safetensors"))
    return folder


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["decode", "--prompt", "   "], "The prompt is empty"),
        (["decode", "--prompt", "word " * 600], "shorten it"),
        (["decode", "--prompt", "x" * 200_000], "shorten it"),
        (decode("--capacity", "-1"), "capacity must be a whole number between 0 and 1024"),
        (decode("--capacity", "99999"), "capacity must be"),
        (decode("--drafts", "0"), "drafts must be"),
        (decode("--temperature", "nan"), "temperature must lie"),
        (decode("--drafter", "magic"), "There is no drafter called 'magic'; there are"),
        (decode("--verifier", "magic"), "There is no verifier called 'magic'"),
        (decode("--verifier", "recursive_rejection"), "would no longer be the target's"),
        (decode("--target", "./nowhere"), "There is no folder ./nowhere"),
        (decode("--target", ""), "needs a name"),
        (decode("--capacity", "many"), "invalid int value"),
        (["limits", "--capacities", "1,x"], "whole numbers with commas"),
        (["limits", "--drafters", "chain,magic"], "not magic"),
        (["limits", "--prompts", "no-such-file"], "No such file"),
        (["fly"], "invalid choice"),
        ([], "required"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(capsys, arguments, sentence):
    try:
        code = main(arguments)
    except SystemExit as error:
        code = error.code
    out, err = capsys.readouterr()
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err
    assert out == ""


def test_a_folder_without_weights(capsys, no_weights):
    assert main(decode("--draft", str(no_weights))) == 2
    assert "no weights" in capsys.readouterr().err


def test_another_tokenizer_is_refused_by_the_first_token_that_differs(capsys, other_tokenizer):
    assert main(decode("--draft", str(other_tokenizer))) == 2
    assert "do not share a tokenizer: token 1000 is" in capsys.readouterr().err
