"""Chat templates: what transformers would write, and one sentence for every template that is broken or hostile."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from folders import folder

from specviz.cli.options import chat_option, model_options, settings_of
from specviz.engine import Run
from specviz.engine.decode import finish
from specviz.models import chat
from specviz.models.chat import as_message, template_of, turn_ends
from specviz.models.pair import load_pair
from specviz.models.preflight.facts import facts_of
from specviz.models.preflight.troubles import REMEDIES, ModelError, Trouble
from specviz.records import RunSettings

TEMPLATE = (
    "{{ eos_token }}{% for m in messages %}<|{{ m.role }}|>{{ m['content'] | trim }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
NESTED = (
    "{% set r = range(100000) %}{% for a in r %}{% for b in r %}{% for c in r %}{% endfor %}{% endfor %}{% endfor %}"
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The embedded target, given a template as a stranger's folder has it."""
    made = folder(tmp_path_factory.mktemp("chat"))
    (made / "chat_template.jinja").write_text(TEMPLATE)
    return load_pair(str(made), "fable/draft", "cpu", "float32")


def test_ids_are_those_of_transformers(pair):
    text = "Who was <b> the king? \n"
    expected = pair.tokenizer.apply_chat_template(
        [{"role": "user", "content": text}], add_generation_prompt=True, return_dict=False
    )
    assert pair.encode(text, chat=True) == expected
    assert pair.encode(text) != expected


def test_a_run_asks_through_the_template_and_its_record_says_so(pair):
    trace = finish(Run(pair, RunSettings(max_new_tokens=4, capacity=2, depth=2, chat=True), "Hello"))
    assert trace.settings.chat
    assert list(trace.prompt_ids) == pair.encode("Hello", chat=True)
    assert not finish(Run(pair, RunSettings(max_new_tokens=4, capacity=2, depth=2), "Hello")).settings.chat


def test_a_model_without_a_template_says_so():
    plain = load_pair("fable/target", "fable/draft", "cpu", "float32")
    assert template_of(plain.tokenizer) is None
    assert turn_ends(plain.tokenizer) == frozenset()
    with pytest.raises(ModelError, match="has no chat template; give the prompt as plain text") as caught:
        plain.encode("Hello", chat=True)
    assert caught.value.trouble == Trouble.TEMPLATE
    assert REMEDIES[Trouble.TEMPLATE]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% for m in messages %}", "TemplateSyntaxError"),
        ("{{ nothing.at.all }}", "UndefinedError"),
        ("{{ raise_exception('only\nif asked') }}", "only"),
        ("{{ messages.__class__.__mro__ }}", "SecurityError|unsafe"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "SecurityError|unsafe"),
        ("{% include '/etc/passwd' %}", "TypeError|loader"),
        ("{{ 'x' * 99999999999 }}", "memory"),
        ("{% for a in range(100000) %}{{ 'xxxxxxxxxx' }}{% endfor %}", "characters"),
        (NESTED, "longer than 2 seconds|too long"),
    ],
)
def test_broken_and_hostile_templates_are_one_sentence(pair, monkeypatch, template, words):
    monkeypatch.setattr(chat, "SECONDS", 2.0 if template == NESTED else chat.SECONDS)
    monkeypatch.setattr(pair.tokenizer, "chat_template", template)
    began = time.monotonic()
    with pytest.raises(ModelError, match=words) as caught:
        as_message(pair.tokenizer, "Hello", "some/model")
    assert time.monotonic() - began < 60
    said = str(caught.value)
    assert said.startswith("The chat template of some/model cannot be used")
    assert "\n" not in said
    assert len(said) < 300


def test_the_child_is_bounded_by_itself(pair, monkeypatch):
    """Without the parent's clock too: the operating system ends a template that only counts."""
    pytest.importorskip("resource")
    monkeypatch.setattr(pair.tokenizer, "chat_template", NESTED + " ")
    with pytest.raises(ModelError, match=r"too long or too much|longer than"):
        as_message(pair.tokenizer, "Hello", "some/model")


def test_a_template_that_writes_the_date_gives_the_same_tokens_on_any_day(pair, monkeypatch):
    monkeypatch.setattr(pair.tokenizer, "chat_template", "{{ strftime_now('%d %b %Y') }}{{ messages[0].content }}")
    assert pair.tokenizer.decode(as_message(pair.tokenizer, "Hi", "some/model")) == "26 Jul 2024Hi"


def test_a_busy_moment_is_not_remembered(pair, monkeypatch):
    monkeypatch.setattr(chat, "SECONDS", 0.001)
    with pytest.raises(ModelError, match="longer than"):
        as_message(pair.tokenizer, "Hello in a hurry", "some/model")
    monkeypatch.undo()
    assert as_message(pair.tokenizer, "Hello in a hurry", "some/model")


def test_the_child_sees_no_token(pair, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("db_password", "secret")
    seen = {}
    real = chat.subprocess.run
    monkeypatch.setattr(chat.subprocess, "run", lambda *a, **k: (seen.update(k["env"]), real(*a, **k))[1])
    pair.encode("Nobody has asked this before", chat=True)
    assert seen
    assert not {"HF_TOKEN", "db_password"} & set(seen)


def test_special_tokens_that_end_a_turn_end_the_text(pair, monkeypatch):
    """Ordinary text that looks like one does not: only tokens that were added as special ones."""
    assert turn_ends(pair.tokenizer) == frozenset()
    monkeypatch.setattr(chat, "TURN_ENDS", (pair.tokenizer.eos_token, "the", "<|im_end|>"))
    assert turn_ends(pair.tokenizer) == {pair.tokenizer.eos_token_id}


def test_the_command_asks_a_model_with_a_template_through_it(tmp_path):
    """Standard where a template is known, and either way on demand."""
    made = folder(tmp_path)
    (made / "chat_template.jinja").write_text(TEMPLATE)
    parser = argparse.ArgumentParser()
    chat_option(parser)
    model_options(parser)
    for given, wanted in ([], True), (["--no-chat"], False), (["--chat"], True):
        assert settings_of(parser.parse_args(["--target", str(made), *given])).chat is wanted
    assert settings_of(parser.parse_args([])).chat is False
    with pytest.raises(ValueError, match="chat must be true or false"):
        RunSettings(chat=1)


def test_a_template_is_seen_before_anything_is_loaded(tmp_path):
    made = folder(tmp_path)
    assert facts_of(str(made)).chat is False
    (made / "chat_template.jinja").write_text(TEMPLATE)
    assert facts_of(str(made)).chat is True
    assert facts_of("fable/target").chat is False
    assert facts_of("meta-llama/Llama-3.2-1B-Instruct").chat is True
    assert facts_of("HuggingFaceTB/SmolLM2-135M").chat is False
    assert facts_of("nobody/knows").chat is None
