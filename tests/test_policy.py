"""What a server allows: read from a file and from variables, every mistake one sentence."""

from __future__ import annotations

import pytest

from specviz.policy import EMBEDDED, NotAllowedError, Policy, PolicyError, check_allowed, read_policy
from specviz.records import RunSettings


def written(folder, text: str):
    (folder / "specviz.toml").write_text(text, "utf-8")
    return folder


def test_without_a_file_and_variables_all_is_as_one_person_wants_it(tmp_path):
    assert read_policy({}, tmp_path) == Policy()
    assert read_policy({"PATH": "/bin", "specviz_jobs": "3"}, tmp_path) == Policy()


def test_a_variable_beats_the_file_and_the_file_the_standard(tmp_path):
    folder = written(tmp_path, '[specviz]\njobs = 3\ncapacity = 64\nmodels = ["embedded", "a/b"]\nuploads = false\n')
    found = read_policy({"SPECVIZ_JOBS": "5", "SPECVIZ_LARGEST_MODEL": " 7 "}, folder)
    assert (found.jobs, found.capacity, found.largest_model, found.depth) == (5, 64, 7, Policy().depth)
    assert found.models == (EMBEDDED, "a/b")
    assert found.uploads is False


def test_a_list_of_models_in_a_variable(tmp_path):
    assert read_policy({"SPECVIZ_MODELS": "embedded, Qwen/Qwen3-4B,,"}, tmp_path).models == (EMBEDDED, "Qwen/Qwen3-4B")
    assert read_policy({"SPECVIZ_MODELS": ""}, tmp_path).models == ()


@pytest.mark.parametrize(("word", "value"), [("1", True), ("Yes", True), ("off", False), (" FALSE ", False)])
def test_words_for_true_and_false(tmp_path, word, value):
    assert read_policy({"SPECVIZ_UPLOADS": word}, tmp_path).uploads is value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[specviz]\njob = 3\n", "knows no setting 'job'; it knows models, model_folder"),
        ("[specviz]\njobs = 'many'\n", "The setting jobs is a whole number, not 'many'."),
        ("[specviz]\njobs = true\n", "The setting jobs is a whole number, not 'True'."),
        ("[specviz]\njobs = 2.5\n", "The setting jobs is a whole number, not '2.5'."),
        ("[specviz]\njobs = [1]\n", "The setting jobs is a whole number"),
        ("[specviz]\njobs = 0\n", "The setting jobs is 0; it lies between 1 and"),
        ("[specviz]\ncapacity = 2000\n", "The setting capacity is 2000; it lies between 1 and 1024."),
        ("[specviz]\ndepth = 0\n", "The setting depth is 0; it lies between 1 and 64."),
        ("[specviz]\nnew_tokens = 9999\n", "it lies between 1 and 4096."),
        ("[specviz]\nlargest_model = -1\n", "The setting largest_model is -1; it lies between 0 and"),
        ("[specviz]\nmodels = [1]\n", "The setting models is a list of names."),
        ("[specviz]\nmodels = 3\n", "The setting models is a list of names."),
        ("[specviz]\nuploads = 'perhaps'\n", "The setting uploads is true or false, not 'perhaps'."),
        ("[specviz]\nmodel_folder = 5\n", "The setting model_folder is a text in quotes, not '5'."),
        ('[specviz]\nmodel_folder = "a\\u0000b"\n', "The setting model_folder is a text in quotes"),
        ("[specviz]\nlog = 'loud'\n", "The setting log is one of text, json, off, not 'loud'."),
        ("jobs = 3\n[specviz]\n", "stand in one table, [specviz]; 'jobs' stands outside of it."),
        ("jobs = 3\n", "stand in one table, [specviz]; 'jobs' stands outside of it."),
        ("specviz = 3\n", "stand in one table, [specviz]."),
        ("", "stand in one table, [specviz]."),
        ("[specviz\n", "is not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path, text, words):
    with pytest.raises(PolicyError) as caught:
        read_policy({}, written(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SPECVIZ_JOB", "3", "There is no setting for the variable SPECVIZ_JOB; there are models, model_folder"),
        ("SPECVIZ_MODLES", "embedded", "no setting for the variable SPECVIZ_MODLES"),
        ("SPECVIZ_JOBS", "", "The setting jobs is a whole number, not ''."),
        ("SPECVIZ_JOBS", "\u0663", "The setting jobs is a whole number"),
        ("SPECVIZ_JOBS", "9" * 5000, "The setting jobs is a whole number"),
        ("SPECVIZ_UPLOADS", "", "The setting uploads is true or false, not ''."),
    ],
)
def test_a_mistake_in_a_variable_is_one_sentence(tmp_path, name, value, words):
    """One that is misspelt too: a limit that nobody reads is no limit."""
    with pytest.raises(PolicyError, match=r"^.{1,400}$") as caught:
        read_policy({name: value}, tmp_path)
    assert words in str(caught.value)


def test_a_file_that_is_named_must_be_there_and_wins_over_the_one_in_the_folder(tmp_path):
    folder = written(tmp_path, "[specviz]\njobs = 3\n")
    with pytest.raises(PolicyError, match=r"other\.toml could not be read"):
        read_policy({"SPECVIZ_SETTINGS": str(tmp_path / "other.toml")}, folder)
    with pytest.raises(PolicyError, match="could not be read"):
        read_policy({"SPECVIZ_SETTINGS": str(tmp_path)}, folder)
    (tmp_path / "other.toml").write_text("[specviz]\ndepth = 3\n")
    found = read_policy({"SPECVIZ_SETTINGS": str(tmp_path / "other.toml")}, folder)
    assert (found.jobs, found.depth) == (Policy().jobs, 3)


def test_a_run_beyond_the_limits_is_refused_in_one_sentence_each(limits):
    limits(capacity=16, depth=4, new_tokens=20, prompt=10)
    inside = RunSettings(capacity=16, depth=4, max_new_tokens=20)
    check_allowed(inside, "0123456789")
    check_allowed(RunSettings(capacity=4, depth=64, max_new_tokens=20))  # four nodes have no path of five
    for changed, prompt, words in (
        ({"capacity": 17}, "", "This server allows 16 draft nodes a pass (P) at most; 17 were asked for."),
        ({"depth": 5}, "", "allows 4 tokens in a path (depth) at most; 5"),
        ({"max_new_tokens": 21}, "", "allows 20 new tokens a run at most; 21"),
        ({}, "0123456789a", "reads prompts of 10 characters at most; this one has 11; shorten it."),
    ):
        with pytest.raises(NotAllowedError) as caught:
            check_allowed(RunSettings.from_dict(inside.as_dict() | changed), prompt)
        assert words in str(caught.value)


def test_the_standard_policy_allows_what_settings_can_say():
    check_allowed(RunSettings(capacity=1024, depth=64, max_new_tokens=4096), "a" * 100_000)
