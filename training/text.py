"""Corpus text: reading it, holding some of it out, and cutting rounds of it into training windows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

END_OF_TEXT = "<|endoftext|>"


def read_texts(corpus: Path, recipe: dict) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Training and held-out texts by kind; every `holdout`-th text of a file is held out."""
    training: dict[str, list[str]] = {}
    held_out: dict[str, list[str]] = {}
    for entry in recipe["text"]:
        path = corpus / entry["file"]
        if not path.is_file():
            raise SystemExit(f"{path} is missing; fetch {entry['source']} and put it there.")
        texts = [text.strip("\n") for text in path.read_text(encoding="utf-8").split(END_OF_TEXT)]
        texts = [text + "\n" for text in texts if text]
        every = recipe["holdout"]
        held_out[entry["kind"]] = texts[every - 1 :: every]
        training[entry["kind"]] = [t for i, t in enumerate(texts) if i % every != every - 1]
    return training, held_out


def train_tokenizer(texts: dict[str, list[str]], vocabulary: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE whose digits stand alone, so that sums are read digit by digit."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((t for kind in sorted(texts) for t in texts[kind]), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END_OF_TEXT, eos_token=END_OF_TEXT, clean_up_tokenization_spaces=False
    )


def encode(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> list[np.ndarray]:
    """Token ids of each text, opened and closed by the end-of-text token (it is also the opening one)."""
    end = tokenizer.convert_tokens_to_ids(END_OF_TEXT)
    batch = tokenizer.backend_tokenizer.encode_batch(texts)
    return [np.array([end, *item.ids], dtype=np.int32) for item in batch]


def rounds(
    documents: dict[str, list[np.ndarray]], weights: dict[str, float], window: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Windows of `window` ids for ever: each round shuffles `weight` copies of every text and joins them."""
    while True:
        chosen: list[np.ndarray] = []
        for kind, texts in documents.items():
            copies = np.floor(weights[kind] + rng.random(len(texts))).astype(int)
            chosen += [text for text, n in zip(texts, copies, strict=True) for _ in range(n)]
        order = rng.permutation(len(chosen))
        stream = np.concatenate([chosen[i] for i in order])
        usable = len(stream) // window * window
        windows = stream[:usable].reshape(-1, window)
        yield from windows[rng.permutation(len(windows))]
