"""Loading a target and a draft model that speak the same tokens."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from specviz.models.catalog import resolve
from specviz.models.hf import HFModel
from specviz.models.text import token_text
from specviz.records import Provenance

# Loading is reported by the page and the command line in their own words.
transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class ModelError(ValueError):
    """A pair that cannot be used; the message is one sentence for the person at the screen."""


@dataclass
class Pair:
    """A target, a draft model and their tokenizer."""

    target: HFModel
    draft: HFModel
    tokenizer: Any
    provenance: Provenance
    _middle: tuple[str, HFModel] | None = None

    def middle(self, name: str) -> HFModel:
        """A third model of the same tokens, loaded on first use; ModelError says in one sentence what is wrong."""
        if self._middle is None or self._middle[0] != name:
            _shared_vocabulary(self.tokenizer, _tokenizer(name), self.provenance.target, name)
            module = _module(name, str(self.target.device), self.target.module.dtype)
            if module.get_output_embeddings().weight.shape[0] < self.target.vocabulary:
                raise ModelError(
                    f"{name} knows fewer tokens than {self.provenance.target}; choose a model of its family."
                )
            self._middle = name, HFModel(module, self.target.vocabulary, min(_context(module), self.target.context))
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


def choose_device(name: str = "auto") -> str:
    """`auto` is CUDA where there is one, then MPS, then CPU."""
    if name != "auto":
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load_pair(target: str, draft: str, device: str = "auto", dtype: str = "auto") -> Pair:
    """Load both models and check that they share one tokenizer; ModelError says in one sentence what is wrong."""
    place = choose_device(device)
    if place == "cpu":
        # One core stays free for the page: threads that wait for a busy core made passes a hundred times slower.
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    kind = DTYPES.get(dtype, torch.float32 if place == "cpu" else torch.bfloat16)
    tokenizer, other = _tokenizer(target), _tokenizer(draft)
    vocabulary = _shared_vocabulary(tokenizer, other, target, draft)
    modules = [_module(name, place, kind) for name in (target, draft)]
    vocabulary = min([vocabulary, *(m.get_output_embeddings().weight.shape[0] for m in modules)])
    context = min(_context(m) for m in modules)
    counts = [sum(p.numel() for p in m.parameters()) for m in modules]
    versions = (("torch", torch.__version__), ("transformers", transformers.__version__))
    provenance = Provenance(target, draft, place, str(kind).removeprefix("torch."), versions, *counts)
    big, small = (HFModel(m, vocabulary, context) for m in modules)
    return Pair(big, small, tokenizer, provenance)


def _tokenizer(name: str) -> Any:
    _check_folder(name)
    try:
        return AutoTokenizer.from_pretrained(resolve(name))
    except Exception as error:  # the hub, the disk and the parsers each raise their own kinds
        raise ModelError(f"The tokenizer of {name} could not be loaded: {_first_line(error)}") from error


def _module(name: str, device: str, dtype: torch.dtype) -> Any:
    try:
        module: Any = AutoModelForCausalLM.from_pretrained(
            resolve(name), dtype=dtype, attn_implementation="sdpa", use_safetensors=True, trust_remote_code=False
        )
        return module.to(device).eval()
    except Exception as error:  # the hub, the disk, the parsers and the device each raise their own kinds
        raise ModelError(f"{name} could not be loaded: {_first_line(error)}") from error


def _check_folder(name: str) -> None:
    if not name.strip():
        raise ModelError("A model needs a name: an embedded model, a folder or a Hugging Face id.")
    folder = Path(resolve(name))
    if not folder.is_dir():
        if name.startswith((".", "/", "~")) or name.count("/") > 1:
            raise ModelError(f"There is no folder {name}; give a folder with a model, or a Hugging Face id.")
        return
    for needed, what in (("config.json", "no config.json"), ("*.safetensors", "no weights (*.safetensors)")):
        if not any(folder.glob(needed)):
            raise ModelError(f"The folder {name} has {what}; it does not hold a model.")


def _shared_vocabulary(tokenizer: Any, other: Any, target: str, draft: str) -> int:
    """Ids 0..n-1 that mean the same token in both; ModelError names the first that differs."""
    mine = {i: t for t, i in tokenizer.get_vocab().items()}
    theirs = {i: t for t, i in other.get_vocab().items()}
    common = min(max(mine), max(theirs)) + 1
    for i in range(common):
        if mine.get(i) != theirs.get(i):
            raise ModelError(
                f"{target} and {draft} do not share a tokenizer: token {i} is {mine.get(i)!r} in one and "
                f"{theirs.get(i)!r} in the other; choose two models of one family."
            )
    return common


def _context(module: Any) -> int:
    config = module.config.get_text_config()
    if "linear_attention" in (getattr(config, "layer_types", None) or ()):
        raise ModelError(f"{module.config.name_or_path} has recurrent layers, whose state cannot branch into a tree.")
    limits = [getattr(config, "max_position_embeddings", None), getattr(config, "sliding_window", None)]
    return min(int(limit) for limit in [*limits, 1 << 20] if limit)


def _first_line(error: Exception) -> str:
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return text[:300]
