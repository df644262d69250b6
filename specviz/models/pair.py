"""Loading a target and a draft model that speak the same tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
import transformers

from specviz.models.chat import as_message, turn_ends
from specviz.models.hf import HFModel
from specviz.models.loading import (
    choose_dtype,
    choose_places,
    context_of,
    count_parameters,
    read_config,
    read_module,
    read_tokenizer,
    source_of,
    spare_a_core,
)
from specviz.models.paths.fastest import fastest
from specviz.models.preflight.memory import free_memory, require_fit
from specviz.models.preflight.self_check import SelfCheck, check_tree_pass
from specviz.models.preflight.stages import LoadStage, Watch, unwatched
from specviz.models.preflight.tokenizers import Comparison, compare, of_tokenizer, require
from specviz.models.preflight.troubles import ModelError, shown
from specviz.models.text import token_text
from specviz.models.weighing import is_spread, weigh
from specviz.policy import check_prompt
from specviz.records import Provenance


@dataclass
class Pair:
    """A target, a draft model and their tokenizer; how their vocabularies compare, and how exact a tree pass is."""

    target: HFModel
    draft: HFModel
    tokenizer: Any
    loaded: Provenance
    comparison: Comparison
    checks: tuple[SelfCheck, SelfCheck]
    fast: bool = True
    _middle: tuple[str, HFModel] | None = None

    @property
    def provenance(self) -> Provenance:
        """What was loaded, and which way it is run by now: a way that breaks during a run is given up for good."""
        return replace(self.loaded, target_path=self.target.path, draft_path=self.draft.path)

    @property
    def refused(self) -> tuple[str, ...]:
        """Why faster ways of running these models were not taken, a sentence for each."""
        return tuple(dict.fromkeys(self.target.refused + self.draft.refused))

    def middle(self, name: str) -> HFModel:
        """A third model of the same tokens, loaded on first use; ModelError says in one sentence what is wrong."""
        known = self._middle
        if known is None or known[0] != name:
            source = source_of(name)
            theirs = of_tokenizer(read_tokenizer(name, source))
            require(compare(of_tokenizer(self.tokenizer), theirs), self.provenance.target, name)
            config = read_config(name, source)
            dtype, place = self.target.module.dtype, str(self.target.device)
            require_fit(count_parameters(name, config) * dtype.itemsize, free_memory(place), shown(name))
            module = read_module(name, source, place, dtype)
            if module.get_output_embeddings().weight.shape[0] < self.target.vocabulary:
                raise ModelError(
                    f"{shown(name)} knows fewer tokens than {self.provenance.target}; choose a model of its family."
                )
            model = HFModel(module, self.target.vocabulary, min(context_of(config), self.target.context))
            check_tree_pass(model, name)
            known = self._middle = name, fastest(model) if self.fast else model
        return known[1]

    @cached_property
    def stop_ids(self) -> frozenset[int]:
        """Ids that end a text: those that the target's generation settings, its config and the tokenizer name.

        And those that end a turn of a chat, for a model with a chat template.
        """
        module = self.target.module
        named = (module.generation_config, module.config.get_text_config(), self.tokenizer)
        ids = turn_ends(self.tokenizer).union(*(_ids(getattr(one, "eos_token_id", None)) for one in named))
        return frozenset(i for i in ids if i < self.target.vocabulary)

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        """Token ids of a prompt, or of a chat message with that text; ModelError when it is empty or too long.

        NotAllowedError for one that is longer than this server reads.
        """
        if not prompt.strip():
            raise ModelError("The prompt is empty; write at least one word.")
        check_prompt(prompt)
        # A tokenizer can need seconds for a megabyte; no token is longer than a few dozen characters.
        if len(prompt) > 64 * self.target.context:
            raise ModelError(
                f"The prompt has {len(prompt):,} characters, far more than the {self.target.context} tokens that the "
                "model reads; shorten it."
            )
        whole = prompt.encode("utf-8", "replace").decode()  # a lone surrogate is no text to a tokenizer
        if chat:
            ids = as_message(self.tokenizer, whole, self.provenance.target)
        else:
            ids = [int(i) for i in self.tokenizer(whole)["input_ids"]]
        if max(ids, default=0) >= self.target.vocabulary:
            raise ModelError(
                "The prompt holds a token that the draft model does not know; leave such special tokens out of it."
            )
        if len(ids) >= self.target.context:
            raise ModelError(f"The prompt has {len(ids)} tokens and the model reads {self.target.context}; shorten it.")
        return ids

    def decode(self, ids: list[int]) -> str:
        """Text of ids, special tokens left out."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True))

    def texts(self, ids: set[int]) -> dict[int, str]:
        """Visible text of each id by itself."""
        return {i: token_text(self.tokenizer, i) for i in sorted(ids)}


def load_pair(
    target: str, draft: str, device: str = "auto", dtype: str = "auto", watch: Watch = unwatched, fast: bool = True
) -> Pair:
    """Load both models and check that they share one tokenizer and take a tree; `watch` hears of each stage.

    fast: run their layers in the fastest way that gives the same numbers; else as Hugging Face modules.

    What costs nothing is checked first: names, tokenizers, memory. ModelError says in one sentence what is wrong.
    """
    names = (target, draft)
    watch(LoadStage.NAMES, "")
    choose_dtype(dtype, choose_places(device, 0, 0).target)  # names that are none, before anything is read
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
    plan = weigh(names, configs, counts, device, dtype)
    watch(LoadStage.MEMORY, plan.note)
    modules = []
    if "cpu" in (plan.places.target, plan.places.draft):
        spare_a_core()
    for stage, name, source, count, place, kind, spread in zip(
        (LoadStage.TARGET, LoadStage.DRAFT), names, sources, counts, (plan.places.target, plan.places.draft),
        plan.dtypes, (plan.spread, None), strict=True,
    ):  # fmt: skip
        watch(stage, "")
        modules.append(read_module(name, source, place, kind, spread))
        watch(stage, f"{count:,} parameters")
    vocabulary = min([vocabulary, *(m.get_output_embeddings().weight.shape[0] for m in modules)])
    context = min(context_of(config) for config in configs)
    models = [HFModel(module, vocabulary, context) for module in modules]
    watch(LoadStage.PASS, "")
    checks = [check_tree_pass(model, name) for model, name in zip(models, names, strict=True)]
    watch(LoadStage.PASS, f"off by {max(c.worst for c in checks):.0e}, allowed {checks[0].allowed:g}")
    models = [fastest(model) if fast and not is_spread(model.module) else model for model in models]
    versions = (("torch", torch.__version__), ("transformers", transformers.__version__))
    provenance = Provenance(target, draft, plan.places.name, plan.dtype, versions, counts[0], counts[1])
    return Pair(models[0], models[1], tokenizer, provenance, comparison, (checks[0], checks[1]), fast)


def _compare(tokenizer: Any, other: Any, configs: list[Any]) -> Comparison:
    """Both vocabularies, with the rows of their embeddings."""
    mine, theirs = (
        replace(of_tokenizer(of), rows=int(config.get_text_config().vocab_size))
        for of, config in zip((tokenizer, other), configs, strict=True)
    )
    return compare(mine, theirs)


def _ids(found: Any) -> list[int]:
    """Ids of a setting that may be one id, a list, or nothing."""
    ids = found if isinstance(found, list | tuple) else [found]
    return [int(i) for i in ids if i is not None]
