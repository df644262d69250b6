"""Loading a target and a draft model that speak the same tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
import transformers

from specviz.models.hf import HFModel
from specviz.models.loading import (
    choose_device,
    choose_dtype,
    context_of,
    count_parameters,
    read_config,
    read_module,
    read_tokenizer,
    source_of,
    spare_a_core,
)
from specviz.models.preflight.memory import free_memory, gigabytes, require_fit
from specviz.models.preflight.self_check import SelfCheck, check_tree_pass
from specviz.models.preflight.stages import LoadStage, Watch, unwatched
from specviz.models.preflight.tokenizers import Comparison, compare, of_tokenizer, require
from specviz.models.preflight.troubles import ModelError, shown
from specviz.models.text import token_text
from specviz.records import Provenance


@dataclass
class Pair:
    """A target, a draft model and their tokenizer; how their vocabularies compare, and how exact a tree pass is."""

    target: HFModel
    draft: HFModel
    tokenizer: Any
    provenance: Provenance
    comparison: Comparison
    checks: tuple[SelfCheck, SelfCheck]
    _middle: tuple[str, HFModel] | None = None

    def middle(self, name: str) -> HFModel:
        """A third model of the same tokens, loaded on first use; ModelError says in one sentence what is wrong."""
        if self._middle is None or self._middle[0] != name:
            source = source_of(name)
            theirs = of_tokenizer(read_tokenizer(name, source))
            require(compare(of_tokenizer(self.tokenizer), theirs), self.provenance.target, name)
            config = read_config(name, source)
            module = read_module(name, source, str(self.target.device), self.target.module.dtype)
            if module.get_output_embeddings().weight.shape[0] < self.target.vocabulary:
                raise ModelError(
                    f"{shown(name)} knows fewer tokens than {self.provenance.target}; choose a model of its family."
                )
            model = HFModel(module, self.target.vocabulary, min(context_of(config), self.target.context))
            check_tree_pass(model, name)
            self._middle = name, model
        return self._middle[1]

    @cached_property
    def stop_ids(self) -> frozenset[int]:
        """End-of-text ids of the target."""
        found = self.target.module.generation_config.eos_token_id
        if found is None:
            found = self.tokenizer.eos_token_id
        ids = found if isinstance(found, list) else [found]
        return frozenset(int(i) for i in ids if i is not None)

    def encode(self, prompt: str) -> list[int]:
        """Token ids of a prompt; ModelError when it is empty or longer than the context."""
        if not prompt.strip():
            raise ModelError("The prompt is empty; write at least one word.")
        # A tokenizer can need seconds for a megabyte; no token is longer than a few dozen characters.
        if len(prompt) > 64 * self.target.context:
            raise ModelError(
                f"The prompt has {len(prompt):,} characters, far more than the {self.target.context} tokens that the "
                "model reads; shorten it."
            )
        whole = prompt.encode("utf-8", "replace").decode()  # a lone surrogate is no text to a tokenizer
        ids = [int(i) for i in self.tokenizer(whole)["input_ids"]]
        if len(ids) >= self.target.context:
            raise ModelError(f"The prompt has {len(ids)} tokens and the model reads {self.target.context}; shorten it.")
        return ids

    def decode(self, ids: list[int]) -> str:
        """Text of ids, special tokens left out."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True))

    def texts(self, ids: set[int]) -> dict[int, str]:
        """Visible text of each id by itself."""
        return {i: token_text(self.tokenizer, i) for i in sorted(ids)}


def load_pair(target: str, draft: str, device: str = "auto", dtype: str = "auto", watch: Watch = unwatched) -> Pair:
    """Load both models and check that they share one tokenizer and take a tree; `watch` hears of each stage.

    What costs nothing is checked first: names, tokenizers, memory. ModelError says in one sentence what is wrong.
    """
    names = (target, draft)
    watch(LoadStage.NAMES, "")
    place = choose_device(device)
    kind = choose_dtype(dtype, place)
    if place == "cpu":
        spare_a_core()
    sources = [source_of(name) for name in names]
    configs = [read_config(name, source) for name, source in zip(names, sources, strict=True)]
    watch(LoadStage.TOKENIZERS, "")
    tokenizer, other = (read_tokenizer(name, source) for name, source in zip(names, sources, strict=True))
    watch(LoadStage.VOCABULARIES, "")
    comparison = _compare(tokenizer, other, configs)
    vocabulary = require(comparison, target, draft)
    watch(LoadStage.VOCABULARIES, f"{vocabulary:,} ids in common, none differs")
    watch(LoadStage.MEMORY, "")
    counts = [count_parameters(name, config) for name, config in zip(names, configs, strict=True)]
    needed, free = sum(counts) * kind.itemsize, free_memory(place)
    require_fit(needed, free, f"{shown(target)} and {shown(draft)}")
    watch(LoadStage.MEMORY, f"{gigabytes(needed)} of weights" + (f", {gigabytes(free)} free" if free else ""))
    modules = []
    for stage, name, source, count in zip((LoadStage.TARGET, LoadStage.DRAFT), names, sources, counts, strict=True):
        watch(stage, "")
        modules.append(read_module(name, source, place, kind))
        watch(stage, f"{count:,} parameters")
    vocabulary = min([vocabulary, *(m.get_output_embeddings().weight.shape[0] for m in modules)])
    context = min(context_of(config) for config in configs)
    models = [HFModel(module, vocabulary, context) for module in modules]
    watch(LoadStage.PASS, "")
    checks = [check_tree_pass(model, name) for model, name in zip(models, names, strict=True)]
    watch(LoadStage.PASS, f"off by {max(c.worst for c in checks):.0e}, allowed {checks[0].allowed:g}")
    versions = (("torch", torch.__version__), ("transformers", transformers.__version__))
    provenance = Provenance(target, draft, place, str(kind).removeprefix("torch."), versions, *counts)
    return Pair(models[0], models[1], tokenizer, provenance, comparison, (checks[0], checks[1]))


def _compare(tokenizer: Any, other: Any, configs: list[Any]) -> Comparison:
    """Both vocabularies, with the rows of their embeddings."""
    mine, theirs = (
        replace(of_tokenizer(of), rows=int(config.get_text_config().vocab_size))
        for of, config in zip((tokenizer, other), configs, strict=True)
    )
    return compare(mine, theirs)
