"""The pairs that the engine is measured on, and the ways to run them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from benchmarks.dial import ALPHAS, dial_pair, random_prompt
from specviz.engine.decode import cast_of, decode
from specviz.models.pair import load_pair
from specviz.models.paths.fastest import fastest
from specviz.presets import PRESETS
from specviz.records import RunSettings

PROMPT = 128  # tokens
EMBEDDED = "embedded pair"


@dataclass(frozen=True)
class Subject:
    """A pair of plain Hugging Face modules with a prompt of 128 tokens.

    alpha: of the dial, None for trained models. No text ends early: end-of-text tokens are tokens like others here.
    """

    name: str
    models: Any
    prompt_ids: list[int]
    alpha: float | None = None

    @cached_property
    def fast(self) -> Any:
        """The same pair, both models run in the fastest way that passed its check."""
        return replace(self.models, target=fastest(self.models.target), draft=fastest(self.models.draft))

    @cached_property
    def fast_draft(self) -> Any:
        """The draft model alone run in its fastest way."""
        return replace(self.models, draft=self.fast.draft)

    @property
    def prompt(self) -> str:
        """The prompt as a text that encodes to its ids."""
        return str(self.models.decode(self.prompt_ids))


def subjects(alphas: tuple[float, ...] = ALPHAS, embedded: bool = True, dtype: str = "float32") -> Iterator[Subject]:
    """The dial pair at each alpha, then the embedded pair; on the CPU."""
    for alpha in alphas:
        yield dial_subject(alpha, dtype=dtype)
    if embedded:
        yield embedded_subject(dtype)


def dial_subject(
    alpha: float, shape: str = "small", device: str = "cpu", dtype: str = "float32", prompt: int = 0
) -> Subject:
    """A dial pair with a random prompt."""
    models = dial_pair(alpha, shape, device, getattr(torch, dtype))
    ids = models.encode(random_prompt(PROMPT, prompt, models.target.vocabulary))
    size = "" if shape == "small" else f" {shape}"
    return Subject(f"dial{size} {alpha:g}", models, ids, alpha)


def embedded_subject(dtype: str = "float32") -> Subject:
    """The pair that ships with the product, on one of its stories."""
    threads = torch.get_num_threads()
    models = load_pair("fable/target", "fable/draft", "cpu", dtype, fast=False)
    torch.set_num_threads(threads)  # loading spares a core for the page; here there is none
    for model in (models.target, models.draft):
        model.module.generation_config.eos_token_id = model.module.config.eos_token_id = None
    return Subject(EMBEDDED, models, models.encode(" ".join([*PRESETS["story"]] * 4))[:PROMPT])


def greedy(drafter: str, verifier: str, capacity: int, depth: int, tokens: int, drafts: int = 4) -> RunSettings:
    """Settings at temperature 0."""
    return RunSettings(
        drafter=drafter, verifier=verifier, temperature=0.0, capacity=capacity, depth=depth, drafts=drafts,
        max_new_tokens=tokens,
    )  # fmt: skip


def plain(tokens: int) -> RunSettings:
    """No draft nodes; prompt lookup, because it opens no draft model."""
    return greedy("prompt_lookup", "sample_and_look", 0, 0, tokens)


def strategies(tokens: int) -> dict[str, RunSettings]:
    """The chain and the trees; P counts drafted nodes, the root not."""
    look = "sample_and_look"
    return {
        "chain P=4": greedy("chain", look, 4, 4, tokens),
        "tree P=7": greedy("best_first", look, 7, 4, tokens),
        "tree P=15": greedy("best_first", look, 15, 6, tokens),
    }


def written(models: Any, settings: RunSettings, prompt_ids: list[int], **options: Any) -> list[int]:
    """The ids of a run; options are those of `decode`."""
    run = decode(cast_of(models, settings), settings, prompt_ids, **options)
    return [token for iteration in run for token in iteration.emitted]


def assisted(subject: Subject, count: int, tokens: int, schedule: str, confidence: float) -> Callable[[], object]:
    """transformers' assisted generation; its settings belong to the assistant."""
    target, draft = subject.models.target.module, subject.models.draft.module
    given = torch.tensor([subject.prompt_ids], device=subject.models.target.device)

    def call() -> object:
        config = draft.generation_config
        config.num_assistant_tokens, config.num_assistant_tokens_schedule = count, schedule
        config.assistant_confidence_threshold = confidence
        return target.generate(
            given, attention_mask=torch.ones_like(given), assistant_model=draft, do_sample=False, max_new_tokens=tokens,
            pad_token_id=0,
        )  # fmt: skip

    return call


def assisted_calls(subject: Subject, tokens: int) -> dict[str, Callable[[], object]]:
    """Its defaults, five tokens with the heuristic schedule, four constant ones."""
    defaults = type(subject.models.draft.module.generation_config)()
    count = defaults.num_assistant_tokens or 20
    schedule = defaults.num_assistant_tokens_schedule or "constant"
    confidence = 0.4 if defaults.assistant_confidence_threshold is None else defaults.assistant_confidence_threshold
    return {
        "assisted, defaults": assisted(subject, count, tokens, schedule, confidence),
        "assisted, 5 heuristic": assisted(subject, 5, tokens, "heuristic", confidence),
        "assisted, 4 constant": assisted(subject, 4, tokens, "constant", 0.0),
    }
