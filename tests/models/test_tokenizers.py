"""The comparison of vocabularies names the first difference, counts all, and knows padding from tokens."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from folders import FABLE, folder, rename_tokens
from hypothesis import given
from hypothesis import strategies as st

from specviz.models.preflight.tokenizers import Vocabulary, compare, of_folder, require
from specviz.models.preflight.troubles import ModelError, Trouble

LETTERS = dict(enumerate("abcdefgh"))
END = {"eos_token": "h"}


def test_equal_vocabularies_agree():
    found = compare(Vocabulary(LETTERS, END, 8), Vocabulary(LETTERS, END, 8))
    assert found.agree
    assert (found.common, found.differing, found.special, found.target_only) == (8, 0, (), 0)


def test_the_first_difference_is_named_and_all_are_counted():
    other = LETTERS | {3: "x", 6: "y"}
    found = compare(Vocabulary(LETTERS, END), Vocabulary(other, END))
    assert not found.agree
    assert (found.first.where, found.first.target, found.first.draft, found.differing) == (3, "d", "x", 2)
    with pytest.raises(ModelError, match=r"token 3 is 'd' in one and 'x' in the other \(2 of 8 ids differ\)") as caught:
        require(found, "big", "small")
    assert caught.value.trouble == Trouble.TOKENS


def test_a_hole_on_one_side_is_a_difference():
    found = compare(Vocabulary(LETTERS, {}), Vocabulary({i: t for i, t in LETTERS.items() if i != 2}, {}))
    assert found.first.where == 2
    assert found.first.draft is None


def test_padding_is_cut_and_is_no_difference():
    """The Pythia and Qwen2.5 case: same tokens, embeddings of other lengths."""
    target, draft = Vocabulary(LETTERS, END, 16), Vocabulary(LETTERS, END, 10)
    found = compare(target, draft)
    assert found.agree
    assert (target.padding, draft.padding, found.common) == (8, 2, 8)
    assert require(found, "big", "small") == 8


def test_an_embedding_shorter_than_its_vocabulary_cuts_tokens():
    found = compare(Vocabulary(LETTERS, END, 8), Vocabulary(LETTERS, END, 6))
    assert (found.common, found.target_only, found.draft_only) == (6, 2, 2)
    assert found.end_is_cut


def test_more_tokens_at_the_end_of_one_side_are_cut():
    found = compare(Vocabulary(LETTERS | {8: "new"}, END), Vocabulary(LETTERS, END))
    assert found.agree
    assert (found.common, found.target_only, found.end_is_cut) == (8, 1, False)


def test_special_tokens_that_differ_are_listed():
    found = compare(Vocabulary(LETTERS, END), Vocabulary(LETTERS, {"eos_token": "g", "bos_token": "a"}))
    assert [(d.where, d.target, d.draft) for d in found.special] == [("bos_token", None, "a"), ("eos_token", "h", "g")]
    assert found.agree


def test_an_empty_vocabulary_is_refused():
    with pytest.raises(ModelError, match="empty vocabulary"):
        require(compare(Vocabulary({}, {}), Vocabulary(LETTERS, {})), "none", "some")


@given(
    st.dictionaries(st.integers(0, 30), st.text(max_size=3)), st.dictionaries(st.integers(0, 30), st.text(max_size=3))
)
def test_swapping_the_sides_swaps_the_answer(one, other):
    there, back = (
        compare(Vocabulary(one, {}), Vocabulary(other, {})),
        compare(Vocabulary(other, {}), Vocabulary(one, {})),
    )
    assert (there.common, there.differing) == (back.common, back.differing)
    assert (there.first is None) == (there.differing == 0)
    if there.first is not None:
        assert (there.first.target, there.first.draft) == (back.first.draft, back.first.target)


def test_a_folder_is_read_like_transformers_reads_it():
    from transformers import AutoTokenizer

    found = of_folder(FABLE / "target", 1024)
    assert {piece: i for i, piece in found.pieces.items()} == AutoTokenizer.from_pretrained(
        FABLE / "target"
    ).get_vocab()
    assert found.special["eos_token"] == "<|endoftext|>"
    assert found.padding == 0


def test_folders_without_a_readable_tokenizer(tmp_path):
    assert of_folder(folder(tmp_path, drop=("tokenizer.json",)), 1024) is None
    broken = folder(tmp_path, "broken")
    (broken / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json of broken cannot be read"):
        of_folder(broken, 1024)


def test_changed_folder_differs_where_it_was_changed(tmp_path):
    changed = of_folder(rename_tokens(folder(tmp_path), 700, 900), 1024)
    found = compare(of_folder(FABLE / "target", 1024), changed)
    assert (found.first.where, found.first.draft, found.differing) == (700, "changed700", 2)
