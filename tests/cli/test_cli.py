"""The command line: reports, files, and one sentence with exit code 2 for bad input."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import pytest

from specviz.cli import main
from specviz.records.store import load_trace
from specviz.records.study_store import load_study
from specviz.records.table_store import load_table

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
        "text", "token_ids", "tokens", "target_calls", "block_efficiency", "accepted_per_call", "seconds",
        "tokens_per_second",
    }  # fmt: skip
    assert "pass 1" in err
    assert list(load_trace(trace).emitted) == report["token_ids"]


def test_decode_with_automatic_p(capsys, tmp_path):
    trace = tmp_path / "run.json.gz"
    assert main(decode("--capacity", "auto", "--json", "--trace", str(trace))) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert "Chosen automatically: " in err
    record = load_trace(trace)
    assert (record.settings.capacity, record.settings.depth) == (report["capacity"], report["depth"])
    assert record.note.startswith("Chosen automatically: ")
    assert report["predicted_tokens_per_second"] > 0
    assert main(decode("--capacity", "auto")) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert " predicted, " in last
    assert " measured" in last


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


def test_compare(capsys):
    """Paired runs: two drafters of one shared race write one text, and every figure can be checked from the others."""
    methods = "chain+shared_race,race_dynamic(sharpness=2)+shared_race,chain+block"
    arguments = ["compare", "--prompt", "Once upon a time", "--prompt", "One day", "--methods", methods]
    sizes = ["--capacity", "6", "--depth", "4", "--drafts", "2", "--seeds", "2", "--max-new-tokens", "12"]
    assert main([*arguments, *sizes, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in report["methods"]] == methods.split(",")
    for row in report["methods"]:
        accepted = row["accepted_per_call"]
        assert len(accepted) == 4
        assert row["tokens"] == 48
        assert row["target_calls"] == sum(len(unit) for unit in accepted)
        assert row["block_efficiency"] == pytest.approx(row["tokens"] / row["target_calls"])
        assert row["interval"][0] <= row["block_efficiency"] <= row["interval"][1]
        assert all(0 <= rate <= 1 for rate in row["rate_by_depth"])
        assert set(row["seconds"]) == {"draft", "target", "verify"}
    assert report["methods"][0]["more_than_first"] == 0
    same, *others = report["divergences"]
    assert (same["prompt"], same["token"]) == (None, None)
    assert all(found["token"] is not None for found in others)


def test_a_stopped_comparison_keeps_its_whole_units(capsys, monkeypatch):
    """Interrupted in the second unit, the report is about the first."""
    module = importlib.import_module("specviz.engine.compare.comparison")
    real, made = module.Run, []

    def breaks(*arguments):
        made.append(1)
        if len(made) == 4:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(module, "Run", breaks)
    sizes = ["--capacity", "2", "--seeds", "2", "--max-new-tokens", "4", "--json"]
    assert main(["compare", "--prompt", "One day", "--methods", "chain+token,chain+block", *sizes]) == 0
    out, err = capsys.readouterr()
    assert "are kept" in err
    assert [row["tokens"] for row in json.loads(out)["methods"]] == [4, 4]


def test_law(capsys):
    """Anybody can check losslessness in a second."""
    assert main(["law", "--drafter", "static_wor", "--verifier", "traversal", "--seed", "3", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["largest_deviation"] == 0
    assert report["largest_deviation_exact"] == "0"
    assert 1 < report["expected_tokens"] <= 3
    assert report["branches"] > 50
    assert main(["law", "--drafter", "chain", "--verifier", "relaxed", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["largest_deviation"] > 0.001
    assert main(["law", "--drafter", "best_first", "--verifier", "k_seq", "--misfit", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["largest_deviation"] > 0.01


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
        (decode("--capacity", "many"), "P is a whole number or auto; 'many' was given"),
        (["limits", "--capacities", "1,x"], "whole numbers with commas"),
        (["limits", "--nested", "1,x"], "whole numbers with commas"),
        (["acceptance", "--laws", "none.npz", "--out", "x", "--drafts", "1,x"], "takes numbers with commas"),
        (["acceptance", "--laws", "none.npz", "--out", "x"], "could not be read"),
        (["limits", "--drafters", "chain,magic"], "not magic"),
        (["limits", "--prompts", "no-such-file"], "No such file"),
        (decode("--drafter", "graph(suffix=0)"), "graph.suffix must be a whole number between 1 and 8"),
        (decode("--drafter", "graph(depth=2)"), "has no parameter 'depth'"),
        (decode("--drafter", "hierarchy", "--verifier", "token", "--middle", "./nowhere"), "no folder ./nowhere"),
        (["compare", "--methods", "chain"], "drafter+verifier"),
        (["compare", "--methods", "best_first+token"], "would no longer be the target's"),
        (["compare", "--methods", "chain+token", "--seeds", "0"], "--seeds must lie"),
        (["compare", "--methods", "chain+token", "--prompt", " "], "The prompt is empty"),
        (["law", "--drafter", "chain", "--verifier", "magic"], "no verifier called 'magic'"),
        (["law", "--drafter", "best_first", "--verifier", "token"], "would no longer be the target's"),
        (["law", "--drafter", "best_first", "--verifier", "token", "--misfit"], "needs a chain"),
        (["law", "--drafter", "prompt_lookup", "--verifier", "k_seq", "--misfit"], "do not have"),
        (["law", "--drafter", "chain", "--verifier", "token", "--vocabulary", "50"], "--vocabulary must lie"),
        (["law", "--drafter", "chain", "--verifier", "token", "--seed", "-1"], "--seed must lie"),
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


def test_laws_and_the_acceptance_along_them(tmp_path, monkeypatch):
    laws, table = tmp_path / "laws.npz", tmp_path / "acceptance.json.gz"
    monkeypatch.setattr("specviz.cli.laws.preset_prompts", lambda: [("story", "A cat"), ("code", "def f(x):")])
    assert main(["laws", "--length", "2", "--out", str(laws)]) == 0
    assert main(["acceptance", "--laws", str(laws), "--drafts", "2", "--temperatures", "1.0", "--out", str(table)]) == 0
    rows = load_table(table).rows()
    assert {row["kind"] for row in rows} == {"story", "code"}
    optimum = {(row["drawn"], row["text"]): row["sum"] for row in rows if row["rule"] == "optimum"}
    for row in rows:
        assert 0 <= row["sum"] <= optimum[row["drawn"], row["text"]] + 1e-6 <= row["positions"] + 1e-5
