"""Reading texts with both models at once: the measurement that the laboratories share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from specviz.engine.decode import Models, cast_of, decode
from specviz.records import DecodeTrace, PairLaws, RunSettings, Warp
from specviz.seams import LanguageModel


def laws_of_texts(
    models: Models, prompts: Sequence[tuple[str, str]], length: int, temperature: float, seed: int
) -> PairLaws:
    """The target writes `length` tokens after each (kind, prompt), or up to an end of text; both models read them."""
    settings = RunSettings(
        drafter="chain",
        verifier="sample_and_look",
        capacity=0,
        temperature=temperature,
        max_new_tokens=length,
        seed=seed,
    )
    written = []
    for number, (_, prompt) in enumerate(prompts):
        ids = models.encode(prompt)
        plain = replace(settings, seed=seed + number)
        steps = decode(cast_of(models, plain), plain, ids, models.stop_ids, lean=True)
        written.append((ids, [token for step in steps for token in step.emitted]))
    kinds, texts = zip(*prompts, strict=True)
    return _read(models, written, kinds, texts, temperature, seed)


def laws_of_run(models: Models, trace: DecodeTrace) -> PairLaws:
    """Both models read a run; ValueError for an empty one or one of another vocabulary."""
    if not trace.emitted:
        raise ValueError("This run emitted nothing that could be read.")
    if max(*trace.prompt_ids, *trace.emitted) >= models.target.vocabulary:
        raise ValueError("This run was made with another vocabulary than that of the loaded pair.")
    written = [(list(trace.prompt_ids), list(trace.emitted))]
    return _read(models, written, ("run",), (trace.prompt,), trace.settings.temperature, trace.settings.seed)


def _read(
    models: Models,
    written: list[tuple[list[int], list[int]]],
    kinds: tuple[str, ...],
    prompts: tuple[str, ...],
    temperature: float,
    seed: int,
) -> PairLaws:
    rows = [[_log_laws(model, ids, text) for ids, text in written] for model in (models.target, models.draft)]
    return PairLaws(
        provenance=models.provenance,
        temperature=temperature,
        seed=seed,
        kinds=kinds,
        prompts=prompts,
        text=np.repeat(np.arange(len(written), dtype=np.int32), [len(text) for _, text in written]),
        token=np.array([token for _, text in written for token in text], np.int32),
        target=np.concatenate(rows[0]),
        draft=np.concatenate(rows[1]),
        texts=models.texts(set(range(models.target.vocabulary))),
    )


def _log_laws(model: LanguageModel, prompt_ids: list[int], text: list[int]) -> np.ndarray:
    """float32[len(text), V]: log-probabilities of the token at each place of the text, in one pass."""
    session = model.open(prompt_ids, Warp())
    laws = session.feed(text[:-1], range(len(text) - 1))
    return np.stack(list(_logs(laws[node] for node in range(len(text)))))


def _logs(laws: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    smallest = float(np.finfo(np.float32).tiny)  # a law may have underflowed; -87 nats is as good as never
    for law in laws:
        yield np.log(np.maximum(law, smallest)).astype(np.float32)
